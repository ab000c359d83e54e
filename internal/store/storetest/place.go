package storetest

import (
	"errors"
	"slices"
	"strings"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

var placeTests = []test{
	{"the trash frees name and place, and gives back what it can", func(s *suite) {
		one := s.save(plain("one", "1.safetensors")).AdapterID
		s.ok(s.setTrashed(one, "2026/1.safetensors"))
		a := s.adapter(one)
		if a.FileState != lora.FileTrashed || a.TrashedAt == nil {
			s.Errorf("trashed: %s at %v", a.FileState, a.TrashedAt)
		}
		s.finds("")
		s.finds("is:trashed", one)
		trashed, err := s.Trashed(s.ctx)
		s.ok(err)
		if len(trashed) != 1 || trashed[0].TrashRel != "2026/1.safetensors" || trashed[0].RelPath != "1.safetensors" {
			s.Errorf("the trash holds %+v", trashed)
		}
		known, err := s.KnownFiles(s.ctx, RootID)
		s.ok(err)
		if len(known) != 0 {
			s.Errorf("a trashed file is still known: %+v", known)
		}
		other := s.save(plain("one", "1.safetensors"))
		if other.Outcome != lora.Added || s.adapter(other.AdapterID).Name != "one" {
			s.Errorf("a new file at the place: %+v", other)
		}
		s.fails(s.setTrashed(one, ""), lora.Conflict)
		s.ok(s.relocate(other.AdapterID, RootID, "elsewhere.safetensors", ""))
		s.ok(s.setTrashed(one, ""))
		if a := s.adapter(one); a.FileState != lora.FileOK || a.Name != "one (2)" || a.TrashedAt != nil {
			s.Errorf("restored: %+v", a)
		}
	}},
	{"a relocated adapter keeps everything but its place", func(s *suite) {
		f := Scanned(0)
		f.Proposed.PrimaryFileName, f.Proposed.PrimaryFileLocalPath = ptr(f.Proposed.FileName), ptr(f.Proposed.FilePath)
		f.Proposed.JSONFilePath = ptr(strings.TrimSuffix(f.Proposed.FilePath, ".safetensors") + ".civitai.info")
		id := s.save(f).AdapterID
		before := s.adapter(id)
		s.ok(s.relocate(id, RootID, "new/place.safetensors", "new/place.png"))
		after := s.adapter(id)
		if *after.PrimaryFileName != "place.safetensors" || *after.PrimaryFileLocalPath != "/srv/loras/new/place.safetensors" || *after.JSONFilePath != "/srv/loras/new/place.civitai.info" {
			s.Errorf("left behind: %q, %q, %q", *after.PrimaryFileName, *after.PrimaryFileLocalPath, *after.JSONFilePath)
		}
		if after.Folder != "new" || after.FileName != "place.safetensors" || after.FilePath != "/srv/loras/new/place.safetensors" || after.Name != before.Name {
			s.Errorf("relocated: %+v", after)
		}
		place, err := s.Place(s.ctx, id)
		s.ok(err)
		if place.RelPath != "new/place.safetensors" || place.PreviewRel != "new/place.png" || place.Stamp != f.Stamp {
			s.Errorf("place %+v", place)
		}
		s.fails(s.relocate(id, "unknown", "x", ""), lora.NotFound)
		s.fails(s.relocate("unknown", RootID, "x", ""), lora.NotFound)
		_, err = s.Place(s.ctx, "unknown")
		s.fails(err, lora.NotFound)
	}},
	{"a place that is taken is a conflict", func(s *suite) {
		s.save(plain("one", "1.safetensors"))
		two := s.save(plain("two", "2.safetensors")).AdapterID
		s.fails(s.relocate(two, RootID, "1.safetensors", ""), lora.Conflict)
	}},
	{"of many places only the impossible ones are refused", func(s *suite) {
		ids := s.fill(4)
		s.ok(s.relocate(ids[3], RootID, "taken.safetensors", ""))
		refused, err := s.Relocate(s.ctx, []lora.Relocation{
			{AdapterID: ids[0], RootID: RootID, RelPath: "x/0.safetensors"},
			{AdapterID: ids[1], RootID: RootID, RelPath: "taken.safetensors"},
			{AdapterID: "unknown", RootID: RootID, RelPath: "x/1.safetensors"},
			{AdapterID: ids[2], RootID: RootID, RelPath: "x/2.safetensors"},
		})
		s.ok(err)
		if refused[0] != nil || lora.CodeOf(refused[1]) != lora.Conflict || lora.CodeOf(refused[2]) != lora.NotFound || refused[3] != nil {
			s.Errorf("refused: %v", refused)
		}
		if s.adapter(ids[0]).Folder != "x" || s.adapter(ids[2]).Folder != "x" || s.adapter(ids[1]).Folder == "x" {
			s.Error("the others did not move")
		}
		refused, err = s.SetTrashed(s.ctx, []lora.Place{{AdapterID: ids[0], TrashRel: "t/0"}, {AdapterID: "unknown", TrashRel: "t"}, {AdapterID: ids[2], TrashRel: "t/2"}})
		s.ok(err)
		if refused[0] != nil || lora.CodeOf(refused[1]) != lora.NotFound || len(s.find("is:trashed")) != 2 {
			s.Errorf("refused: %v", refused)
		}
	}},
	{"a name that came from the file name follows it, one that was given stays", func(s *suite) {
		rename := func(id, rel, name string) string {
			refused, err := s.Relocate(s.ctx, []lora.Relocation{{AdapterID: id, RootID: RootID, RelPath: rel, Name: name}})
			s.ok(errors.Join(append(refused, err)...))
			return s.adapter(id).Name
		}
		guessed, mine := s.save(plain("old", "old.safetensors")).AdapterID, s.save(plain("mine", "mine.safetensors")).AdapterID
		if name := rename(guessed, "mine.safetensors.new", "mine"); name != "mine (2)" {
			s.Errorf("a taken name became %q", name)
		}
		if name := rename(guessed, "new.safetensors", "new"); name != "new" {
			s.Errorf("the name is %q", name)
		}
		s.finds("name:new", guessed)
		s.patch(mine, `{"name":"My name"}`)
		if name := rename(mine, "theirs.safetensors", "theirs"); name != "My name" {
			s.Errorf("the user's name became %q", name)
		}
		if name := rename(guessed, "sub/new.safetensors", ""); name != "new" {
			s.Errorf("after a move the name is %q", name)
		}
	}},
	{"deleted adapters are gone from every answer", func(s *suite) {
		ids := s.fill(4)
		s.finds("", ids...)
		n, err := s.DeleteAdapters(s.ctx, []string{ids[0], ids[2], "unknown"})
		s.ok(err)
		if n != 2 {
			s.Errorf("deleted %d", n)
		}
		s.finds("", ids[1], ids[3])
		s.fails(s.setTrashed(ids[0], "x"), lora.NotFound)
	}},
}

var rootTests = []test{
	{"a folder is listed with its figures", func(s *suite) {
		ids := s.fill(10)
		_, err := s.MarkMissing(s.ctx, ids[:3])
		s.ok(err)
		roots, err := s.Roots(s.ctx)
		s.ok(err)
		if len(roots) != 1 || roots[0].Adapters != 10 || roots[0].Missing != 3 || roots[0].State != "unscanned" || roots[0].SizeBytes == 0 {
			s.Errorf("roots %+v", roots)
		}
		now := roots[0].CreatedAt
		s.ok(s.SetRootScanned(s.ctx, RootID, now))
		s.ok(s.RenameRoot(s.ctx, RootID, "renamed"))
		roots, err = s.Roots(s.ctx)
		s.ok(err)
		if roots[0].State != "online" || roots[0].Name != "renamed" || !roots[0].LastScanAt.Equal(now) {
			s.Errorf("roots %+v", roots)
		}
		s.finds("root:renamed tag:*", s.find("has:tags")...)
		s.fails(s.RenameRoot(s.ctx, "unknown", "x"), lora.NotFound)
		s.fails(s.SetRootScanned(s.ctx, "unknown", now), lora.NotFound)
		s.fails(s.AddRoot(s.ctx, lora.Root{ID: "again", Path: "/srv/loras"}), lora.Conflict)
	}},
	{"a removed folder leaves its adapters as missing and gets them back", func(s *suite) {
		ids := s.fill(3)
		n, err := s.RemoveRoot(s.ctx, RootID, false)
		s.ok(err)
		if n != 3 {
			s.Errorf("%d adapters", n)
		}
		s.finds("is:missing", ids...)
		roots, err := s.Roots(s.ctx)
		s.ok(err)
		if len(roots) != 0 {
			s.Errorf("roots %+v", roots)
		}
		_, err = s.RemoveRoot(s.ctx, RootID, false)
		s.fails(err, lora.NotFound)
		s.ok(s.AddRoot(s.ctx, lora.Root{ID: "root-2", Path: "/srv/loras", Name: "back"}))
		known, err := s.KnownFiles(s.ctx, "root-2")
		s.ok(err)
		if len(known) != 3 {
			s.Errorf("%d files are known again", len(known))
		}
		s.finds("root:back", ids...)
	}},
	{"a removed folder takes its adapters along when asked to", func(s *suite) {
		s.fill(3)
		n, err := s.RemoveRoot(s.ctx, RootID, true)
		s.ok(err)
		if n != 3 || len(s.find("")) != 0 {
			s.Errorf("%d adapters, %d left", n, len(s.find("")))
		}
	}},
}

var queryTests = []test{
	{"a page has its adapters in order and cursors lead to the end", func(s *suite) {
		s.fill(45)
		var names []string
		q := catalog.Query{Limit: 10}
		for {
			page, result, err := s.List(s.ctx, q)
			s.ok(err)
			if result.Total != 45 || result.Filtered != 45 {
				s.Fatalf("result %+v", result)
			}
			for i := range page {
				names = append(names, catalog.Fold(page[i].Name))
			}
			if q.After = result.Next; q.After == "" {
				break
			}
		}
		if len(names) != 45 || !slices.IsSorted(names) {
			s.Errorf("%d names: %v", len(names), names)
		}
		_, _, err := s.List(s.ctx, catalog.Query{Text: "nofield:x"})
		s.fails(err, lora.Invalid)
		_, _, err = s.List(s.ctx, catalog.Query{After: "nonsense"})
		s.fails(err, lora.Invalid)
	}},
	{"facets, tags, counts and suggestions speak of the same adapters", func(s *suite) {
		ids := s.fill(50)
		s.ok(s.setTrashed(ids[0], "x"))
		facets, err := s.Facets(s.ctx, catalog.Query{Text: "is:active"})
		s.ok(err)
		counts, err := s.Counts(s.ctx)
		s.ok(err)
		if facets.Total != 49 || counts.Adapters != 49 || counts.Trashed != 1 || counts.AddedThisWeek != 49 || facets.Filtered != 0 {
			s.Errorf("facets %d, %d; counts %+v", facets.Total, facets.Filtered, counts)
		}
		tags, err := s.Tags(s.ctx)
		s.ok(err)
		if len(tags) == 0 || !slices.IsSorted(tags) {
			s.Errorf("tags %v", tags)
		}
		found, err := s.Suggest(s.ctx, "base:s", 6)
		s.ok(err)
		if len(found.Suggestions) == 0 || found.From != 5 {
			s.Errorf("suggestions %+v", found)
		}
	}},
	{"versions of one model find each other", func(s *suite) {
		a := s.save(plain("Great Style v1", "1.safetensors")).AdapterID
		b := s.save(plain("great_style v2.5", "2.safetensors")).AdapterID
		c := s.save(plain("Great Style-000010", "3.safetensors")).AdapterID
		d := s.save(plain("great style V2", "4.safetensors")).AdapterID
		s.save(plain("Great Stylist v1", "5.safetensors"))
		versions, err := s.Versions(s.ctx, a)
		s.ok(err)
		var got []string
		for i := range versions {
			got = append(got, versions[i].ID)
		}
		slices.Sort(got)
		want := slices.Sorted(slices.Values([]string{b, c, d}))
		if !slices.Equal(got, want) {
			s.Errorf("versions of the first are %v, want %v", got, want)
		}
	}},
}
