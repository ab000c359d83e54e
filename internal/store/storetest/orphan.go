package storetest

import "slices"

var orphanTests = []test{
	{"files of a removed folder are remembered until a folder takes them", func(s *suite) {
		ids := s.fill(3)
		before, err := s.Change(s.ctx)
		s.ok(err)
		orphans, err := s.OrphanFiles(s.ctx)
		s.ok(err)
		if len(orphans) != 0 {
			s.Errorf("%d files without a folder", len(orphans))
		}
		_, err = s.RemoveRoot(s.ctx, RootID, false)
		s.ok(err)
		orphans, err = s.OrphanFiles(s.ctx)
		s.ok(err)
		var got []string
		for _, f := range orphans {
			got = append(got, f.AdapterID)
		}
		slices.Sort(got)
		if want := slices.Sorted(slices.Values(ids)); !slices.Equal(got, want) {
			s.Errorf("files without a folder: %v, want %v", got, want)
		}
		after, err := s.Change(s.ctx)
		s.ok(err)
		if after <= before {
			s.Errorf("the change number went from %d to %d", before, after)
		}
	}},
}
