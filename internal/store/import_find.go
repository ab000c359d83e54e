package store

import (
	"cmp"
	"context"
	"slices"

	"loramanager/internal/digest"
	"loramanager/internal/lora"
)

// findPart is how many archived adapters are looked up with one set of queries.
const findPart = 500

// FindArchived finds the adapter of the catalog that each archived one meets, in the same
// order: by id, else by the SHA-256 of the file, else by name and version, else by the
// place of the file in a library folder of the same path. Of several with the file, one
// that is not in the trash is met, then one of the same name, then one whose file is there.
func (s *Store) FindArchived(ctx context.Context, list []lora.ArchivedAdapter) ([]lora.ArchivedMatch, error) {
	q := querier{pool: s.reader}
	roots := make(map[string]string)
	err := q.each(ctx, "SELECT path, id FROM root WHERE NOT removed", nil, func(r *record) error {
		roots[r.text()] = r.text()
		return nil
	})
	matches := make([]lora.ArchivedMatch, 0, len(list))
	for part := range slices.Chunk(list, findPart) {
		if err != nil {
			break
		}
		f := archivedFinder{querier: q, roots: roots, list: part}
		if err = f.find(ctx); err == nil {
			for i := range part {
				matches = append(matches, f.match(&part[i]))
			}
		}
	}
	if err != nil {
		return nil, s.failed("find archived adapters", err)
	}
	return matches, nil
}

// archivedFinder holds the adapters that some archived ones may be.
type archivedFinder struct {
	querier
	roots map[string]string // ids by path
	list  []lora.ArchivedAdapter

	byKey   map[int64]*stored
	byID    map[string]*stored
	files   map[string][]int64 // keys by SHA-256
	tensors map[string][]int64 // keys by the digest of the tensors
	byName  map[nameVersion]*stored
	byPlace map[place]*stored
}

func (f *archivedFinder) find(ctx context.Context) error {
	ids, names, digests := []string{}, tupleText{}, []string{}
	for i := range f.list {
		a := &f.list[i]
		ids = append(ids, clean(a.ID))
		wanted := nameOf(&stored{Adapter: a.Adapter})
		names.add(wanted.name, wanted.version)
		digests = append(digests, archivedSHA256(a), normalDigest(a.Digests[string(digest.AutoV3)]))
	}
	keys, err := f.integers(ctx, "SELECT key FROM adapter WHERE id IN ("+f.pool.dialect.texts+")", f.pool.dialect.list(ids))
	if err != nil {
		return err
	}
	named, err := f.integers(ctx, "SELECT a.key FROM "+f.pool.dialect.tuples+` CROSS JOIN adapter a
		WHERE a.name = v.value ->> 0 AND COALESCE(a.version, '') = v.value ->> 1 AND a.file_state <> 'trashed'`, string(names))
	if err != nil {
		return err
	}
	holders, err := f.withDigest(ctx, digests)
	if err != nil {
		return err
	}
	placed, err := f.placed(ctx)
	if err != nil {
		return err
	}
	return f.read(ctx, slices.Concat(keys, named, holders, placed))
}

// withDigest notes which adapters have a file, or tensors, of one of the digests.
func (f *archivedFinder) withDigest(ctx context.Context, digests []string) (keys []int64, err error) {
	f.files, f.tensors = make(map[string][]int64), make(map[string][]int64)
	digests = slices.DeleteFunc(distinct(digests), func(d string) bool { return d == "" })
	if len(digests) == 0 {
		return nil, nil
	}
	err = f.each(ctx, "SELECT adapter_key, kind, value FROM digest WHERE kind IN ('sha256', 'autov3') AND value IN ("+f.pool.dialect.texts+") ORDER BY adapter_key",
		[]any{f.pool.dialect.list(digests)}, func(r *record) error {
			key, of := r.integer(), f.files
			if digest.Kind(r.text()) == digest.AutoV3 {
				of = f.tensors
			}
			value := r.text()
			of[value] = append(of[value], key)
			keys = append(keys, key)
			return nil
		})
	return keys, err
}

// placed looks up what lies where the files of archived adapters lay, for those whose
// library folder is here.
func (f *archivedFinder) placed(ctx context.Context) (keys []int64, err error) {
	for i := range f.list {
		a := &f.list[i]
		root := f.roots[a.RootPath]
		if root == "" || a.RelPath == "" {
			continue
		}
		key, err := f.number(ctx, "SELECT key FROM adapter WHERE root_id = ? AND rel_path = ? AND file_state <> 'trashed'", root, []byte(a.RelPath))
		if err != nil {
			return nil, err
		}
		if key != 0 {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// read reads whole rows.
func (f *archivedFinder) read(ctx context.Context, keys []int64) error {
	slices.Sort(keys)
	keys = slices.Compact(keys)
	f.byKey, f.byID = make(map[int64]*stored, len(keys)), make(map[string]*stored, len(keys))
	f.byName, f.byPlace = make(map[nameVersion]*stored, len(keys)), make(map[place]*stored, len(keys))
	if len(keys) == 0 {
		return nil
	}
	return f.each(ctx, selectAdapter+"WHERE key IN ("+f.pool.dialect.keys+")", []any{f.pool.dialect.list(keys)}, func(r *record) error {
		row := readStored(r)
		f.byKey[row.key], f.byID[row.ID] = row, row
		if row.FileState != lora.FileTrashed {
			f.byName[nameOf(row)], f.byPlace[place{row.RootID, row.relPath}] = row, row
		}
		return nil
	})
}

// match picks the adapter that an archived one meets.
func (f *archivedFinder) match(a *lora.ArchivedAdapter) lora.ArchivedMatch {
	wanted := nameOf(&stored{Adapter: a.Adapter})
	named := f.byName[wanted]
	m, row := lora.ArchivedMatch{By: lora.MatchedID}, f.byID[clean(a.ID)]
	if row == nil || row.FileState == lora.FileTrashed { // another copy may be in use
		if same := f.best(f.files[archivedSHA256(a)], wanted); same != nil && (row == nil || same.FileState != lora.FileTrashed) {
			m.By, row = lora.MatchedDigest, same
		}
	}
	if row == nil && named != nil {
		m.By, row = lora.MatchedName, named
	}
	if root := f.roots[a.RootPath]; row == nil && root != "" {
		m.By, row = lora.MatchedPath, f.byPlace[place{root, a.RelPath}]
	}
	if named != nil && named != row {
		m.NameHolder = named.ID
	}
	if row == nil {
		m.By = lora.MatchedNothing
		if same := f.best(f.tensors[normalDigest(a.Digests[string(digest.AutoV3)])], wanted); same != nil {
			m.SameTensors = same.ID
		}
		return m
	}
	m.Adapter, m.RelPath, m.QuickDigest = &row.Adapter, row.relPath, row.quickDigest
	return m
}

// best picks one of several adapters with the same file.
func (f *archivedFinder) best(keys []int64, wanted nameVersion) *stored {
	rows := make([]*stored, 0, len(keys))
	for _, key := range keys {
		if row := f.byKey[key]; row != nil { // it may have been deleted since
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return slices.MinFunc(rows, func(a, b *stored) int {
		return cmp.Or(
			compareTruth(a.FileState == lora.FileTrashed, b.FileState == lora.FileTrashed),
			compareTruth(nameOf(b) == wanted, nameOf(a) == wanted),
			compareTruth(a.FileState == lora.FileMissing, b.FileState == lora.FileMissing),
			cmp.Compare(a.key, b.key))
	})
}
