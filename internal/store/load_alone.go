package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"loramanager/internal/lora"
)

// How often who wants to write alone asks for it, and how long it waits each time and in
// between. It waits only briefly while it holds up others itself: who is held up may be
// the one it waits for. Now and then it is more patient, which makes the server stop its own
// housekeeping.
const (
	aloneTries   = 300
	alonePause   = 150 * time.Millisecond
	aloneBrief   = 200  // milliseconds
	alonePatient = 2500 // likewise
)

// alone runs f as one change of the catalog, whose number it is given, that lasts and
// during which nobody else writes.
func (s *Store) alone(ctx context.Context, f func(q querier, change int64) error) error {
	defer s.writing.forLibrary()()
	if s.checks != nil {
		defer s.checks.soon()
	}
	for try := 1; ; try++ {
		locked := false
		err := s.inTransaction(ctx, s.durable, func(q querier) error {
			change, err := q.takeAll(ctx, try%10 == 0)
			if err != nil {
				return err
			}
			locked = true
			return f(q, change)
		})
		if locked || !isLockTimeout(err) {
			return err
		}
		if try == aloneTries {
			return &lora.Error{Code: lora.Unavailable, Message: "Others write to the database all the time. Stop what is running and try again.", Err: err}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(alonePause):
		}
	}
}

// takeAll keeps others from writing to any table that dumps hold or that follows from
// them, the catalog's number first, as all who change the catalog do.
func (q querier) takeAll(ctx context.Context, patient bool) (change int64, err error) {
	d := &q.pool.dialect.load
	q.composed = true
	if d.lock == "" {
		return q.nextChange(ctx)
	}
	wait := aloneBrief
	if patient {
		wait = alonePatient
	}
	if _, err := q.tx.ExecContext(ctx, fmt.Sprintf(d.patience, wait)); err != nil {
		return 0, err
	}
	if change, err = q.nextChange(ctx); err != nil {
		return 0, err
	}
	names := []string{}
	for i := range dumpTables {
		if t := &dumpTables[i]; t.use != local && (t.only == "" || t.only == q.pool.dialect.name) {
			names = append(names, t.name)
		}
	}
	if _, err := q.tx.ExecContext(ctx, fmt.Sprintf(d.lock, strings.Join(names, ", "))); err != nil {
		return 0, err
	}
	_, err = q.tx.ExecContext(ctx, fmt.Sprintf(d.patience, 0)) // from here on nobody is in the way
	return change, err
}

func isLockTimeout(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "55P03"
}
