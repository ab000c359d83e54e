package store

import (
	"context"

	"loramanager/internal/lora"
)

// sessions hands out answered questions that were judged, with the judgements of them.
func (x *exporter) sessions(ctx context.Context) error {
	for after := int64(0); ; {
		keys, list := []int64{}, []lora.ArchivedSession{}
		err := x.each(ctx, `SELECT key, id, kind, query, adapter_ids, results, created_at FROM recommend_session
			WHERE judged AND key > ? ORDER BY key LIMIT ?`, []any{after, int64(exportPart)}, func(r *record) error {
			keys = append(keys, r.integer())
			session := lora.ArchivedSession{Feedback: []lora.Feedback{}}
			session.ID, session.Kind, session.Query = r.text(), lora.RecommendKind(r.text()), r.text()
			session.AdapterIDs, session.Results, session.CreatedAt = r.list(), r.list(), r.moment()
			list = append(list, session)
			return nil
		})
		if err != nil || len(list) == 0 {
			return err
		}
		if err := x.addFeedback(ctx, keys, list); err != nil {
			return err
		}
		for i := range list {
			if err := x.hand(lora.ArchiveRecord{Session: &list[i]}); err != nil {
				return err
			}
		}
		after = keys[len(keys)-1]
	}
}

func (x *exporter) addFeedback(ctx context.Context, keys []int64, list []lora.ArchivedSession) error {
	byID := make(map[string]*lora.ArchivedSession, len(list))
	for i := range list {
		byID[list[i].ID] = &list[i]
	}
	return x.each(ctx, selectFeedback+"WHERE f.session_key IN ("+x.pool.dialect.keys+") ORDER BY f.key", []any{x.pool.dialect.list(keys)}, func(r *record) error {
		f := readFeedback(r)
		session := byID[f.SessionID]
		session.Feedback = append(session.Feedback, f)
		return nil
	})
}
