package store

import (
	"context"

	"loramanager/internal/lora"
)

// keptTrainingTags is how many tags of a training are kept for recommendations: the rest
// of them stands for a few pictures each.
const keptTrainingTags = 50

// trainingTags returns the tags most pictures of a training had, as they are stored.
func trainingTags(report *lora.Report) string {
	tags := make([]string, 0, keptTrainingTags)
	for _, t := range report.Tags[:min(len(report.Tags), keptTrainingTags)] {
		tags = append(tags, t.Tag)
	}
	return listText(tags)
}

// writeTrainingTags keeps the training tags of a report that was just written.
func (b *batch) writeTrainingTags(ctx context.Context, row *stored, report *lora.Report, fresh bool) error {
	if fresh && len(report.Tags) == 0 {
		return nil
	}
	_, err := b.exec(ctx, "INSERT INTO training_tag (adapter_key, tags) VALUES (?, ?) ON CONFLICT (adapter_key) DO UPDATE SET tags = excluded.tags",
		row.key, trainingTags(report))
	return err
}

// readTrainingTags takes the training tags out of reports that an earlier version of the
// program wrote. It does so once, in parts, and goes on where it was stopped.
func (s *Store) readTrainingTags(ctx context.Context) error {
	for {
		type part struct {
			key  int64
			tags string
		}
		var parts []part
		err := querier{pool: s.reader}.each(ctx, `SELECT t.adapter_key, i.report FROM training_tag t JOIN inspection i ON i.adapter_key = t.adapter_key
			WHERE t.tags IS NULL ORDER BY t.adapter_key LIMIT 500`, nil, func(r *record) error {
			key := r.integer()
			var report lora.Report
			if err := unpackJSON(r.blob(), &report); err != nil {
				s.log.Warn("a stored report cannot be read; the next scan of its file writes a new one", "adapter_key", key, "error", err)
			}
			parts = append(parts, part{key, trainingTags(&report)})
			return nil
		})
		if err != nil || len(parts) == 0 {
			return err
		}
		err = s.transact(ctx, func(q querier) error {
			for _, p := range parts {
				// Not where a scan was faster.
				if _, err := q.exec(ctx, "UPDATE training_tag SET tags = ? WHERE adapter_key = ? AND tags IS NULL", p.tags, p.key); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}
