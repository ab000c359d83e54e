package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// change is one transaction that changes the catalog. All rows it writes carry its
// number; the order of the numbers is the order of the commits, since taking a number
// locks the row it comes from until the end.
type change struct {
	querier
	n       int64
	nextKey int64
	now     time.Time
}

// key hands out one of the keys asked for at the beginning.
func (c *change) key() int64 {
	c.nextKey++
	return c.nextKey - 1
}

// write runs f in one transaction that may use the given number of new keys.
func (s *Store) write(ctx context.Context, what string, keys int, f func(c *change) error) error {
	err := s.transact(ctx, func(q querier) error {
		c, err := s.newChange(ctx, q, keys)
		if err != nil {
			return err
		}
		return f(c)
	})
	return s.failed(what, err)
}

// newChange takes the next number of the catalog, which locks it until the transaction
// ends, and a number of new keys.
func (s *Store) newChange(ctx context.Context, q querier, keys int) (*change, error) {
	c := &change{querier: q, now: s.now().UTC().Truncate(time.Microsecond)}
	_, err := q.one(ctx, "UPDATE catalog_change SET n = n + 1, next_key = next_key + ? WHERE one = 1 RETURNING n, next_key",
		[]any{int64(keys)}, func(r *record) error {
			c.n, c.nextKey = r.integer(), r.integer()-int64(keys)
			return nil
		})
	return c, err
}

// reserveKeys takes more new keys, where how many are needed shows only on the way.
func (c *change) reserveKeys(ctx context.Context, keys int) error {
	next, err := c.number(ctx, "UPDATE catalog_change SET next_key = next_key + ? WHERE one = 1 RETURNING next_key", int64(keys))
	c.nextKey = next - int64(keys)
	return err
}

// transact runs f in one transaction of the writer, as part of the library.
func (s *Store) transact(ctx context.Context, f func(q querier) error) error {
	defer s.writing.forLibrary()()
	return s.inTransaction(ctx, s.writer, f)
}

// inTransaction runs f in one transaction of a pool, as one of many that write.
func (s *Store) inTransaction(ctx context.Context, p *pool, f func(q querier) error) error {
	return s.inTransactionOf(ctx, p, s.dialect.among, f)
}

// inTransactionOf runs f in one transaction that begins with a statement.
func (s *Store) inTransactionOf(ctx context.Context, p *pool, begin string, f func(q querier) error) (err error) {
	tx, err := p.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = firstError(err, ignoreDone(tx.Rollback()))
		}
	}()
	q := querier{pool: p, tx: tx}
	if begin != "" {
		if _, err := q.exec(ctx, begin); err != nil {
			return err
		}
	}
	if err := f(q); err != nil {
		return err
	}
	return tx.Commit()
}

// ignoreDone forgets that a transaction was over already, as it is when its context ended.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}
