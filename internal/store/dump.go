package store

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	"loramanager/internal/lora"
)

// dumpBuffer is how many bytes are handed to a writer at a time.
const dumpBuffer = 64 << 10

// Dump writes every table that is worth keeping (dump_table.go), as all of them were at
// one moment, to a writer of its own each, which sink hands out when the table's turn
// comes and which the caller closes. The first line of a table names its columns; each further one is a row as a JSON list, by the
// primary key: texts as they are, bytes in base64, whole numbers exact. Passwords of
// engines are left out. The same data gives the same bytes on every database, and checksum
// is the SHA-256 over all of them. Memory is bounded by the longest row. An error of sink
// or of a writer ends it and is returned as it is.
func (s *Store) Dump(ctx context.Context, sink func(table string) (io.Writer, error)) (counts lora.BackupCounts, checksum string, err error) {
	d := &dumper{sink: sink, sum: sha256.New()}
	err = s.atOneMoment(ctx, func(q querier) error {
		for _, t := range dumpedTables {
			columns, err := q.dumpColumns(ctx, t)
			if err == nil {
				err = d.dump(ctx, q, t, columns, columns)
			}
			if err != nil {
				return err
			}
		}
		counts, err = q.backupCounts(ctx)
		return err
	})
	if d.ended != nil {
		return lora.BackupCounts{}, "", d.ended
	}
	if err != nil {
		return lora.BackupCounts{}, "", s.failed("dump the database", err)
	}
	counts.Rows = d.rows
	return counts, hex.EncodeToString(d.sum.Sum(nil)), nil
}

// dumper is one Dump at work, or the comparison at the end of a load, which has no sink.
type dumper struct {
	sink  func(table string) (io.Writer, error)
	sum   hash.Hash
	rows  int
	line  []byte
	ended error // of sink or of what it handed out
}

// dump writes some columns of a table.
func (d *dumper) dump(ctx context.Context, q querier, t *dumpTable, all, columns []dumpColumn) error {
	to := io.Discard
	if d.sink != nil {
		if to, d.ended = d.sink(t.name); d.ended != nil {
			return d.ended
		}
	}
	out := bufio.NewWriterSize(io.MultiWriter(d.sum, kept{to, d}), dumpBuffer)
	line, err := appendHead(d.line[:0], t.name, columns)
	if err != nil {
		return err
	}
	if _, err := out.Write(line); err != nil {
		return err
	}
	q.composed = true // of these, one statement is run once
	err = q.each(ctx, t.selectRows(q.pool.dialect, all, columns), nil, func(r *record) error {
		d.line = appendRow(d.line[:0], columns, r)
		d.rows++
		if r.err != nil {
			return fmt.Errorf("%s: %w", t.name, r.err)
		}
		_, err := out.Write(d.line)
		return err
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// kept remembers the error of a writer, so that it comes back as it was.
type kept struct {
	io.Writer
	d *dumper
}

func (k kept) Write(p []byte) (int, error) {
	n, err := k.Writer.Write(p)
	if err != nil {
		k.d.ended = err
	}
	return n, err
}

// backupCounts counts what a dump holds in the user's words.
func (q querier) backupCounts(ctx context.Context) (counts lora.BackupCounts, err error) {
	_, err = q.one(ctx, `SELECT (SELECT COUNT(*) FROM adapter WHERE file_state <> 'trashed'), (SELECT COUNT(*) FROM adapter WHERE file_state NOT IN ('trashed', 'missing')),
		(SELECT COUNT(*) FROM composition WHERE deleted_at IS NULL), (SELECT COUNT(*) FROM job), (SELECT COUNT(*) FROM picture WHERE loose_since IS NULL)`, nil, func(r *record) error {
		counts.Adapters, counts.Files = int(r.integer()), int(r.integer())
		counts.Compositions, counts.Jobs, counts.Images = int(r.integer()), int(r.integer()), int(r.integer())
		return nil
	})
	return counts, err
}
