package store

import (
	"context"
	"encoding/json"

	"loramanager/internal/lora"
)

// keptDownload is a download as the database keeps it: also what no client may see.
type keptDownload struct {
	lora.Download
	ETag string `json:"etag"`
	URL  string `json:"url"`
}

// PutDownload keeps a download; a new one goes behind all others.
func (s *Store) PutDownload(ctx context.Context, d lora.Download) error {
	return s.durably(ctx, "keep a download", func(ctx context.Context, q querier) error { return q.putDownload(ctx, &d) })
}

func (q querier) putDownload(ctx context.Context, d *lora.Download) error {
	body, err := json.Marshal(keptDownload{*d, d.ETag, d.URL})
	if err != nil {
		return err
	}
	_, err = q.exec(ctx, `INSERT INTO download (id, state, position, body, created_at) VALUES (?, ?, (SELECT COALESCE(MAX(position), 0) + 1 FROM download), ?, ?)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body`,
		clean(d.ID), string(d.State), clean(string(body)), d.CreatedAt.UnixMicro())
	return err
}

// FinishDownload keeps a download that is done, and that the adapter it became was
// downloaded from source.
func (s *Store) FinishDownload(ctx context.Context, d lora.Download, source string) error {
	return s.durably(ctx, "keep a finished download", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO provenance (adapter_key, origin, detail, at) SELECT key, 'download', CAST(? AS TEXT), CAST(? AS BIGINT) FROM adapter WHERE id = ?
			ON CONFLICT (adapter_key) DO UPDATE SET origin = excluded.origin, detail = excluded.detail, at = excluded.at`,
			clean(source), s.now().UnixMicro(), clean(d.AdapterID))
		if err != nil {
			return err
		}
		return q.putDownload(ctx, &d)
	})
}

// Downloads lists all downloads in their order.
func (s *Store) Downloads(ctx context.Context) ([]lora.Download, error) {
	list := []lora.Download{}
	err := querier{pool: s.reader}.each(ctx, "SELECT body FROM download ORDER BY position, id", nil, func(r *record) error {
		var kept keptDownload
		r.decode(&kept)
		kept.Download.ETag, kept.Download.URL = kept.ETag, kept.URL
		list = append(list, kept.Download)
		return nil
	})
	return list, s.failed("list downloads", err)
}

// OrderDownloads puts the given downloads, in their order, before all others.
func (s *Store) OrderDownloads(ctx context.Context, ids []string) error {
	return s.briefly(ctx, "order downloads", func(ctx context.Context, q querier) error {
		first, err := q.number(ctx, "SELECT COALESCE(MIN(position), 0) FROM download")
		if err != nil {
			return err
		}
		for i, id := range ids {
			if _, err := q.exec(ctx, "UPDATE download SET position = ? WHERE id = ?", first-int64(len(ids)-i), clean(id)); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeleteDownload forgets a download.
func (s *Store) DeleteDownload(ctx context.Context, id string) error {
	return s.briefly(ctx, "forget a download", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, "DELETE FROM download WHERE id = ?", clean(id))
		return err
	})
}

// AdapterAt returns the id of the adapter whose file lies at a place, given as raw bytes
// below the root; empty when there is none.
func (s *Store) AdapterAt(ctx context.Context, rootID, relPath string) (id string, err error) {
	_, err = querier{pool: s.reader}.one(ctx, "SELECT id FROM adapter WHERE root_id = ? AND rel_path = ? AND file_state <> 'trashed'", []any{clean(rootID), []byte(relPath)}, func(r *record) error {
		id = r.text()
		return nil
	})
	return id, s.failed("find the adapter of a file", err)
}

// AdaptersOf returns the ids of adapters whose file is there and has this SHA-256.
func (s *Store) AdaptersOf(ctx context.Context, sha256 string) ([]string, error) {
	ids := []string{}
	err := querier{pool: s.reader}.each(ctx, `SELECT a.id FROM digest d JOIN adapter a ON a.key = d.adapter_key
		WHERE d.value = ? AND d.kind = 'sha256' AND a.file_state NOT IN ('trashed', 'missing') ORDER BY a.key`, []any{clean(sha256)}, func(r *record) error {
		ids = append(ids, r.text())
		return nil
	})
	return ids, s.failed("find adapters by their file", err)
}
