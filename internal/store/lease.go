package store

import (
	"context"
	"time"
)

// TakeLease takes the right to do a work that one process does at a time, for as long as
// ttl, unless another holder has it. The token is larger than that of every earlier
// holder, so that what a process does late can be told from what its successor does. On
// PostgreSQL the time is that of the server, so that clocks of processes do not matter;
// a holder counts ttl from before it asked.
func (s *Store) TakeLease(ctx context.Context, name, holder string, ttl time.Duration) (token int64, held bool, err error) {
	err = s.briefly(ctx, "take a lease", func(ctx context.Context, q querier) error {
		now, err := s.leaseClock(ctx, q)
		if err != nil {
			return err
		}
		held, err = q.one(ctx, `INSERT INTO lease (name, holder, token, expires_at) VALUES (?, ?, 1, ?)
			ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, token = lease.token + 1, expires_at = excluded.expires_at
			WHERE lease.expires_at <= ? OR lease.holder = excluded.holder RETURNING token`,
			[]any{clean(name), clean(holder), now + ttl.Microseconds(), now}, func(r *record) error {
				token = r.integer()
				return nil
			})
		return err
	})
	if err != nil {
		return 0, false, err
	}
	return token, held, nil
}

// RenewLease keeps a lease for ttl from now on. It is false when it is over or another
// has it: then the holder must stop, and may take it anew.
func (s *Store) RenewLease(ctx context.Context, name, holder string, token int64, ttl time.Duration) (held bool, err error) {
	err = s.briefly(ctx, "renew a lease", func(ctx context.Context, q querier) error {
		now, err := s.leaseClock(ctx, q)
		if err != nil {
			return err
		}
		n, err := q.exec(ctx, "UPDATE lease SET expires_at = ? WHERE name = ? AND holder = ? AND token = ? AND expires_at > ?",
			now+ttl.Microseconds(), clean(name), clean(holder), token, now)
		held = n == 1
		return err
	})
	return held && err == nil, err
}

// DropLease gives a lease back, so that another need not wait for its end. One that is
// no longer held is no error.
func (s *Store) DropLease(ctx context.Context, name, holder string, token int64) error {
	return s.briefly(ctx, "give a lease back", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, "UPDATE lease SET expires_at = 0 WHERE name = ? AND holder = ? AND token = ?", clean(name), clean(holder), token)
		return err
	})
}

// LeaseHolder says who has a lease; empty when nobody has.
func (s *Store) LeaseHolder(ctx context.Context, name string) (holder string, err error) {
	q := querier{pool: s.reader}
	now, err := s.leaseClock(ctx, q)
	if err == nil {
		_, err = q.one(ctx, "SELECT holder FROM lease WHERE name = ? AND expires_at > ?", []any{clean(name), now}, func(r *record) error {
			holder = r.text()
			return nil
		})
	}
	return holder, s.failed("look who has a lease", err)
}

// leaseClock is the time by which leases end, in microseconds since 1970: that of the
// server where processes of several computers share a database.
func (s *Store) leaseClock(ctx context.Context, q querier) (int64, error) {
	if s.dialect.clock == "" {
		return s.momentNow().UnixMicro(), nil
	}
	return q.number(ctx, s.dialect.clock)
}
