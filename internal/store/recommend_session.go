package store

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// How long answered questions that nobody judged are kept.
const (
	keptSessions   = 10_000
	keepSessionFor = 30 * 24 * time.Hour
)

// AddSession keeps an answered question, whose id and time are set, so that feedback can
// refer to it. Old ones without feedback are forgotten meanwhile.
func (s *Store) AddSession(ctx context.Context, session lora.RecommendSession) error {
	return s.briefly(ctx, "remember an answered question", func(ctx context.Context, q querier) error {
		key, err := q.number(ctx, `INSERT INTO recommend_session (id, kind, query, adapter_ids, results, created_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING key`,
			clean(session.ID), string(session.Kind), clean(session.Query), listText(session.AdapterIDs), listText(session.Results), session.CreatedAt.UnixMicro())
		if err != nil || key%64 != 0 { // now and then is enough
			return err
		}
		_, err = q.exec(ctx, "DELETE FROM recommend_session WHERE NOT judged AND (key <= ? OR created_at < ?)",
			key-keptSessions, session.CreatedAt.Add(-keepSessionFor).UnixMicro())
		return err
	})
}

// Session returns an answered question; NotFound for one that is unknown or forgotten.
func (s *Store) Session(ctx context.Context, id string) (session lora.RecommendSession, err error) {
	found, err := querier{pool: s.reader}.one(ctx, "SELECT id, kind, query, adapter_ids, results, created_at FROM recommend_session WHERE id = ?", []any{clean(id)}, func(r *record) error {
		session = lora.RecommendSession{
			ID: r.text(), Kind: lora.RecommendKind(r.text()), Query: r.text(), AdapterIDs: r.list(), Results: r.list(), CreatedAt: r.moment(),
		}
		return nil
	})
	if err == nil && !found {
		err = noSession()
	}
	return session, s.failed("read an answered question", err)
}

func noSession() error {
	return lora.FieldErrorf(lora.NotFound, "session_id", "There is no such answered question. Ask again and judge the new answer.")
}

// RecommendCounts counts what is remembered of recommendations.
func (s *Store) RecommendCounts(ctx context.Context) (sessions, feedback, preferences int, err error) {
	_, err = querier{pool: s.reader}.one(ctx, "SELECT (SELECT COUNT(*) FROM recommend_session), (SELECT COUNT(*) FROM feedback), (SELECT COUNT(*) FROM preference)", nil, func(r *record) error {
		sessions, feedback, preferences = int(r.integer()), int(r.integer()), int(r.integer())
		return nil
	})
	return sessions, feedback, preferences, s.failed("count what is remembered of recommendations", err)
}
