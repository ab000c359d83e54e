package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

// maxPreferences bounds how many preferences are kept.
const maxPreferences = 1000

const selectPreference = "SELECT id, type, value, confidence, learned_from, evidence_count, last_evidence_at, created_at, updated_at FROM preference "

func readPreference(r *record) lora.Preference {
	return lora.Preference{
		ID: r.text(), Type: lora.PreferenceType(r.text()), Value: r.text(), Confidence: r.real(), LearnedFrom: r.text(),
		EvidenceCount: int(r.integer()), LastEvidenceAt: r.moment(), CreatedAt: r.moment(), UpdatedAt: r.moment(),
	}
}

// Preferences lists what the user likes and dislikes, those with the latest
// evidence first.
func (s *Store) Preferences(ctx context.Context) ([]lora.Preference, error) {
	list := []lora.Preference{}
	err := querier{pool: s.reader}.each(ctx, selectPreference+"ORDER BY last_evidence_at DESC, type, value", nil, func(r *record) error {
		list = append(list, readPreference(r))
		return nil
	})
	return list, s.failed("list preferences", err)
}

// PutPreference keeps a preference. One of the same type and value gets the new
// confidence and origin and one more piece of evidence. It returns what is kept now;
// TooLarge when there are 1,000 others already.
func (s *Store) PutPreference(ctx context.Context, p lora.Preference) (kept lora.Preference, err error) {
	now := s.now().UTC().Truncate(time.Microsecond).UnixMicro()
	err = s.durably(ctx, "keep a preference", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO preference (id, type, value, confidence, learned_from, evidence_count, last_evidence_at, created_at, updated_at)
			VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?) ON CONFLICT (type, value) DO UPDATE SET confidence = excluded.confidence, learned_from = excluded.learned_from,
			evidence_count = preference.evidence_count + 1, last_evidence_at = excluded.last_evidence_at, updated_at = excluded.updated_at`,
			uuid.NewString(), string(p.Type), clean(p.Value), p.Confidence, clean(p.LearnedFrom), now, now, now)
		if err != nil {
			return err
		}
		n, err := q.number(ctx, "SELECT COUNT(*) FROM preference")
		if err == nil && n > maxPreferences {
			err = lora.Errorf(lora.TooLarge, "There are %d preferences already. Delete some first.", n-1)
		}
		if err != nil {
			return err
		}
		_, err = q.one(ctx, selectPreference+"WHERE type = ? AND value = ?", []any{string(p.Type), clean(p.Value)}, func(r *record) error {
			kept = readPreference(r)
			return nil
		})
		if err != nil {
			return err
		}
		return q.tasteChanged(ctx)
	})
	return kept, err
}

// DeletePreference forgets a preference; NotFound for an unknown id.
func (s *Store) DeletePreference(ctx context.Context, id string) error {
	return s.durably(ctx, "forget a preference", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, "DELETE FROM preference WHERE id = ?", clean(id))
		if err == nil && n == 0 {
			err = lora.Errorf(lora.NotFound, "There is no such preference.")
		}
		if err != nil {
			return err
		}
		return q.tasteChanged(ctx)
	})
}
