package store

import (
	"context"
	"slices"
	"strings"
	"sync"

	"loramanager/internal/lora"
)

// How many adapters, evenly spread, and jobs, the latest, are looked at to tell the size of
// all.
const (
	sizedAdapters = 10_000
	sizedJobs     = 2000
)

// About how many bytes an adapter and a job take as JSON beside their texts: the names of
// fields, numbers and times.
const (
	adapterFrame = 1600
	jobFrame     = 1100
)

// adapterTexts are the columns that make the metadata of one adapter longer than that of
// another.
var adapterTexts = []string{
	"name", "version", "author_username", "tags", "trained_words", "triggers", "notes", "source_url", "folder", "file_name", "rel_path", "file_path",
	"findings", "sources", "primary_file_name", "primary_file_download_url", "primary_file_local_path", "json_file_path", "activation_text",
	"negative_text", "stats", "description", "extra",
}

// sizeMemo remembers how large all adapters are, as of a change of the catalog: nothing
// is read twice for a page that asks with every switch a user turns.
type sizeMemo struct {
	mu     sync.Mutex
	change int64
	known  bool
	size   lora.ExportSize
}

// ExportSize says how much an export of a scope holds, files counted as the catalog knows
// them. Counts and the sizes of files and pictures are exact; those of metadata and jobs
// are estimated from what the columns hold.
func (s *Store) ExportSize(ctx context.Context, scope lora.ExportScope) (size lora.ExportSize, err error) {
	switch {
	case scope.Adapters && scope.AdapterIDs == nil:
		size, err = s.librarySize(ctx)
	case scope.Adapters:
		size, err = s.chosenSize(ctx, scope.AdapterIDs)
	}
	if err != nil || !scope.Compositions && !scope.Jobs {
		return size, s.failed("measure an export", err)
	}
	err = s.atOneMoment(ctx, func(q querier) error {
		if scope.Compositions {
			n, err := q.number(ctx, "SELECT COUNT(*) FROM composition WHERE deleted_at IS NULL")
			if err != nil {
				return err
			}
			size.Compositions = int(n)
		}
		if scope.Jobs {
			return q.jobSize(ctx, &scope, &size)
		}
		return nil
	})
	return size, s.failed("measure an export", err)
}

// chosenSize measures some adapters.
func (s *Store) chosenSize(ctx context.Context, ids []string) (size lora.ExportSize, err error) {
	q := querier{pool: s.reader}
	keys, err := q.adapterKeys(ctx, ids)
	if err != nil {
		return size, err
	}
	for part := range slices.Chunk(keys, exportPart) {
		some, err := q.sizeOf(ctx, part)
		if err != nil {
			return size, err
		}
		size.Adapters, size.Files = size.Adapters+some.Adapters, size.Files+some.Files
		size.FileBytes, size.MetadataBytes = size.FileBytes+some.FileBytes, size.MetadataBytes+some.MetadataBytes
	}
	return size, nil
}

// librarySize measures all adapters: what the index counts, and the metadata of some.
func (s *Store) librarySize(ctx context.Context) (lora.ExportSize, error) {
	x, err := s.fresh(ctx)
	if err != nil {
		return lora.ExportSize{}, err
	}
	m := &s.sizes
	m.mu.Lock()
	defer m.mu.Unlock()
	change := x.Change()
	if m.known && m.change == change {
		return m.size, nil
	}
	counts := x.Count(0)
	size := lora.ExportSize{Adapters: counts.Adapters, Files: counts.Adapters - counts.Missing, FileBytes: counts.SizeBytes - counts.MissingBytes}
	q := querier{pool: s.reader}
	last, err := q.number(ctx, "SELECT next_key FROM catalog_change")
	if err != nil {
		return size, err
	}
	keys := make([]int64, 0, sizedAdapters)
	for key := int64(1); key < last; key += 1 + last/sizedAdapters {
		keys = append(keys, key)
	}
	some, err := q.sizeOf(ctx, keys)
	if err != nil {
		return size, err
	}
	size.MetadataBytes = some.MetadataBytes * int64(size.Adapters) / int64(max(some.Adapters, 1))
	m.change, m.known, m.size = change, true, size
	return size, nil
}

// sizeOf measures those of some adapters that are not in the trash.
func (q querier) sizeOf(ctx context.Context, keys []int64) (size lora.ExportSize, err error) {
	const there = "file_state <> 'missing'"
	_, err = q.one(ctx, "SELECT COUNT(*), "+sum("CASE WHEN "+there+" THEN 1 ELSE 0 END")+", "+sum("CASE WHEN "+there+" THEN file_size ELSE 0 END")+", "+
		sum("COALESCE(OCTET_LENGTH("+strings.Join(adapterTexts, "), 0) + COALESCE(OCTET_LENGTH(")+"), 0)")+
		" FROM adapter WHERE file_state <> 'trashed' AND key IN ("+q.pool.dialect.keys+")", []any{q.pool.dialect.list(keys)}, func(r *record) error {
		size.Adapters, size.Files, size.FileBytes = int(r.integer()), int(r.integer()), r.integer()
		size.MetadataBytes = r.integer() + int64(size.Adapters)*adapterFrame
		return nil
	})
	return size, err
}

// jobSize measures the jobs of a scope and their pictures, each picture once.
func (q querier) jobSize(ctx context.Context, scope *lora.ExportScope, size *lora.ExportSize) error {
	f := exportedJobs(scope)
	q.composed = true
	n, err := q.number(ctx, "SELECT COUNT(*) FROM job j"+f.where(), f.args...)
	if err != nil || n == 0 {
		return err
	}
	size.Jobs = int(n)
	looked := min(n, sizedJobs)
	texts, err := q.number(ctx, "SELECT "+sum("OCTET_LENGTH(b.prompt) + OCTET_LENGTH(b.params) + OCTET_LENGTH(b.adapters) + COALESCE(OCTET_LENGTH(b.result), 0)")+
		" FROM (SELECT j.key FROM job j"+f.where()+" ORDER BY j.key DESC LIMIT ?) l JOIN job_body b ON b.job_key = l.key", append(f.clone().args, looked)...)
	if err != nil {
		return err
	}
	size.JobBytes = n*jobFrame + texts*n/looked
	return q.imageSize(ctx, &f, size)
}

// imageSize adds up the pictures of jobs. Only those that may have several jobs are told
// apart.
func (q querier) imageSize(ctx context.Context, f *filter, size *lora.ExportSize) error {
	images := " FROM job j JOIN job_image i ON i.job_key = j.key" + f.where()
	shared := int64(0)
	_, err := q.one(ctx, "SELECT COUNT(*), "+sum("CASE WHEN i.shared THEN 0 ELSE i.size_bytes END")+", "+sum("CASE WHEN i.shared THEN 1 ELSE 0 END")+images, f.args, func(r *record) error {
		size.Images, size.ImageBytes, shared = int(r.integer()), r.integer(), r.integer()
		return nil
	})
	if err != nil || shared == 0 {
		return err
	}
	size.Images -= int(shared)
	_, err = q.one(ctx, "SELECT COUNT(*), "+sum("size_bytes")+" FROM (SELECT DISTINCT i.sha256, i.size_bytes"+images+" AND i.shared) one", f.args, func(r *record) error {
		size.Images += int(r.integer())
		size.ImageBytes += r.integer()
		return nil
	})
	return err
}
