package store

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"loramanager/internal/lora"
)

// PutHubModels keeps models as hubs describe them.
func (s *Store) PutHubModels(ctx context.Context, models []lora.HubModel) error {
	return s.briefly(ctx, "keep models of a hub", func(ctx context.Context, q querier) error {
		for i := range models {
			m := &models[i]
			body, err := json.Marshal(m)
			if err != nil {
				return err
			}
			short, err := json.Marshal(m.InShort())
			if err != nil {
				return err
			}
			_, err = q.exec(ctx, `INSERT INTO hub_model (hub, model_id, body, versions, fetched_at) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (hub, model_id) DO UPDATE SET body = excluded.body, versions = excluded.versions, fetched_at = excluded.fetched_at`,
				clean(m.Hub), clean(m.ModelID), clean(string(body)), clean(string(short)), m.FetchedAt.UnixMicro())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// HubModel returns a model as it was last read, nil when it never was.
func (s *Store) HubModel(ctx context.Context, hub, modelID string) (model *lora.HubModel, err error) {
	_, err = querier{pool: s.reader}.one(ctx, "SELECT body, fetched_at FROM hub_model WHERE hub = ? AND model_id = ?", []any{clean(hub), clean(modelID)}, func(r *record) error {
		model = new(lora.HubModel)
		r.decode(model)
		model.FetchedAt = r.moment()
		return nil
	})
	return model, s.failed("read a model of a hub", err)
}

// FreshHubModels returns those of a hub's models that were read since a moment, by id.
func (s *Store) FreshHubModels(ctx context.Context, hub string, ids []string, since time.Time) (map[string]lora.HubModel, error) {
	fresh := make(map[string]lora.HubModel)
	err := querier{pool: s.reader}.each(ctx, "SELECT model_id, body, fetched_at FROM hub_model WHERE hub = ? AND fetched_at >= ? AND model_id IN ("+s.dialect.texts+")",
		[]any{clean(hub), since.UnixMicro(), s.dialect.list(texts(ids))}, func(r *record) error {
			id := r.text()
			var m lora.HubModel
			r.decode(&m)
			m.FetchedAt = r.moment()
			fresh[id] = m
			return nil
		})
	return fresh, s.failed("read models of a hub", err)
}

// IgnoreHub keeps that nobody wants to hear of a version, or of a whole model.
func (s *Store) IgnoreHub(ctx context.Context, i lora.HubIgnored) error {
	return s.briefly(ctx, "ignore updates", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, "INSERT INTO hub_ignored (hub, model_id, version_id, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (hub, model_id, version_id) DO NOTHING",
			clean(i.Hub), clean(i.ModelID), clean(i.VersionID), s.now().UnixMicro())
		return err
	})
}

// UnignoreHub takes an IgnoreHub back; NotFound when there is none.
func (s *Store) UnignoreHub(ctx context.Context, i lora.HubIgnored) error {
	return s.briefly(ctx, "stop ignoring updates", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, "DELETE FROM hub_ignored WHERE hub = ? AND model_id = ? AND version_id = ?", clean(i.Hub), clean(i.ModelID), clean(i.VersionID))
		if err == nil && n == 0 {
			err = lora.Errorf(lora.NotFound, "This is not ignored.")
		}
		return err
	})
}

// HubIgnored lists what is ignored, latest first; of one model when its id is not empty.
func (s *Store) HubIgnored(ctx context.Context, hub, modelID string) ([]lora.HubIgnored, error) {
	query, args := "SELECT hub, model_id, version_id, created_at FROM hub_ignored", []any{}
	if modelID != "" {
		query += " WHERE hub = ? AND model_id = ?"
		args = append(args, clean(hub), clean(modelID))
	}
	list := []lora.HubIgnored{}
	err := querier{pool: s.reader}.each(ctx, query+" ORDER BY created_at DESC, hub, model_id, version_id", args, func(r *record) error {
		list = append(list, lora.HubIgnored{Hub: r.text(), ModelID: r.text(), VersionID: r.text(), CreatedAt: r.moment()})
		return nil
	})
	return list, s.failed("list what is ignored", err)
}

// Bounds of a page of updates.
const (
	maxUpdates    = 200
	updatesAtOnce = 500 // adapters looked at together
)

