package store

import (
	"context"
	"encoding/json"
	"time"

	"loramanager/internal/lora"
)

// maxFlows bounds how many sign-ins of a kind are under way: anybody can begin one of some
// kinds, and must not keep out those of the others.
const maxFlows = 10_000

// PutFlow keeps what is needed to finish a sign-in, under the hash of what its browser
// holds, until it is over. RateLimited while far too many of the kind are
// under way.
func (s *Store) PutFlow(ctx context.Context, hash, kind string, body json.RawMessage, expires time.Time) error {
	return s.briefly(ctx, "begin a sign-in", func(ctx context.Context, q querier) error {
		n, err := q.number(ctx, "SELECT COUNT(*) FROM login_flow WHERE kind = ?", clean(kind))
		if err == nil && n >= maxFlows {
			var gone int
			gone, err = q.exec(ctx, "DELETE FROM login_flow WHERE kind = ? AND expires_at <= ?", clean(kind), s.momentNow().UnixMicro())
			n -= int64(gone)
		}
		if err == nil && n >= maxFlows {
			err = lora.Errorf(lora.RateLimited, "Too many sign-ins are under way. Try again in a few minutes.")
		}
		if err == nil {
			_, err = q.exec(ctx, "INSERT INTO login_flow (id, kind, body, expires_at) VALUES (?, ?, ?, ?)", clean(hash), clean(kind), clean(string(body)), expires.UnixMicro())
		}
		return err
	})
}

// TakeFlow takes out what PutFlow kept of a kind, so that each sign-in is finished once,
// however many ask. Nothing is found when it is over.
func (s *Store) TakeFlow(ctx context.Context, hash, kind string) (body json.RawMessage, found bool, err error) {
	err = s.briefly(ctx, "finish a sign-in", func(ctx context.Context, q querier) error {
		var expires time.Time
		found, err = q.one(ctx, "DELETE FROM login_flow WHERE id = ? AND kind = ? RETURNING body, expires_at", []any{clean(hash), clean(kind)}, func(r *record) error {
			body, expires = json.RawMessage(r.text()), r.moment()
			return nil
		})
		if found = found && expires.After(s.now()); !found {
			body = nil
		}
		return err
	})
	if err != nil {
		return nil, false, err
	}
	return body, found, nil
}
