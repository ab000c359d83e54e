package store

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

// loadPart is how many keys one connection reads at a time while the index is loaded.
const loadPart = 2500

// pullPart is how many changed adapters the index takes over at a time: more than one
// edit changes, so that edits show as a whole.
const pullPart = 10_000

// loadWorkers is how many connections load the index.
const loadWorkers = 2

const selectRow = `SELECT key, id, name, COALESCE(version, ''), COALESCE(author_username, ''), tags, trained_words, triggers, notes,
	COALESCE(source_url, ''), root_id, folder, file_name, file_state, file_size, file_mtime, base_model, kind, trainer, rank, alpha,
	weight, rating, nsfw_level, active, favorite, use_count, last_used_at, created_at, updated_at, preview_type, findings,
	COALESCE(sha256, ''), COALESCE(autov3, '') FROM adapter `

// readRow reads what the index needs of an adapter.
func readRow(r *record) catalog.Row {
	row := catalog.Row{
		Key: r.integer(), ID: r.text(), Name: r.text(), Version: r.text(), Author: r.text(),
		Tags: r.list(), TrainedWords: r.list(), Triggers: r.list(), Notes: r.text(), SourceURL: r.text(),
		RootID: r.text(), Folder: r.text(), FileName: r.text(),
	}
	switch lora.FileState(r.text()) {
	case lora.FileMissing:
		row.Missing = true
	case lora.FileUnreadable:
		row.Unreadable = true
	case lora.FileUnsafe:
		row.Unsafe = true
	case lora.FileTrashed:
		row.Trashed = true
	case lora.FileOK:
	}
	row.FileSize, row.Modified = r.integer(), r.integer()/int64(time.Microsecond)
	row.BaseModel, row.Kind, row.Trainer = r.text(), r.text(), r.text()
	row.Rank = r.integer()
	if !r.null() {
		row.Alpha, row.HasAlpha = r.real(), true
	}
	row.Weight, row.Rating, row.NSFWLevel = r.real(), int(r.integer()), int(r.integer())
	row.Active, row.Favorite, row.UseCount = r.truth(), r.truth(), r.integer()
	row.LastUsed, row.Added, row.Updated = r.integer(), r.integer(), r.integer()
	row.HasPreview = r.text() != ""
	row.Findings = findingCodes(r.text())
	row.SHA256, row.AutoV3 = r.text(), r.text()
	return row
}

func findingCodes(text string) []string {
	if len(text) <= 2 {
		return nil
	}
	var findings []struct{ Code string }
	if err := json.Unmarshal([]byte(text), &findings); err != nil {
		return nil
	}
	codes := make([]string, 0, len(findings))
	for _, f := range findings {
		codes = append(codes, f.Code)
	}
	return codes
}

// load reads the whole catalog into the index, on several connections at once. What
// fails here is tried again by the first question.
func (s *Store) load(ctx context.Context) {
	defer close(s.loading)
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	q := querier{pool: s.reader}
	n, err := q.number(ctx, "SELECT n FROM catalog_change")
	if err == nil && n > 0 {
		err = s.loadParts(ctx, q)
	}
	if err == nil && n > 0 {
		err = s.loadMarks(ctx, q)
	}
	if err == nil {
		err = s.readRoots(ctx, q)
	}
	if err != nil {
		s.log.Warn("the catalog could not be loaded yet", "error", err)
		return
	}
	s.index.Apply(nil, nil, n)
	s.index.Warm()
}

func (s *Store) loadParts(ctx context.Context, q querier) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var last, count int64
	_, err := q.one(ctx, "SELECT next_key, (SELECT COUNT(*) FROM adapter) FROM catalog_change", nil, func(r *record) error {
		last, count = r.integer(), r.integer()
		return nil
	})
	if err != nil {
		return err
	}
	s.index.Reserve(int(count + count/16))
	parts := make(chan int64)
	var workers sync.WaitGroup
	for range loadWorkers {
		workers.Go(func() {
			for from := range parts {
				if err := s.loadPart(ctx, q, from); err != nil {
					cancel(err)
				}
			}
		})
	}
	for from := int64(0); from < last; from += loadPart {
		parts <- from
	}
	close(parts)
	workers.Wait()
	return context.Cause(ctx)
}

