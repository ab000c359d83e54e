package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"

	"loramanager/internal/lora"
)

// Load replaces what dumps hold with what Dump wrote into either database, in one
// transaction that keeps others from writing: they wait, and readers see the old state
// until it is over. source hands out each table's dump when its turn comes, and
// fs.ErrNotExist for one that the dump does not have. schema is that of the database the
// dump is of: of an older one, tables and columns that it did not have are as they would be
// after an upgrade; a newer one is Unavailable.
//
// check is given the checksum of what the tables hold at the end, made as Dump does over
// the tables and columns of the dump; its error takes everything back, and so does every
// other. A dump that cannot be what Dump wrote is Invalid with the table and the line.
//
// What is of this server stays: library folders that are here keep their ids, and those
// that the dump does not know are kept; engines of the same name and address keep their
// passwords; pictures that the dump does not know become abandoned, so that their files
// are deleted in time. Accounts are those of the dump, and sessions end; where it has none,
// those that are here stay, so that nobody is locked out. The audit log keeps its entries. Where jobs come back that had not ended, the queue is paused.
func (s *Store) Load(ctx context.Context, schema int, source func(table string) (io.Reader, error), check func(checksum string) error) (lora.Loaded, error) {
	switch {
	case int64(schema) > s.schema:
		return lora.Loaded{}, lora.Errorf(lora.Unavailable,
			"The backup was made by a newer version of LoRA Manager (schema %d, this version knows %d). Update the program first.", schema, s.schema)
	case schema < 1:
		return lora.Loaded{}, lora.Errorf(lora.Invalid, "The backup does not say which version of the database it holds.")
	}
	var l *loader
	err := s.alone(ctx, func(q querier, change int64) error {
		l = &loader{querier: q, now: s.momentNow().UnixMicro(), change: change, schema: int64(schema), newest: s.schema, source: source, sum: dumper{sum: sha256.New()}}
		return l.run(ctx, check)
	})
	if l != nil && l.ended != nil {
		return lora.Loaded{}, l.ended
	}
	if err != nil {
		return lora.Loaded{}, s.failed("load a dump", err)
	}
	if _, err := s.fresh(ctx); err != nil { // the next question tries again
		s.log.Warn("the restored catalog could not be read yet", "error", err)
	}
	return l.loaded, nil
}

// loader is one Load at work.
type loader struct {
	querier
	now            int64 // microseconds
	change         int64 // of the catalog
	schema, newest int64
	source         func(table string) (io.Reader, error)
	sum            dumper
	loaded         lora.Loaded
	ended          error // of source, of what it handed out, or of check
	kept           keptHere
}

func (l *loader) run(ctx context.Context, check func(checksum string) error) error {
	for _, step := range []func(ctx context.Context) error{l.keep, l.empty, l.fill} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if l.ended = check(hex.EncodeToString(l.sum.sum.Sum(nil))); l.ended != nil {
		return l.ended
	}
	for _, step := range []func(ctx context.Context) error{l.upgrade, l.giveBack, l.rebuild, l.tell, l.count} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// count counts what a dump of the result would hold.
func (l *loader) count(ctx context.Context) (err error) {
	if l.loaded.Counts, err = l.backupCounts(ctx); err != nil {
		return err
	}
	for _, t := range dumpedTables {
		n, err := l.number(ctx, "SELECT COUNT(*) FROM "+t.name+t.where())
		if err != nil {
			return err
		}
		l.loaded.Counts.Rows += int(n)
	}
	return nil
}

// empty deletes what is there, what names others first.
func (l *loader) empty(ctx context.Context) error {
	statements := append([]string{"DELETE FROM embedding"}, l.pool.dialect.load.forgetWords...)
	for i := len(dumpedTables) - 1; i >= 0; i-- {
		statements = append(statements, "DELETE FROM "+dumpedTables[i].name)
	}
	for _, statement := range statements {
		if err := l.do(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// fill loads one table after the other, and then reads them again for the checksum.
func (l *loader) fill(ctx context.Context) error {
	type filled struct {
		t            *dumpTable
		all, columns []dumpColumn
	}
	list := []filled{}
	for _, t := range dumpedTables {
		in, err := l.source(t.name)
		if errors.Is(err, fs.ErrNotExist) {
			if t.since > l.schema {
				continue
			}
			return lora.Errorf(lora.Invalid, "The backup is damaged: it has no table %s.", t.name)
		}
		if err != nil {
			l.ended = err
			return err
		}
		all, err := l.dumpColumns(ctx, t)
		if err != nil {
			return err
		}
		columns, err := l.loadTable(ctx, t, all, newTableReader(t.name, in))
		if err != nil {
			return err
		}
		list = append(list, filled{t, all, columns})
	}
	for _, f := range list {
		if err := l.sum.dump(ctx, l.querier, f.t, f.all, f.columns); err != nil {
			return err
		}
	}
	return nil
}

// do runs a statement once, without keeping it prepared: it may name tables that are
// there for this transaction only.
func (l *loader) do(ctx context.Context, statement string, args ...any) error {
	_, err := l.tx.ExecContext(ctx, l.pool.dialect.rebind(statement), args...)
	return err
}
