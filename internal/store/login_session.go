package store

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// maxSessions is how many sessions an account has at most: the latest ones.
const maxSessions = 100

const sessionColumns = "s.id, s.account_key, s.method, s.address, s.agent, s.created_at, s.seen_at, s.expires_at"

func readSession(r *record) lora.Session {
	return lora.Session{
		ID: r.text(), Account: r.integer(), Method: r.text(), Address: r.text(), Agent: r.text(), CreatedAt: r.moment(), SeenAt: r.moment(), ExpiresAt: r.moment(),
	}
}

// PutSession begins a session of an account under the hash of its cookie, and notes that
// the account logged in. Its oldest sessions end where it has more than 100. Unauthorized when the account
// is gone or disabled.
func (s *Store) PutSession(ctx context.Context, session lora.Session) error {
	return s.durably(ctx, "begin a session", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, "UPDATE account SET last_login_at = ? WHERE key = ? AND NOT disabled", session.CreatedAt.UnixMicro(), session.Account)
		if err == nil && n == 0 {
			err = lora.Errorf(lora.Unauthorized, "This account cannot log in. Ask an administrator.")
		}
		if err != nil {
			return err
		}
		_, err = q.exec(ctx, "INSERT INTO session (id, account_key, method, address, agent, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			clean(session.ID), session.Account, clean(session.Method), clean(session.Address), clean(session.Agent),
			session.CreatedAt.UnixMicro(), session.SeenAt.UnixMicro(), session.ExpiresAt.UnixMicro())
		if err == nil {
			_, err = q.exec(ctx, "DELETE FROM session WHERE account_key = ? AND id NOT IN (SELECT id FROM session WHERE account_key = ? ORDER BY created_at DESC, id DESC LIMIT ?)",
				session.Account, session.Account, int64(maxSessions))
		}
		return err
	})
}

// SessionActor returns whose session has a hash, unless it is over or the account is
// disabled. It is one question by keys, asked with every request.
func (s *Store) SessionActor(ctx context.Context, hash string, now time.Time) (a lora.Actor, session lora.Session, found bool, err error) {
	found, err = querier{pool: s.reader}.one(ctx, actorOfSession, []any{clean(hash), now.UnixMicro()}, func(r *record) error {
		a, session = readActor(r), readSession(r)
		a.Via, a.SessionID, a.ExpiresAt = "session", session.ID, session.ExpiresAt
		return nil
	})
	return a, session, found, s.failed("read a session", err)
}

const (
	actorColumns   = "a.key, a.id, a.name, a.display_name, a.role, a.job_quota, a.must_change"
	actorOfSession = "SELECT " + actorColumns + ", " + sessionColumns +
		" FROM session s JOIN account a ON a.key = s.account_key WHERE s.id = ? AND s.expires_at > ? AND NOT a.disabled"
)

func readActor(r *record) lora.Actor {
	return lora.Actor{
		Account: r.integer(), AccountID: r.text(), Name: r.text(), DisplayName: r.text(), Role: lora.Role(r.text()), JobQuota: int(r.integer()), MustChange: r.truth(),
	}
}

// SeeSession notes when a session was used last.
func (s *Store) SeeSession(ctx context.Context, hash string, at time.Time) error {
	return s.briefly(ctx, "note the use of a session", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, "UPDATE session SET seen_at = ? WHERE id = ? AND seen_at < ?", at.UnixMicro(), clean(hash), at.UnixMicro())
		return err
	})
}

// Sessions lists the sessions of an account that are not over at a moment, the one seen
// last first.
func (s *Store) Sessions(ctx context.Context, account int64, now time.Time) ([]lora.Session, error) {
	list := []lora.Session{}
	err := querier{pool: s.reader}.each(ctx, "SELECT "+sessionColumns+" FROM session s WHERE s.account_key = ? AND s.expires_at > ? ORDER BY s.seen_at DESC, s.id",
		[]any{account, now.UnixMicro()}, func(r *record) error {
			list = append(list, readSession(r))
			return nil
		})
	return list, s.failed("list sessions", err)
}

// EndSession ends a session of an account; false when it has none of that id.
func (s *Store) EndSession(ctx context.Context, account int64, id string) (ended bool, err error) {
	err = s.durably(ctx, "end a session", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, "DELETE FROM session WHERE id = ? AND account_key = ?", clean(id), account)
		ended = n == 1
		return err
	})
	return ended && err == nil, err
}

// EndSessions ends the sessions of an account but one, if any, and returns their ids.
func (s *Store) EndSessions(ctx context.Context, account int64, except string) (ended []string, err error) {
	err = s.durably(ctx, "end sessions", func(ctx context.Context, q querier) error {
		ended, err = q.endSessions(ctx, account, except)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ended, nil
}

func (q querier) endSessions(ctx context.Context, account int64, except string) ([]string, error) {
	return q.strings(ctx, "DELETE FROM session WHERE account_key = ? AND id <> ? RETURNING id", account, clean(except))
}
