package store

import (
	"context"
	"time"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

// Counts returns the figures of the whole library.
func (s *Store) Counts(ctx context.Context) (lora.LibraryCounts, error) {
	x, err := s.fresh(ctx)
	if err != nil {
		return lora.LibraryCounts{}, err
	}
	c := x.Count(s.now().Add(-7 * 24 * time.Hour).UnixMicro())
	return lora.LibraryCounts{
		Adapters: c.Adapters, Active: c.Active, Favorites: c.Favorites, AddedThisWeek: c.AddedSince,
		Unreadable: c.Unreadable, Unsafe: c.Unsafe, Missing: c.Missing, Trashed: c.Trashed,
		Duplicates: c.Duplicates, SizeBytes: int(c.SizeBytes),
	}, nil
}

// Favorites counts the favourites of an account outside the trash; those of account 0 are
// the library's.
func (s *Store) Favorites(ctx context.Context, account int64) (int, error) {
	_, result, err := s.List(ctx, catalog.Query{Account: account, Text: "is:favorite", Limit: 1})
	return result.Filtered, err
}

// Duplicates returns one page of the groups of adapters with the same tensors, those
// that waste most first, with the number of groups and the bytes wasted by all.
func (s *Store) Duplicates(ctx context.Context, offset, limit int) (page []lora.DuplicateGroup, total int, wasted int64, err error) {
	x, err := s.fresh(ctx)
	if err != nil {
		return nil, 0, 0, err
	}
	groups := x.Duplicates()
	for _, g := range groups {
		wasted += g.WastedBytes
	}
	page = []lora.DuplicateGroup{}
	offset = min(max(offset, 0), len(groups))
	for _, g := range groups[offset:min(offset+max(limit, 0), len(groups))] {
		adapters, err := s.Adapters(ctx, g.IDs)
		if err != nil {
			return nil, 0, 0, err
		}
		if len(adapters) > 0 {
			page = append(page, lora.DuplicateGroup{Key: g.IDs[0], Kind: duplicateKind(g), SizeBytes: int(g.SizeBytes), Adapters: adapters})
		}
	}
	return page, len(groups), wasted, nil
}

func duplicateKind(g catalog.Group) string {
	if g.SameFile {
		return "same_file"
	}
	return "same_tensors"
}

// Twins lists the other adapters with the tensors of this one.
func (s *Store) Twins(ctx context.Context, id string) ([]lora.Twin, error) {
	x, err := s.fresh(ctx)
	if err != nil {
		return nil, err
	}
	found := x.Twins(id)
	ids, same := make([]string, len(found)), make(map[string]bool, len(found))
	for i, t := range found {
		ids[i], same[t.ID] = t.ID, t.SameFile
	}
	adapters, err := s.Adapters(ctx, ids)
	twins := make([]lora.Twin, len(adapters))
	for i := range adapters {
		twins[i] = lora.Twin{Adapter: adapters[i], SameFile: same[adapters[i].ID]}
	}
	return twins, err
}

// maxVersions bounds how many versions of one model are listed.
const maxVersions = 100

// Versions lists the other versions of the same model: those from the same page, or
// whose names differ only in what looks like a version.
func (s *Store) Versions(ctx context.Context, id string) ([]lora.Adapter, error) {
	ids, err := querier{pool: s.reader}.strings(ctx, `SELECT b.id FROM adapter a JOIN adapter b ON b.lineage = a.lineage AND b.key <> a.key
		WHERE a.id = ? AND b.file_state <> 'trashed' ORDER BY b.name, b.key LIMIT ?`, clean(id), int64(maxVersions))
	if err != nil {
		return nil, s.failed("list versions", err)
	}
	return s.Adapters(ctx, ids)
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	_, err := querier{pool: s.reader}.number(ctx, "SELECT n FROM catalog_change")
	return s.failed("ping", err)
}