func (s *Store) loadPart(ctx context.Context, q querier, from int64) error {
	rows := make([]catalog.Row, 0, loadPart)
	err := q.each(ctx, selectRow+"WHERE key >= ? AND key < ?", []any{from, from + loadPart}, func(r *record) error {
		rows = append(rows, readRow(r))
		return nil
	})
	if err != nil {
		return err
	}
	s.index.Apply(rows, nil, 0)
	return nil
}

// fresh brings the index to the state of the database and returns it. The one number
// it compares makes every commit, on any replica, part of the next answer.
func (s *Store) fresh(ctx context.Context) (*catalog.Index, error) {
	select {
	case <-s.loading:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	n, err := querier{pool: s.reader}.number(ctx, "SELECT n FROM catalog_change")
	if err != nil {
		return nil, s.failed("read the change number", err)
	}
	if s.index.Change() >= n {
		return s.index, nil
	}
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	if s.index.Change() >= n {
		return s.index, nil
	}
	return s.index, s.failed("read changed adapters", s.pull(ctx))
}

// pull takes over what has changed since the last time, as of one moment.
func (s *Store) pull(ctx context.Context) (err error) {
	tx, err := s.reader.db.BeginTx(ctx, s.dialect.snapshot)
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, ignoreDone(tx.Rollback())) }()
	q := querier{pool: s.reader, tx: tx}
	n, err := q.number(ctx, "SELECT n FROM catalog_change")
	if err != nil {
		return err
	}
	since := s.index.Change()
	removed, err := q.strings(ctx, "SELECT id FROM tombstone WHERE change > ?", since)
	if err != nil {
		return err
	}
	// Nobody may have asked while a scan added 100,000 adapters: they are taken over in
	// parts, and the number that makes them an answer with the last one.
	rows := make([]catalog.Row, 0, 64)
	err = q.each(ctx, selectRow+"WHERE change > ?", []any{since}, func(r *record) error {
		rows = append(rows, readRow(r))
		if len(rows) == pullPart {
			s.index.Apply(rows, removed, since)
			rows, removed = rows[:0], nil
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.readRoots(ctx, q); err != nil {
		return err
	}
	marks := make([]catalog.Mark, 0, 64)
	err = q.each(ctx, selectMark+"WHERE m.change > ?", []any{since}, func(r *record) error {
		marks = append(marks, readMark(r))
		if len(marks) == pullPart {
			s.index.Apply(rows, removed, since, marks...)
			rows, removed, marks = rows[:0], nil, marks[:0]
		}
		return nil
	})
	if err != nil {
		return err
	}
	if s.index.HasMarks() {
		accounts, err := q.integers(ctx, "SELECT key FROM account")
		if err != nil {
			return err
		}
		s.index.KeepAccounts(accounts)
	}
	s.index.Apply(rows, removed, n, marks...)
	return nil
}

func (s *Store) readRoots(ctx context.Context, q querier) error {
	names := make(map[string]string)
	err := q.each(ctx, "SELECT id, name FROM root", nil, func(r *record) error {
		names[r.text()] = r.text()
		return nil
	})
	if err != nil {
		return err
	}
	s.index.SetRoots(names)
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// normalDigest writes a digest as it is stored: lower-case hexadecimal, without 0x.
// Values that stand for "none" become empty: the digest of nothing, and one digit
// repeated.
func normalDigest(value string) string {
	value = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(value)), "0x")
	if len(value) < 8 || len(value) > 128 || strings.Trim(value, "0123456789abcdef") != "" {
		return ""
	}
	if strings.HasPrefix("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", value) ||
		strings.Trim(value, value[:1]) == "" {
		return ""
	}
	return value
}
