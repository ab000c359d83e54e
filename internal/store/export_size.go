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
	err = s.atOneMoment(ctx, func(q querier) error {
		if scope.Adapters {
			if size, err = s.adapterSize(ctx, q, scope.AdapterIDs); err != nil {
				return err
			}
		}
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

// adapterSize measures some adapters, or all of them for nil.
func (s *Store) adapterSize(ctx context.Context, q querier, ids []string) (size lora.ExportSize, err error) {
	if ids == nil {
		return s.librarySize(ctx, q)
	}
	keys, err := q.adapterKeys(ctx, ids)
	if err != nil {
		return size, err
	}
	for part := range slices.Chunk(keys, exportPart) {
		some, err := q.sizeOf(ctx, 1, " AND key IN ("+q.pool.dialect.keys+")", q.pool.dialect.list(part))
		if err != nil {
			return size, err
		}
		size.Adapters, size.Files = size.Adapters+some.Adapters, size.Files+some.Files
		size.FileBytes, size.MetadataBytes = size.FileBytes+some.FileBytes, size.MetadataBytes+some.MetadataBytes
	}
	return size, nil
}

// librarySize measures all adapters, once for each change of the catalog.
func (s *Store) librarySize(ctx context.Context, q querier) (lora.ExportSize, error) {
	var change, keys int64
	_, err := q.one(ctx, "SELECT n, next_key FROM catalog_change", nil, func(r *record) error {
		change, keys = r.integer(), r.integer()
		return nil
	})
	if err != nil {
		return lora.ExportSize{}, err
	}
	m := &s.sizes
	m.mu.Lock()
	size, known := m.size, m.known && m.change == change
	m.mu.Unlock()
	if known {
		return size, nil
	}
	if size, err = q.sizeOf(ctx, 1+keys/sizedAdapters, ""); err != nil {
		return size, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.known || change >= m.change {
		m.change, m.known, m.size = change, true, size
	}
	return size, nil
}

// sizeOf measures adapters that are not in the trash and meet a condition. Of their texts,
// which take long to read, it looks at those of every step-th key.
func (q querier) sizeOf(ctx context.Context, step int64, condition string, args ...any) (size lora.ExportSize, err error) {
	const there, looked = "file_state <> 'missing'", "key % ? = 0"
	lengths := make([]string, len(adapterTexts))
	for i, column := range adapterTexts {
		lengths[i] = "COALESCE(OCTET_LENGTH(" + column + "), 0)"
	}
	_, err = q.one(ctx, "SELECT COUNT(*), "+sum("CASE WHEN "+there+" THEN 1 ELSE 0 END")+", "+sum("CASE WHEN "+there+" THEN file_size ELSE 0 END")+", "+
		sum("CASE WHEN "+looked+" THEN 1 ELSE 0 END")+", "+sum("CASE WHEN "+looked+" THEN "+strings.Join(lengths, " + ")+" ELSE 0 END")+
		" FROM adapter WHERE file_state <> 'trashed'"+condition, append([]any{step, step}, args...), func(r *record) error {
		size.Adapters, size.Files, size.FileBytes = int(r.integer()), int(r.integer()), r.integer()
		lookedAt, texts := r.integer(), r.integer()
		size.MetadataBytes = int64(size.Adapters) * (adapterFrame + texts/max(lookedAt, 1))
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