// HubUpdates lists adapters with newer versions for the same base model that are neither in
// the library nor ignored. Of several versions of a model in the library only the newest is
// listed. after is the cursor that came with the page before; next is empty with the last.
func (s *Store) HubUpdates(ctx context.Context, after string, limit int) (updates []lora.HubUpdate, next string, err error) {
	key := int64(0)
	if after != "" {
		if key, err = strconv.ParseInt(after, 10, 64); err != nil {
			return nil, "", badCursor()
		}
	}
	limit = min(max(limit, 1), maxUpdates)
	updates = []lora.HubUpdate{}
	q := querier{pool: s.reader}
	for {
		owned, err := q.ownedVersions(ctx, key)
		if err != nil {
			return nil, "", s.failed("list updates", err)
		}
		if err := q.withoutKnown(ctx, owned); err != nil {
			return nil, "", s.failed("list updates", err)
		}
		for i := range owned {
			if key = owned[i].key; len(owned[i].Newer) == 0 {
				continue
			}
			if updates = append(updates, owned[i].HubUpdate); len(updates) == limit {
				return updates, strconv.FormatInt(key, 10), nil
			}
		}
		if len(owned) < updatesAtOnce {
			return updates, "", nil
		}
	}
}

// ownedVersion is a version in the library with those that are newer.
type ownedVersion struct {
	lora.HubUpdate
	key int64
}

func (q querier) ownedVersions(ctx context.Context, after int64) ([]ownedVersion, error) {
	var owned []ownedVersion
	err := q.each(ctx, `SELECT a.key, a.id, a.name, h.hub, h.model_id, h.version_id, m.versions FROM hub_snapshot h
		JOIN adapter a ON a.key = h.adapter_key JOIN hub_model m ON m.hub = h.hub AND m.model_id = h.model_id
		WHERE h.adapter_key > ? AND h.body IS NOT NULL AND a.file_state <> 'trashed' ORDER BY h.adapter_key LIMIT ?`, []any{after, int64(updatesAtOnce)}, func(r *record) error {
		o := ownedVersion{key: r.integer(), HubUpdate: lora.HubUpdate{AdapterID: r.text(), Name: r.text(), Hub: r.text(), ModelID: r.text(), VersionID: r.text()}}
		var versions []lora.HubNewer
		r.decode(&versions)
		for _, v := range versions {
			if v.VersionID == o.VersionID {
				o.VersionName = v.Name
			}
		}
		o.Newer = lora.NewerVersions(versions, o.VersionID)
		owned = append(owned, o)
		return nil
	})
	return owned, err
}

// hubName names a version, or a model when version is empty.
type hubName struct{ hub, model, version string }

// withoutKnown takes out what is ignored, and all newer versions of adapters of which a
// newer one is in the library already.
func (q querier) withoutKnown(ctx context.Context, owned []ownedVersion) error {
	models := map[string][]string{}
	for i := range owned {
		if o := &owned[i]; len(o.Newer) > 0 {
			models[o.Hub] = append(models[o.Hub], o.ModelID)
		}
	}
	here, ignored := map[hubName]bool{}, map[hubName]bool{}
	for hub, ids := range models {
		for query, into := range map[string]map[hubName]bool{
			"SELECT h.model_id, h.version_id FROM hub_snapshot h JOIN adapter a ON a.key = h.adapter_key WHERE a.file_state <> 'trashed' AND h.hub = ? AND h.model_id IN (": here,
			"SELECT model_id, version_id FROM hub_ignored WHERE hub = ? AND model_id IN (":                                                                                  ignored,
		} {
			err := q.each(ctx, query+q.pool.dialect.texts+")", []any{hub, q.pool.dialect.list(ids)}, func(r *record) error {
				into[hubName{hub, r.text(), r.text()}] = true
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	for i := range owned {
		o := &owned[i]
		wanted := []lora.HubNewer{}
		for _, v := range o.Newer {
			if here[hubName{o.Hub, o.ModelID, v.VersionID}] {
				wanted = nil
				break
			}
			if !ignored[hubName{o.Hub, o.ModelID, v.VersionID}] && !ignored[hubName{o.Hub, o.ModelID, ""}] {
				wanted = append(wanted, v)
			}
		}
		o.Newer = wanted
	}
	return nil
}
