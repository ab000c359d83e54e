package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// pool is a set of connections with the statements prepared on them.
type pool struct {
	db      *sql.DB
	dialect *dialect

	mu    sync.Mutex
	stmts map[string]*sql.Stmt
	bound map[string]string
}

func newPool(db *sql.DB, d *dialect) *pool {
	return &pool{db: db, dialect: d, stmts: make(map[string]*sql.Stmt), bound: make(map[string]string)}
}

func (p *pool) close() error {
	var errs []error
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, stmt := range p.stmts {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, p.db.Close())...)
}

// rebound remembers what the dialect made of a query. The number of queries is fixed:
// none is composed from input.
func (p *pool) rebound(query string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	q, ok := p.bound[query]
	if !ok {
		q = p.dialect.rebind(query)
		p.bound[query] = q
	}
	return q
}

func (p *pool) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	p.mu.Lock()
	stmt, ok := p.stmts[query]
	p.mu.Unlock()
	if ok {
		return stmt, nil
	}
	stmt, err := p.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if other, ok := p.stmts[query]; ok {
		return other, stmt.Close() //nolint:sqlclosecheck // the other was first; this one is not kept
	}
	p.stmts[query] = stmt
	return stmt, nil
}

// querier runs queries on a pool or inside one transaction.
type querier struct {
	pool *pool
	tx   *sql.Tx
	// composed is set for queries whose text depends on what was asked: there are too many
	// of them to keep each prepared.
	composed bool
}

// stmt returns the prepared statement to use, nil where the driver keeps its own.
func (q querier) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	stmt, err := q.pool.prepared(ctx, query)
	if err == nil && q.tx != nil {
		stmt = q.tx.StmtContext(ctx, stmt)
	}
	return stmt, err
}

func (q querier) rows(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	if !q.pool.dialect.caches && !q.composed {
		stmt, err := q.stmt(ctx, query) //nolint:sqlclosecheck // kept until the pool is closed
		if err != nil {
			return nil, err
		}
		return stmt.QueryContext(ctx, args...)
	}
	if q.composed {
		query = q.pool.dialect.rebind(query)
	} else {
		query = q.pool.rebound(query)
	}
	if q.tx != nil {
		return q.tx.QueryContext(ctx, query, args...)
	}
	return q.pool.db.QueryContext(ctx, query, args...)
}

// exec runs a statement and returns how many rows it changed.
func (q querier) exec(ctx context.Context, query string, args ...any) (int, error) {
	var result sql.Result
	var err error
	switch {
	case !q.pool.dialect.caches:
		var stmt *sql.Stmt
		if stmt, err = q.stmt(ctx, query); err == nil { //nolint:sqlclosecheck // kept until the pool is closed
			result, err = stmt.ExecContext(ctx, args...)
		}
	case q.tx != nil:
		result, err = q.tx.ExecContext(ctx, q.pool.rebound(query), args...)
	default:
		result, err = q.pool.db.ExecContext(ctx, q.pool.rebound(query), args...)
	}
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// each calls f for every row of an answer.
func (q querier) each(ctx context.Context, query string, args []any, f func(r *record) error) (err error) {
	rows, err := q.rows(ctx, query, args)
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, rows.Close()) }()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	r := newRecord(len(names))
	for rows.Next() {
		if err := rows.Scan(r.into...); err != nil {
			return err
		}
		r.at = 0
		if err := f(r); err != nil {
			return err
		}
		if r.err != nil {
			return r.err
		}
	}
	return rows.Err()
}

// one calls f for the only row of an answer and reports whether there was one.
func (q querier) one(ctx context.Context, query string, args []any, f func(r *record) error) (bool, error) {
	found := false
	err := q.each(ctx, query, args, func(r *record) error {
		found = true
		return f(r)
	})
	return found, err
}

// number reads a single number; 0 when there is no row.
func (q querier) number(ctx context.Context, query string, args ...any) (int64, error) {
	var n int64
	_, err := q.one(ctx, query, args, func(r *record) error {
		n = r.integer()
		return nil
	})
	return n, err
}

// strings reads a single column of texts.
func (q querier) strings(ctx context.Context, query string, args ...any) ([]string, error) {
	var list []string
	err := q.each(ctx, query, args, func(r *record) error {
		list = append(list, r.text())
		return nil
	})
	return list, err
}
