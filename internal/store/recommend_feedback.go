package store

import (
	"context"

	"loramanager/internal/lora"
)

const selectFeedback = `SELECT f.id, s.id, a.id, f.type, f.reason, f.implicit, f.created_at, s.kind, s.query
	FROM feedback f JOIN recommend_session s ON s.key = f.session_key JOIN adapter a ON a.key = f.adapter_key `

func readFeedback(r *record) lora.Feedback {
	f := lora.Feedback{ID: r.text(), SessionID: r.text(), AdapterID: r.text(), Type: lora.FeedbackType(r.text())}
	if !r.null() {
		reason := r.text()
		f.Reason = &reason
	}
	f.Implicit, f.CreatedAt, f.Kind, f.Query = r.truth(), r.moment(), lora.RecommendKind(r.text()), r.text()
	return f
}

// AddFeedback keeps a judgement of an adapter that an answer recommended; its id and time
// are set. NotFound for an unknown session or adapter.
func (s *Store) AddFeedback(ctx context.Context, f lora.Feedback) error {
	var reason any
	if f.Reason != nil {
		reason = clean(*f.Reason)
	}
	return s.durably(ctx, "keep feedback", func(ctx context.Context, q querier) error {
		adapter, err := q.number(ctx, "SELECT key FROM adapter WHERE id = ?", clean(f.AdapterID))
		if err == nil && adapter == 0 {
			err = lora.FieldErrorf(lora.NotFound, "recommended_lora_id", "adapter not found")
		}
		if err != nil {
			return err
		}
		// Judged first: from then on nobody forgets the session.
		session, err := q.number(ctx, "UPDATE recommend_session SET judged = TRUE WHERE id = ? RETURNING key", clean(f.SessionID))
		if err == nil && session == 0 {
			err = noSession()
		}
		if err != nil {
			return err
		}
		_, err = q.exec(ctx, "INSERT INTO feedback (id, session_key, adapter_key, type, reason, implicit, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
			clean(f.ID), session, adapter, string(f.Type), reason, f.Implicit, f.CreatedAt.UnixMicro())
		if err != nil {
			return err
		}
		return q.tasteChanged(ctx)
	})
}

// Feedbacks lists the latest feedback, newest first, with the kind and the query of the
// question it is about.
func (s *Store) Feedbacks(ctx context.Context, limit int) ([]lora.Feedback, error) {
	list := []lora.Feedback{}
	err := querier{pool: s.reader}.each(ctx, selectFeedback+"ORDER BY f.key DESC LIMIT ?", []any{int64(limit)}, func(r *record) error {
		list = append(list, readFeedback(r))
		return nil
	})
	return list, s.failed("list feedback", err)
}

// DeleteFeedback takes a judgement back; NotFound for an unknown id.
func (s *Store) DeleteFeedback(ctx context.Context, id string) error {
	return s.durably(ctx, "take feedback back", func(ctx context.Context, q querier) error {
		session, err := q.number(ctx, "DELETE FROM feedback WHERE id = ? RETURNING session_key", clean(id))
		if err == nil && session == 0 {
			err = lora.Errorf(lora.NotFound, "There is no such feedback.")
		}
		if err != nil {
			return err
		}
		_, err = q.exec(ctx, "UPDATE recommend_session SET judged = FALSE WHERE key = ? AND NOT EXISTS (SELECT 1 FROM feedback WHERE session_key = ?)", session, session)
		if err != nil {
			return err
		}
		return q.tasteChanged(ctx)
	})
}

// TasteChange returns the number of the last change to feedback and preferences,
// whichever process made it.
func (s *Store) TasteChange(ctx context.Context) (int64, error) {
	n, err := querier{pool: s.reader}.number(ctx, "SELECT n FROM taste_change")
	return n, s.failed("read the change number", err)
}

// tasteChanged counts a change to feedback or preferences.
func (q querier) tasteChanged(ctx context.Context) error {
	_, err := q.exec(ctx, "UPDATE taste_change SET n = n + 1 WHERE one = 1")
	return err
}
