package store

import (
	"context"
	"slices"

	"loramanager/internal/lora"
)

// adapters hands out adapters in the order of their keys, with what is known of their
// files.
func (x *exporter) adapters(ctx context.Context) error {
	if x.scope.AdapterIDs != nil {
		return x.chosenAdapters(ctx)
	}
	for after := int64(0); ; {
		rows, err := x.storedAdapters(ctx, "WHERE key > ? AND file_state <> 'trashed' ORDER BY key LIMIT ?", after, int64(exportPart))
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].key
		if err := x.handAdapters(ctx, rows); err != nil {
			return err
		}
	}
}

// chosenAdapters hands out those that a scope names. They are sorted by their keys first,
// which takes little memory.
func (x *exporter) chosenAdapters(ctx context.Context) error {
	keys, err := x.adapterKeys(ctx, x.scope.AdapterIDs)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(keys, exportPart) {
		rows, err := x.storedAdapters(ctx, "WHERE key IN ("+x.pool.dialect.keys+") AND file_state <> 'trashed' ORDER BY key", x.pool.dialect.list(part))
		if err == nil {
			err = x.handAdapters(ctx, rows)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// adapterKeys are the keys of adapters that are not in the trash, in order.
func (q querier) adapterKeys(ctx context.Context, ids []string) ([]int64, error) {
	keys := []int64{}
	for part := range slices.Chunk(ids, exportPart) {
		some, err := q.integers(ctx, "SELECT key FROM adapter WHERE file_state <> 'trashed' AND id IN ("+q.pool.dialect.texts+")", q.pool.dialect.list(texts(part)))
		if err != nil {
			return nil, err
		}
		keys = append(keys, some...)
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

func (q querier) storedAdapters(ctx context.Context, condition string, args ...any) ([]*stored, error) {
	rows := make([]*stored, 0, exportPart)
	err := q.each(ctx, selectAdapter+condition, args, func(r *record) error {
		rows = append(rows, readStored(r))
		return nil
	})
	return rows, err
}

func (x *exporter) handAdapters(ctx context.Context, rows []*stored) error {
	list, keys := make([]lora.ArchivedAdapter, len(rows)), make([]int64, len(rows))
	byKey := make(map[int64]*lora.ArchivedAdapter, len(rows))
	for i, row := range rows {
		list[i] = lora.ArchivedAdapter{
			Adapter: row.Adapter, RelPath: row.relPath, Stamp: row.stamp(), PreviewRel: row.previewRel, QuickDigest: row.quickDigest,
		}
		keys[i], byKey[row.key] = row.key, &list[i]
	}
	if err := x.describeAdapters(ctx, keys, byKey); err != nil {
		return err
	}
	for i := range list {
		if err := x.hand(lora.ArchiveRecord{Adapter: &list[i]}); err != nil {
			return err
		}
	}
	return nil
}

// describeAdapters adds what stands in other tables.
func (x *exporter) describeAdapters(ctx context.Context, keys []int64, byKey map[int64]*lora.ArchivedAdapter) error {
	within, list := " IN ("+x.pool.dialect.keys+")", []any{x.pool.dialect.list(keys)}
	for _, part := range []struct {
		query string
		add   func(a *lora.ArchivedAdapter, r *record)
	}{
		{"SELECT a.key, r.path FROM adapter a JOIN root r ON r.id = a.root_id WHERE a.key" + within, func(a *lora.ArchivedAdapter, r *record) { a.RootPath = r.text() }},
		{"SELECT adapter_key, name FROM alias WHERE adapter_key" + within, func(a *lora.ArchivedAdapter, r *record) { a.Alias = r.text() }},
		{"SELECT adapter_key, kind, value FROM digest WHERE adapter_key" + within, func(a *lora.ArchivedAdapter, r *record) {
			if a.Digests == nil {
				a.Digests = make(map[string]string, 4)
			}
			a.Digests[r.text()] = r.text()
		}},
		{"SELECT adapter_key, kind, value, source FROM claimed_digest WHERE adapter_key" + within + " ORDER BY adapter_key, kind", func(a *lora.ArchivedAdapter, r *record) {
			a.Claimed = append(a.Claimed, lora.Claim{Kind: r.text(), Value: r.text(), Source: lora.Source(r.text())})
		}},
		{"SELECT adapter_key, origin, detail FROM provenance WHERE adapter_key" + within, func(a *lora.ArchivedAdapter, r *record) {
			a.Origin, a.OriginDetail = r.text(), r.text()
		}},
	} {
		err := x.each(ctx, part.query, list, func(r *record) error {
			part.add(byKey[r.integer()], r)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
