package store

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

// The states of an adapter in the digest lane.
const (
	digestPending = "pending"
	digestDone    = "done"
	digestFailed  = "failed"
)

// SaveScanned writes one batch of scanned files in one transaction and answers in
// the same order. A file without an AdapterID that lies where an adapter is known
// already updates that adapter.
func (s *Store) SaveScanned(ctx context.Context, files []lora.ScannedFile) ([]lora.SaveResult, error) {
	if len(files) == 0 {
		return []lora.SaveResult{}, nil
	}
	reports := make([][]byte, len(files)) // compressed before the writer is taken
	for i := range files {
		reports[i] = packJSON(files[i].Report)
	}
	results := make([]lora.SaveResult, len(files))
	err := s.write(ctx, "save scanned files", len(files), func(c *change) error {
		b := &batch{change: c, files: files, reports: reports, results: results}
		return b.save(ctx)
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// batch is one SaveScanned at work.
type batch struct {
	*change
	files   []lora.ScannedFile
	reports [][]byte
	results []lora.SaveResult
	rows    []*stored // one per file
	before  []string  // the name each row had
	fresh   []*stored
}

func (b *batch) save(ctx context.Context) error {
	byID, byPlace, err := b.known(ctx)
	if err != nil {
		return err
	}
	b.rows, b.before = make([]*stored, len(b.files)), make([]string, len(b.files))
	for i := range b.files {
		f := &b.files[i]
		row := byID[f.AdapterID]
		if row == nil {
			row = byPlace[place{f.RootID, f.RelPath}]
		}
		if row == nil {
			row = &stored{key: b.key()}
			row.ID, row.CreatedAt = uuid.NewString(), b.now
			b.fresh = append(b.fresh, row)
			byPlace[place{f.RootID, f.RelPath}] = row
			b.results[i].Outcome = lora.Added
		} else {
			b.results[i].Outcome = outcome(row, f)
		}
		b.results[i].AdapterID = row.ID
		b.rows[i], b.before[i] = row, row.Name
		b.take(row, f)
	}
	if err := b.settleNames(ctx); err != nil {
		return err
	}
	if err := b.writeRows(ctx); err != nil {
		return err
	}
	return b.writeFacts(ctx)
}

type place struct{ rootID, relPath string }

// known reads the adapters the batch speaks about, by id and by place.
func (b *batch) known(ctx context.Context) (map[string]*stored, map[place]*stored, error) {
	byID, byPlace := make(map[string]*stored), make(map[place]*stored)
	keep := func(r *record) error {
		row := readStored(r)
		if other := byID[row.ID]; other != nil {
			row = other
		}
		byID[row.ID] = row
		byPlace[place{row.RootID, row.relPath}] = row
		return nil
	}
	var ids []string
	for i := range b.files {
		if b.files[i].AdapterID != "" {
			ids = append(ids, b.files[i].AdapterID)
		}
	}
	if len(ids) > 0 {
		if err := b.each(ctx, selectAdapter+"WHERE id IN ("+b.pool.dialect.texts+")", []any{b.pool.dialect.list(ids)}, keep); err != nil {
			return nil, nil, err
		}
	}
	var keys []int64 // of adapters that lie where a file without an id was found
	for i := range b.files {
		f := &b.files[i]
		if byID[f.AdapterID] != nil {
			continue
		}
		key, err := b.number(ctx, "SELECT key FROM adapter WHERE root_id = ? AND rel_path = ? AND file_state <> 'trashed'",
			f.RootID, []byte(f.RelPath))
		if err != nil {
			return nil, nil, err
		}
		if key != 0 {
			keys = append(keys, key)
		}
	}
	if len(keys) > 0 {
		if err := b.each(ctx, selectAdapter+"WHERE key IN ("+b.pool.dialect.keys+")", []any{b.pool.dialect.list(keys)}, keep); err != nil {
			return nil, nil, err
		}
	}
	return byID, byPlace, nil
}

func outcome(row *stored, f *lora.ScannedFile) lora.Outcome {
	switch {
	case row.RootID != f.RootID || row.relPath != f.RelPath:
		return lora.Moved
	case row.FileState == lora.FileMissing:
		return lora.Restored
	default:
		return lora.Updated
	}
}

// take lets a scanned file into its row.
func (b *batch) take(row *stored, f *lora.ScannedFile) {
	merge(&row.Adapter, &f.Proposed)
	row.change = b.n
	row.RootID, row.relPath = f.RootID, f.RelPath
	if row.FileName == "" {
		row.Folder, row.FileName = splitRel(f.RelPath)
	}
	row.FileSize, row.mtimeNS, row.dev, row.inode = int(f.Stamp.Size), f.Stamp.MtimeNS, f.Stamp.Dev, f.Stamp.Inode
	row.companions, row.quickDigest = f.Companions, f.QuickDigest
	row.previewRel, row.previewType, row.previewStamp = f.PreviewRel, f.PreviewType, f.PreviewStamp
	if row.previewType == "" && f.Proposed.Preview != nil {
		row.previewType, row.previewStamp = f.Proposed.Preview.Type, f.Stamp.MtimeNS // a picture inside the file
	}
	row.health = row.FileState
	row.trashRel, row.TrashedAt = "", nil
	row.UpdatedAt = b.now
	ingested := b.now
	row.LastIngestedAt = &ingested
	if row.digestState == "" || f.Replaced {
		row.digestState = digestPending
		row.SHA256, row.autov3 = nil, nil
	}
	row.lineage = lineage(&row.Adapter)
}

// splitRel cuts a place below the root into a displayable folder and file name.
func splitRel(rel string) (folder, name string) {
	rel = clean(rel)
	if cut := strings.LastIndexByte(rel, '/'); cut >= 0 {
		return rel[:cut], rel[cut+1:]
	}
	return "", rel
}

func (b *batch) settleNames(ctx context.Context) error {
	names := make([]string, len(b.rows))
	for i, row := range b.rows {
		names[i] = row.Name
	}
	n, err := b.newNamer(ctx, names)
	if err != nil {
		return err
	}
	for i, row := range b.rows {
		if err := n.settle(ctx, row, b.before[i]); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) writeRows(ctx context.Context) error {
	fresh := make(map[*stored]bool, len(b.fresh))
	for _, row := range b.fresh {
		fresh[row] = true
	}
	args := make([]any, 0, len(columns)*b.pool.dialect.rows+1)
	for _, row := range b.rows {
		if fresh[row] {
			continue
		}
		if _, err := b.exec(ctx, updateAdapter, append(row.appendArgs(args[:0]), row.key)...); err != nil {
			return err
		}
	}
	for list := b.fresh; len(list) > 0; {
		n := min(b.pool.dialect.rows, len(list))
		if n < b.pool.dialect.rows {
			n = 1 // only two statements are ever prepared
		}
		args = args[:0]
		for _, row := range list[:n] {
			args = row.appendArgs(args)
		}
		if _, err := b.exec(ctx, insertStatements(n), args...); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

var insertStatements = func() func(rows int) string {
	one, many := insertAdapters(1), insertAdapters(postgresDialect.rows)
	return func(rows int) string {
		if rows == 1 {
			return one
		}
		return many
	}
}()

// writeFacts saves the reports and digests that belong to the rows.
func (b *batch) writeFacts(ctx context.Context) error {
	for i, row := range b.rows {
		f := &b.files[i]
		if b.results[i].Outcome != lora.Added {
			if err := b.dropFacts(ctx, row, f); err != nil {
				return err
			}
		}
		if b.reports[i] != nil {
			if _, err := b.exec(ctx, "INSERT INTO inspection (adapter_key, report) VALUES (?, ?) ON CONFLICT (adapter_key) DO UPDATE SET report = excluded.report",
				row.key, b.reports[i]); err != nil {
				return err
			}
			fresh := b.results[i].Outcome == lora.Added
			if err := b.writeAlias(ctx, row, f.Report, fresh); err != nil {
				return err
			}
			if err := b.writeTrainingTags(ctx, row, f.Report, fresh); err != nil {
				return err
			}
		}
		for kind, value := range f.ClaimedDigests {
			if value = normalDigest(value); value == "" {
				continue
			}
			source := lora.FromSidecar
			if f.Report != nil && normalDigest(f.Report.EmbeddedDigests[kind]) == value {
				source = lora.FromFile
			}
			if _, err := b.exec(ctx, "INSERT INTO claimed_digest (adapter_key, kind, value, source) VALUES (?, ?, ?, ?)",
				row.key, clean(kind), value, string(source)); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeAlias notes the name an adapter was trained as, where its file is called otherwise.
func (b *batch) writeAlias(ctx context.Context, row *stored, report *lora.Report, fresh bool) error {
	for _, fact := range report.Facts {
		if fact.Key == outputName && fact.Value != stemOf(row.FileName) {
			_, err := b.exec(ctx, "INSERT INTO alias (adapter_key, name) VALUES (?, ?) ON CONFLICT (adapter_key) DO UPDATE SET name = excluded.name", row.key, clean(fact.Value))
			return err
		}
	}
	if fresh {
		return nil
	}
	_, err := b.exec(ctx, "DELETE FROM alias WHERE adapter_key = ?", row.key)
	return err
}

func (b *batch) dropFacts(ctx context.Context, row *stored, f *lora.ScannedFile) error {
	if _, err := b.exec(ctx, "DELETE FROM claimed_digest WHERE adapter_key = ?", row.key); err != nil {
		return err
	}
	if f.Replaced {
		if _, err := b.exec(ctx, "DELETE FROM digest WHERE adapter_key = ?", row.key); err != nil {
			return err
		}
	}
	return nil
}

var flaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(io.Discard, flate.BestSpeed)
	if err != nil {
		panic(err) // BestSpeed is a valid level
	}
	return w
}}

// packJSON compresses a value's JSON; nil for a nil pointer.
func packJSON[T any](v *T) []byte {
	if v == nil {
		return nil
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return nil // a report holds nothing that cannot be marshalled
	}
	w := flaters.Get().(*flate.Writer) //nolint:errcheck,forcetypeassert // the pool holds nothing else
	defer flaters.Put(w)
	var packed bytes.Buffer
	packed.Grow(len(plain)/3 + 64)
	w.Reset(&packed)
	if _, err := w.Write(plain); err != nil {
		return nil // a buffer takes every byte
	}
	if err := w.Close(); err != nil {
		return nil
	}
	return packed.Bytes()
}

// maxUnpacked bounds what one packed value may become.
const maxUnpacked = 64 << 20

func unpackJSON(packed []byte, into any) error {
	r := flate.NewReader(bytes.NewReader(packed))
	if err := json.NewDecoder(io.LimitReader(r, maxUnpacked)).Decode(into); err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	return r.Close()
}

// previewTag names one state of a preview picture.
func previewTag(rel string, stamp int64) string {
	h := uint64(14695981039346656037)
	for i := 0; i < len(rel); i++ {
		h = (h ^ uint64(rel[i])) * 1099511628211
	}
	return strconv.FormatUint(h^uint64(stamp)*1099511628211, 36) //nolint:gosec // any bits will do
}
