package storetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"loramanager/internal/lora"
)

var scanTests = []test{
	{"a new file is added, then updated, then moved, and keeps its id", func(s *suite) {
		f := plain("one", "one.safetensors")
		added := s.save(f)
		f.AdapterID = added.AdapterID
		updated := s.save(f)
		f.RelPath, f.Proposed.Folder = "sub/one.safetensors", "sub"
		moved := s.save(f)
		for i, want := range []lora.Outcome{lora.Added, lora.Updated, lora.Moved} {
			got := []lora.SaveResult{added, updated, moved}[i]
			if got.Outcome != want || got.AdapterID != added.AdapterID {
				s.Errorf("step %d: %+v, want outcome %s and the same id", i, got, want)
			}
		}
		if a := s.adapter(added.AdapterID); a.Folder != "sub" {
			s.Errorf("the folder is %q", a.Folder)
		}
	}},
	{"a file at a known place updates the adapter there, also within one batch", func(s *suite) {
		first := s.save(plain("one", "one.safetensors"))
		again := s.save(plain("one", "one.safetensors"))
		if again.AdapterID != first.AdapterID || again.Outcome != lora.Updated {
			s.Errorf("saved again: %+v", again)
		}
		twice, err := s.SaveScanned(s.ctx, []lora.ScannedFile{plain("two", "two.safetensors"), plain("two", "two.safetensors")})
		s.ok(err)
		if twice[0].AdapterID != twice[1].AdapterID {
			s.Errorf("one place became two adapters: %+v", twice)
		}
	}},
	{"every field comes back as it was saved", func(s *suite) {
		f := Scanned(0)
		a := &f.Proposed
		at := time.Date(2025, 3, 4, 5, 6, 7, 891000, time.UTC)
		a.CanonicalVersionName, a.PublishedAt = ptr("v1 canonical"), &at
		a.Ordinal, a.Archetype, a.ArchetypeConfidence = ptr(3), ptr("style"), ptr(0.5)
		a.PrimaryFileName, a.PrimaryFileSizeKB, a.PrimaryFileSHA256 = ptr("p"), ptr(12), ptr("AB")
		a.PrimaryFileDownloadURL, a.PrimaryFileLocalPath = ptr("https://x"), ptr("/y")
		a.SupportsGeneration, a.SDVersion, a.NSFWLevel = true, ptr("SDXL 1.0"), 4
		a.ActivationText, a.NegativeText, a.Triggers = ptr("say \"this\""), ptr("not this"), []string{`a"b`, "c,d", "é\n"}
		a.JSONFilePath, a.JSONFileMtime, a.JSONFileSize = ptr("/z.json"), &at, ptr(99)
		a.BaseVariant, a.WeightMin, a.WeightMax = "illustrious", ptr(0.4), ptr(1.2)
		a.Findings = []lora.Finding{{Code: "odd", Severity: lora.Info, Message: "Odd.", Advice: "Look."}}
		a.Notes, a.Rating, a.Favorite, a.Visibility, a.Active, a.Weight = "note", 4, true, "Private", true, 0.25
		a.Sources["weight"] = lora.FromSidecar
		id := s.save(f).AdapterID
		got := s.adapter(id)
		want := *a
		want.ID, want.RootID, want.CreatedAt, want.UpdatedAt, want.LastIngestedAt = id, RootID, got.CreatedAt, got.UpdatedAt, got.LastIngestedAt
		want.FileSize = int(f.Stamp.Size)
		modified := time.Unix(0, f.Stamp.MtimeNS).UTC()
		want.FileModifiedAt, want.Preview = &modified, got.Preview
		s.same("the adapter", got, want)
		if got.Preview == nil || got.Preview.Type != "image" || got.Preview.ETag == "" || got.CreatedAt.IsZero() || got.LastIngestedAt == nil {
			s.Errorf("preview %+v, created %v, ingested %v", got.Preview, got.CreatedAt, got.LastIngestedAt)
		}
	}},
	{"what the user set survives a scan, weight 0 and inactive included (promise 2)", func(s *suite) {
		f := plain("one", "one.safetensors")
		f.Proposed.Active, f.Proposed.Sources["active"] = true, lora.FromSidecar
		f.AdapterID = s.save(f).AdapterID
		s.patch(f.AdapterID, `{"weight":0,"active":false,"tags":["mine"],"description":"my words","notes":"n","rating":3,"favorite":true,"base_model":"sd1"}`)
		f.Proposed.Tags, f.Proposed.Description = []string{"theirs"}, ptr("their words")
		f.Proposed.AuthorUsername = ptr("somebody")
		f.Proposed.Sources["weight"], f.Proposed.Weight = lora.FromSidecar, 0.7
		s.save(f)
		a := s.adapter(f.AdapterID)
		if a.Weight != 0 || a.Active || !slices.Equal(a.Tags, []string{"mine"}) || *a.Description != "my words" ||
			a.Notes != "n" || a.Rating != 3 || !a.Favorite || a.BaseModel != "sd1" {
			s.Errorf("the user's fields became %+v", a)
		}
		if a.AuthorUsername == nil || *a.AuthorUsername != "somebody" {
			s.Error("a field nobody had set was not taken from the scan")
		}
		if a.Sources["weight"] != lora.FromUser || a.Sources["name"] != lora.FromGuess {
			s.Errorf("sources %v", a.Sources)
		}
	}},
	{"a field goes when the sidecar it came from goes", func(s *suite) {
		f := plain("one", "one.safetensors")
		f.Proposed.Description, f.Proposed.Sources["description"] = ptr("text"), lora.FromSidecar
		f.AdapterID = s.save(f).AdapterID
		f.Proposed.Description = nil
		delete(f.Proposed.Sources, "description")
		s.save(f)
		if a := s.adapter(f.AdapterID); a.Description != nil || a.Sources["description"] != "" {
			s.Errorf("description %v from %q", a.Description, a.Sources["description"])
		}
	}},
	{"files of one name get numbers, and keep them when scanned again", func(s *suite) {
		var files []lora.ScannedFile
		for i := range 1200 {
			files = append(files, plain("same", fmt.Sprintf("%d/same.safetensors", i)))
		}
		seen := make(map[string]bool)
		for part := range slices.Chunk(files, 500) {
			results, err := s.SaveScanned(s.ctx, part)
			s.ok(err)
			for i, r := range results {
				part[i].AdapterID = r.AdapterID
			}
		}
		again, err := s.SaveScanned(s.ctx, files[:10])
		s.ok(err)
		for i := range files {
			seen[s.adapter(files[i].AdapterID).Name] = true
		}
		if len(seen) != 1200 || !seen["same"] || !seen["same (2)"] || !seen["same (1200)"] {
			s.Errorf("%d names", len(seen))
		}
		if name := s.adapter(again[1].AdapterID).Name; !strings.HasPrefix(name, "same (") {
			s.Errorf("the second became %q", name)
		}
	}},
	{"a missing file comes back as what it was", func(s *suite) {
		broken := plain("broken", "b.safetensors")
		broken.Proposed.FileState = lora.FileUnreadable
		id := s.save(broken).AdapterID
		n, err := s.MarkMissing(s.ctx, []string{id, id, "unknown"})
		s.ok(err)
		again, err := s.MarkMissing(s.ctx, []string{id})
		s.ok(err)
		if n != 1 || again != 0 || s.adapter(id).FileState != lora.FileMissing {
			s.Errorf("marked %d, then %d: %s", n, again, s.adapter(id).FileState)
		}
		n, err = s.MarkPresent(s.ctx, []string{id})
		s.ok(err)
		if n != 1 || s.adapter(id).FileState != lora.FileUnreadable {
			s.Errorf("back: %d, %s", n, s.adapter(id).FileState)
		}
		_, err = s.MarkMissing(s.ctx, []string{id})
		s.ok(err)
		broken.AdapterID = id
		if r := s.save(broken); r.Outcome != lora.Restored {
			s.Errorf("saved again: %s", r.Outcome)
		}
	}},
	{"missing adapters are purged only when their number is known", func(s *suite) {
		ids := s.fill(5)
		_, err := s.MarkMissing(s.ctx, ids[:2])
		s.ok(err)
		_, err = s.PurgeMissing(s.ctx, 3)
		s.fails(err, lora.Conflict)
		purged, err := s.PurgeMissing(s.ctx, 2)
		s.ok(err)
		slices.Sort(purged)
		want := slices.Sorted(slices.Values(ids[:2]))
		if !slices.Equal(purged, want) {
			s.Errorf("purged %v", purged)
		}
		_, err = s.Adapter(s.ctx, ids[0])
		s.fails(err, lora.NotFound)
		s.finds("", ids[2:]...)
	}},
	{"known files come back byte for byte", func(s *suite) {
		f := plain("odd", "dir/\xff\xfe\x00.safetensors"[:9]+".safetensors")
		f.Stamp = lora.FileStamp{Size: 5 << 40, MtimeNS: 1_700_000_000_123_456_789, Dev: 1 << 63, Inode: ^uint64(0)}
		f.Companions = 1<<64 - 2
		id := s.save(f).AdapterID
		known, err := s.KnownFiles(s.ctx, RootID)
		s.ok(err)
		want := lora.KnownFile{AdapterID: id, RootID: RootID, RelPath: f.RelPath, Stamp: f.Stamp, Companions: f.Companions, QuickDigest: "00", State: lora.FileOK}
		if len(known) != 1 || known[0] != want {
			s.Errorf("known files %+v, want %+v", known, want)
		}
	}},
	{"text that a database cannot hold is mended, not refused", func(s *suite) {
		f := plain("a\x00b\xffc", "x.safetensors")
		f.Proposed.Tags, f.Proposed.Description = []string{"t\x00\xff"}, ptr("\xc3")
		f.Proposed.Extra = map[string]any{"k\x00": "v\x00\xff"}
		f.Report = &lora.Report{Title: "\x00\xff"}
		f.ClaimedDigests = map[string]string{"sha256\x00": strings.Repeat("ab", 32), "crc32": "not a digest"}
		a := s.adapter(s.save(f).AdapterID)
		if a.Name != "ab\ufffdc" || a.Tags[0] != "t\ufffd" {
			s.Errorf("name %q, tags %q", a.Name, a.Tags)
		}
	}},
	{"the report comes back, and NotFound is told from no report", func(s *suite) {
		f := Scanned(1)
		id := s.save(f).AdapterID
		got, err := s.Report(s.ctx, id)
		s.ok(err)
		s.same("the report", got, f.Report)
		f.AdapterID, f.Report.Title = id, "changed"
		s.save(f)
		if got, err = s.Report(s.ctx, id); err != nil || got.Title != "changed" {
			s.Errorf("after a rescan: %v, %v", got, err)
		}
		none := s.save(plain("none", "none.safetensors")).AdapterID
		if got, err = s.Report(s.ctx, none); err != nil || got != nil {
			s.Errorf("without a report: %v, %v", got, err)
		}
		_, err = s.Report(s.ctx, "unknown")
		s.fails(err, lora.NotFound)
	}},
}
