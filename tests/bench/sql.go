package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver the server uses

	"loramanager/internal/catalog"
)

// database answers the questions of measureMemory with SQL alone: an FTS5 table for
// whole words and their beginnings, another over trigrams for matches anywhere,
// indexes for the orders, and GROUP BY for the facets.
type database struct{ db *sql.DB }

const schema = `
CREATE TABLE adapter (key INTEGER PRIMARY KEY, name TEXT, base TEXT, kind TEXT, folder TEXT, author TEXT, root TEXT,
	rating INT, rank INT, favorite INT, active INT, preview INT, size INT, added INT);
CREATE TABLE tag (key INT, tag TEXT);
CREATE VIRTUAL TABLE words USING fts5(text, content='', detail=none, prefix='2 3 4', tokenize='unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE trigrams USING fts5(text, content='', detail=full, tokenize='trigram');`

const indexes = `
CREATE INDEX adapter_name ON adapter (name, key);
CREATE INDEX tag_key ON tag (key, tag);
INSERT INTO words (words) VALUES ('optimize');
INSERT INTO trigrams (trigrams) VALUES ('optimize');
ANALYZE;`

// measureSQL fills a SQLite database and asks it.
func measureSQL(ctx context.Context, o *options, rows []catalog.Row, q askedQuestions) (figures []figure, err error) {
	path := filepath.Join(o.cache, "compare.db")
	if err := os.RemoveAll(path); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(path)) }()
	handle, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)&_pragma=cache_size(-200000)&_pragma=temp_store(MEMORY)")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, handle.Close()) }()
	handle.SetMaxOpenConns(1)
	d := &database{handle}
	if err := d.fill(ctx, rows); err != nil {
		return nil, err
	}
	for _, kind := range []struct {
		name     string
		times    int
		question func(i int) error
	}{
		{"page by name", 100, func(i int) error { return d.page(ctx, q.pages[i]) }},
		{"prefix of 2 to 8 letters, at the start of words", 100, func(i int) error { return d.search(ctx, "words", q.prefixes[i]+"*") }},
		{"prefix of 3 to 8 letters, matched anywhere", 100, func(i int) error {
			if len(q.prefixes[i]) < 3 {
				return errSkip // trigrams cannot find two letters
			}
			return d.search(ctx, "trigrams", `"`+q.prefixes[i]+`"`)
		}},
		{"two words", 100, func(i int) error { return d.search(ctx, "words", q.words[i][0]+"* "+q.words[i][1]+"*") }},
		{"facets without a query", 10, func(int) error { return d.facets(ctx, "") }},
		{"facets of a prefix", 30, func(i int) error { return d.facets(ctx, q.prefixes[i]+"*") }},
	} {
		var t times
		for i := range kind.times {
			begun := time.Now()
			err := kind.question(i)
			if errors.Is(err, errSkip) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", kind.name, err)
			}
			t = append(t, time.Since(begun))
		}
		figures = append(figures, figure{name: "SQL, " + count(len(rows)) + ": " + kind.name, measured: t.String()})
	}
	return figures, nil
}

var errSkip = errors.New("cannot be asked")

func (d *database) fill(ctx context.Context, rows []catalog.Row) error {
	if _, err := d.db.ExecContext(ctx, schema); err != nil {
		return err
	}
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for i := range rows {
		if err := insert(ctx, tx, &rows[i]); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = d.db.ExecContext(ctx, indexes)
	return err
}

func insert(ctx context.Context, tx *sql.Tx, r *catalog.Row) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO adapter VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", r.Key, r.Name, r.BaseModel, r.Kind, r.Folder,
		r.Author, r.RootID, r.Rating, r.Rank, r.Favorite, r.Active, r.HasPreview, r.FileSize, r.Added)
	if err != nil {
		return err
	}
	for _, tag := range r.Tags {
		if _, err := tx.ExecContext(ctx, "INSERT INTO tag VALUES (?,?)", r.Key, tag); err != nil {
			return err
		}
	}
	text := strings.Join([]string{r.Name, r.FileName, r.Folder, strings.Join(r.Tags, " "), strings.Join(r.TrainedWords, " "), r.Author}, " ")
	for _, table := range []string{"words", "trigrams"} {
		if _, err := tx.ExecContext(ctx, "INSERT INTO "+table+" (rowid, text) VALUES (?,?)", r.Key, text); err != nil { //nolint:gosec // one of two constants
			return err
		}
	}
	return nil
}

// drain reads all rows of an answer.
func (d *database) drain(ctx context.Context, query string, args ...any) error {
	rows, err := d.db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err below tells what matters
	for rows.Next() {                   //nolint:revive // the driver has done its work for each
	}
	return rows.Err()
}

// page is a page anywhere, with the number of all.
func (d *database) page(ctx context.Context, page int) error {
	return errors.Join(
		d.drain(ctx, "SELECT key FROM adapter ORDER BY name, key LIMIT ? OFFSET ?", pageSize, page*pageSize),
		d.drain(ctx, "SELECT COUNT(*) FROM adapter"),
	)
}

// search is the first page of what matches, by name, with the number of all.
func (d *database) search(ctx context.Context, table, match string) error {
	return errors.Join(
		d.drain(ctx, "SELECT a.key FROM "+table+" JOIN adapter a ON a.key = "+table+".rowid WHERE "+table+" MATCH ? ORDER BY a.name, a.key LIMIT ?", match, pageSize), //nolint:gosec // one of two constants
		d.drain(ctx, "SELECT COUNT(*) FROM "+table+" WHERE "+table+" MATCH ?", match),                                                                                 //nolint:gosec // one of two constants
	)
}

// facets counts by everything the index counts by. The matches are looked up once.
func (d *database) facets(ctx context.Context, match string) error {
	from, tags := "adapter", "tag"
	if match != "" {
		_, err := d.db.ExecContext(ctx, "CREATE TEMP TABLE matches (key INTEGER PRIMARY KEY)")
		if err != nil {
			return err
		}
		defer func() { _, _ = d.db.ExecContext(ctx, "DROP TABLE temp.matches") }()
		if _, err := d.db.ExecContext(ctx, "INSERT INTO temp.matches SELECT rowid FROM words WHERE words MATCH ?", match); err != nil {
			return err
		}
		from, tags = "temp.matches JOIN adapter USING (key)", "temp.matches JOIN tag USING (key)"
	}
	var errs []error
	for _, column := range []string{"base", "kind", "folder", "author", "root", "rating", "rank"} {
		errs = append(errs, d.drain(ctx, "SELECT "+column+", COUNT(*) FROM "+from+" GROUP BY 1 ORDER BY 2 DESC LIMIT 200"))
	}
	errs = append(errs,
		d.drain(ctx, "SELECT tag, COUNT(*) FROM "+tags+" GROUP BY 1 ORDER BY 2 DESC LIMIT 200"),
		d.drain(ctx, "SELECT SUM(favorite), SUM(active), SUM(preview) FROM "+from),
		d.drain(ctx, "SELECT size / 104857600, COUNT(*) FROM "+from+" GROUP BY 1"),
		d.drain(ctx, "SELECT added / 2592000000000, COUNT(*) FROM "+from+" GROUP BY 1"),
	)
	return errors.Join(errs...)
}
