package store

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"loramanager/internal/lora"
)

// PutHubFindings keeps what hubs said about adapters and lets it fill fields that are
// empty, or were filled by a hub before. What a hub no longer has, or did not answer, never
// takes the place of what it once said. Unknown adapters are left out.
func (s *Store) PutHubFindings(ctx context.Context, findings []lora.HubFinding) error {
	return s.write(ctx, "keep what a hub said", 0, func(c *change) error {
		for i := range findings {
			f := &findings[i]
			key, err := c.number(ctx, "SELECT key FROM adapter WHERE id = ?", clean(f.AdapterID))
			if err != nil {
				return err
			}
			if key == 0 {
				continue
			}
			if err := c.putSnapshot(ctx, key, &f.HubSnapshot); err != nil {
				return err
			}
			if err := c.fillFrom(ctx, f); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *change) putSnapshot(ctx context.Context, key int64, s *lora.HubSnapshot) error {
	at := s.LookedUpAt.UnixMicro()
	if s.State == lora.HubFound && s.Version != nil {
		body, err := json.Marshal(s.Version)
		if err != nil {
			return err
		}
		_, err = c.exec(ctx, `INSERT INTO hub_snapshot (adapter_key, hub, state, model_id, version_id, body, error, looked_up_at) VALUES (?, ?, ?, ?, ?, ?, '', ?)
			ON CONFLICT (adapter_key) DO UPDATE SET hub = excluded.hub, state = excluded.state, model_id = excluded.model_id, version_id = excluded.version_id,
			body = excluded.body, error = excluded.error, looked_up_at = excluded.looked_up_at`,
			key, clean(s.Hub), lora.HubFound, clean(s.Version.ModelID), clean(s.Version.VersionID), clean(string(body)), at)
		return err
	}
	// A snapshot with a version stays; of the rest the latest word counts.
	keep := "UPDATE hub_snapshot SET error = ?, state = CASE WHEN ? = 'gone' THEN 'gone' ELSE state END"
	args := []any{clean(s.Error), s.State}
	if s.State != lora.HubFailed { // it was answered, so it need not be asked again soon
		keep += ", looked_up_at = ?"
		args = append(args, at)
	}
	n, err := c.exec(ctx, keep+" WHERE adapter_key = ? AND body IS NOT NULL", append(args, key)...)
	if err != nil || n > 0 {
		return err
	}
	state := s.State
	if state == lora.HubGone {
		state = lora.HubAbsent
	}
	_, err = c.exec(ctx, `INSERT INTO hub_snapshot (adapter_key, hub, state, model_id, version_id, body, error, looked_up_at) VALUES (?, ?, ?, '', '', NULL, ?, ?)
		ON CONFLICT (adapter_key) DO UPDATE SET hub = excluded.hub, state = excluded.state, error = excluded.error, looked_up_at = excluded.looked_up_at`,
		key, clean(s.Hub), state, clean(s.Error), at)
	return err
}

// fillFrom fills the empty fields of an adapter. Values that break a rule of their field
// are left out.
func (c *change) fillFrom(ctx context.Context, finding *lora.HubFinding) error {
	if len(finding.Fill) == 0 {
		return nil
	}
	row, err := c.row(ctx, finding.AdapterID)
	if err != nil {
		return err
	}
	var filled []string
	for _, name := range slices.Sorted(maps.Keys(finding.Fill)) {
		f := fieldsByName[name]
		if f == nil || !f.editable || row.Sources[name] != lora.FromHub && !f.isEmpty(&row.Adapter, row.Sources[name]) {
			continue
		}
		before := must(json.Marshal(f.value(&row.Adapter)))
		if f.set(&row.Adapter, finding.Fill[name]) != nil {
			continue
		}
		if string(before) != string(must(json.Marshal(f.value(&row.Adapter)))) {
			row.Sources[name] = lora.FromHub
			filled = append(filled, name)
		}
	}
	if len(filled) == 0 {
		return nil
	}
	if slices.Contains(filled, "source_url") {
		row.lineage = lineage(&row.Adapter)
	}
	return c.updateFields(ctx, row, filled)
}

// isEmpty reports whether nobody has said anything about a field, the user included: one
// that the user has emptied is not empty.
func (f *field) isEmpty(a *lora.Adapter, source lora.Source) bool {
	if source == lora.FromUser {
		return false
	}
	if f.name == "base_model" {
		return a.BaseModel == lora.UnknownBase || a.BaseModel == ""
	}
	switch string(must(json.Marshal(f.value(a)))) {
	case "null", `""`, "[]", "0":
		return true
	}
	return false
}

// HubSnapshot returns what a hub said about an adapter, nil before the first look-up;
// NotFound for an unknown adapter.
func (s *Store) HubSnapshot(ctx context.Context, adapterID string) (snapshot *lora.HubSnapshot, err error) {
	found, err := querier{pool: s.reader}.one(ctx, `SELECT h.hub, h.state, h.body, h.error, h.looked_up_at FROM adapter a LEFT JOIN hub_snapshot h ON h.adapter_key = a.key WHERE a.id = ?`,
		[]any{clean(adapterID)}, func(r *record) error {
			if r.null() {
				return nil
			}
			snapshot = &lora.HubSnapshot{AdapterID: adapterID, Hub: r.text(), State: r.text()}
			if !r.null() {
				snapshot.Version = new(lora.HubVersion)
				r.decode(snapshot.Version)
			}
			snapshot.Error, snapshot.LookedUpAt = r.text(), r.moment()
			return nil
		})
	if err == nil && !found {
		err = noAdapter()
	}
	return snapshot, s.failed("read what a hub said", err)
}

// maxHubQueries is how many adapters are asked about at a time.
const maxHubQueries = 1000

// needsHub are adapters that something can be asked about and that were not answered since
// a moment.
const needsHub = `FROM adapter a LEFT JOIN hub_snapshot h ON h.adapter_key = a.key
	WHERE a.file_state IN ('ok', 'unsafe') AND (h.adapter_key IS NULL OR h.state = 'failed' OR h.looked_up_at < ?)
	AND (a.sha256 IS NOT NULL OR a.source_url IS NOT NULL OR EXISTS (SELECT 1 FROM claimed_digest d WHERE d.adapter_key = a.key AND d.kind IN ('sha256', 'autov3')))`

// HubQueries lists adapters that hubs have not answered since a moment, at most limit,
// behind the key that came with the list before; next is 0 with the last. ids narrows it
// when it is not nil.
func (s *Store) HubQueries(ctx context.Context, ids []string, since time.Time, after int64, limit int) (queries []lora.HubQuery, next int64, err error) {
	limit = min(max(limit, 1), maxHubQueries)
	query, args := "SELECT a.key, a.id, a.sha256, a.autov3, a.source_url, h.hub, h.model_id, h.version_id "+needsHub+" AND a.key > ?", []any{since.UnixMicro(), after}
	if ids != nil {
		query += " AND a.id IN (" + s.dialect.texts + ")"
		args = append(args, s.dialect.list(texts(ids)))
	}
	queries = []lora.HubQuery{}
	var keys []int64
	at, computed := map[int64]int{}, map[int64]bool{}
	q := querier{pool: s.reader}
	err = q.each(ctx, query+" ORDER BY a.key LIMIT ?", append(args, int64(limit)), func(r *record) error {
		key := r.integer()
		found := lora.HubQuery{AdapterID: r.text(), Digests: map[string]string{}}
		for _, kind := range []string{"sha256", "autov3"} {
			if value := r.text(); value != "" {
				found.Digests[kind] = value
			}
		}
		found.SourceURL, found.Hub, found.ModelID, found.VersionID = r.text(), r.text(), r.text(), r.text()
		at[key] = len(queries)
		computed[key] = len(found.Digests) > 0
		keys, queries = append(keys, key), append(queries, found)
		return nil
	})
	if err != nil || len(keys) == 0 {
		return queries, 0, s.failed("list adapters to look up", err)
	}
	err = q.each(ctx, "SELECT adapter_key, kind, value FROM claimed_digest WHERE kind IN ('sha256', 'autov3') AND adapter_key IN ("+s.dialect.keys+")", []any{s.dialect.list(keys)}, func(r *record) error {
		key, kind, value := r.integer(), r.text(), r.text()
		if !computed[key] { // what is computed is certain; claims are of another file at times
			queries[at[key]].Digests[kind] = value
		}
		return nil
	})
	if len(keys) == limit {
		next = keys[len(keys)-1]
	}
	return queries, next, s.failed("list adapters to look up", err)
}

// HubPending counts the adapters that hubs have not answered since a moment; ids narrows it
// when it is not nil.
func (s *Store) HubPending(ctx context.Context, ids []string, since time.Time) (int, error) {
	query, args := "SELECT COUNT(*) "+needsHub, []any{since.UnixMicro()}
	if ids != nil {
		query += " AND a.id IN (" + s.dialect.texts + ")"
		args = append(args, s.dialect.list(texts(ids)))
	}
	n, err := querier{pool: s.reader}.number(ctx, query, args...)
	return int(n), s.failed("count adapters to look up", err)
}
