package store

import (
	"cmp"
	"context"

	"loramanager/internal/lora"
)

// Bounds of a judged answer.
const maxSessionItems = 1000

// takeSession brings in an answered question with what the user thought of the answer, so
// that recommendations have learned from it. One that is here already stays as it is;
// judgements of adapters that are not here are left out.
func (i *importer) takeSession(ctx context.Context, session *lora.ArchivedSession) error {
	if wrong := wrongSession(session); wrong != "" {
		return lora.Errorf(lora.Invalid, "The judged answer %s of the import %s. Nothing was imported.", shownText(session.ID), wrong)
	}
	for _, ids := range [][]string{session.AdapterIDs, session.Results} {
		for n, id := range ids {
			ids[n] = cmp.Or(i.ids[id], id)
		}
	}
	query := session.Query
	if session.Kind == lora.RecommendSimilar { // to the adapter with this id
		query = cmp.Or(i.ids[query], query)
	}
	key, err := i.number(ctx, `INSERT INTO recommend_session (id, kind, query, adapter_ids, results, judged, created_at) VALUES (?, ?, ?, ?, ?, TRUE, ?)
		ON CONFLICT (id) DO NOTHING RETURNING key`, keepableID(session.ID), string(session.Kind), clean(query), listText(session.AdapterIDs),
		listText(session.Results), session.CreatedAt.UnixMicro())
	if err != nil || key == 0 {
		return err
	}
	i.tastes = true
	for n := range session.Feedback {
		f := &session.Feedback[n]
		var reason any
		if f.Reason != nil {
			reason = clean(*f.Reason)
		}
		_, err := i.exec(ctx, `INSERT INTO feedback (id, session_key, adapter_key, type, reason, implicit, created_at)
			SELECT CAST(? AS TEXT), CAST(? AS BIGINT), key, CAST(? AS TEXT), CAST(? AS TEXT), ?, CAST(? AS BIGINT) FROM adapter WHERE id = ? ON CONFLICT (id) DO NOTHING`,
			keepableID(f.ID), key, string(f.Type), reason, f.Implicit, f.CreatedAt.UnixMicro(), clean(cmp.Or(i.ids[f.AdapterID], f.AdapterID)))
		if err != nil {
			return err
		}
	}
	return nil
}

func wrongSession(session *lora.ArchivedSession) string {
	wrong := wrongText(session.Query, maxTextBytes)
	switch session.Kind {
	case lora.RecommendSimilar, lora.RecommendPrompt, lora.RecommendTrigger, lora.RecommendActive:
	default:
		wrong = cmp.Or(wrong, "is of no kind that is known")
	}
	if len(session.AdapterIDs) > maxSessionItems || len(session.Results) > maxSessionItems || len(session.Feedback) > maxSessionItems {
		wrong = cmp.Or(wrong, "has more than 1,000 entries")
	}
	if !keepableTime(session.CreatedAt) {
		wrong = cmp.Or(wrong, "has no time between 1970 and 9999")
	}
	for n := range session.Feedback {
		f := &session.Feedback[n]
		switch f.Type {
		case lora.FeedbackPositive, lora.FeedbackNegative, lora.FeedbackActivated, lora.FeedbackIgnored, lora.FeedbackDismissed:
		default:
			wrong = cmp.Or(wrong, "has a judgement of no type that is known")
		}
		if !keepableTime(f.CreatedAt) {
			wrong = cmp.Or(wrong, "has no time between 1970 and 9999")
		}
		if f.Reason != nil {
			wrong = cmp.Or(wrong, wrongText(*f.Reason, maxTextBytes))
		}
	}
	return wrong
}
