package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

// steps hands a list of steps to ApplyImport.
func steps(list ...lora.ImportStep) func() (lora.ImportStep, error) {
	return func() (lora.ImportStep, error) {
		if len(list) == 0 {
			return lora.ImportStep{}, io.EOF
		}
		step := list[0]
		list = list[1:]
		return step, nil
	}
}

// transfer keeps the record of an import, which must be there before it is made.
func (s *suite) transfer() lora.ImportRun {
	s.Helper()
	t := lora.Transfer{ID: uuid.NewString(), Kind: lora.TransferImport, State: lora.TransferRunning, StartedAt: time.Now().UTC()}
	s.ok(s.PutTransfer(s.ctx, t, "p"))
	return lora.ImportRun{TransferID: t.ID, Kind: t.Kind, Source: "a.zip", RootID: RootID, Policy: lora.ConflictKeep}
}

func (s *suite) tryImport(run lora.ImportRun, list ...lora.ImportStep) (lora.ImportCounts, error) {
	s.Helper()
	return s.ApplyImport(s.ctx, run, steps(list...))
}

func (s *suite) importAll(list ...lora.ImportStep) lora.ImportCounts {
	s.Helper()
	counts, err := s.tryImport(s.transfer(), list...)
	s.ok(err)
	return counts
}

// Archived is an adapter as an archive has it: the i-th of the fixed sequence of files, with
// an id of its own and what a user entered.
func Archived(i int) lora.ArchivedAdapter {
	f := Scanned(i)
	a := lora.ArchivedAdapter{Adapter: f.Proposed, RelPath: f.RelPath, RootPath: "/elsewhere", Stamp: f.Stamp, QuickDigest: f.QuickDigest}
	a.ID = uuid.NewSHA1(uuid.NameSpaceOID, []byte(a.RelPath)).String()
	a.Notes, a.Rating, a.Favorite, a.Weight, a.Active = "mine", 4, true, 0, false
	a.UseCount, a.Visibility, a.FileSize = i, "Public", int(f.Stamp.Size)
	for _, name := range []string{"notes", "rating", "favorite", "weight", "active"} {
		a.Sources[name] = lora.FromUser
	}
	a.CreatedAt = time.Date(2024, 5, 1, 12, 0, i%60, 123000, time.UTC)
	a.UpdatedAt = a.CreatedAt.Add(time.Hour)
	sha := fmt.Sprintf("%064x", 1<<40+i)
	a.SHA256, a.Alias = &sha, "trained "+a.Name
	a.Digests = map[string]string{"sha256": sha, "autov3": fmt.Sprintf("%064x", 1<<41+i)}
	a.Claimed = []lora.Claim{{Kind: "sha256", Value: sha, Source: lora.FromSidecar}}
	a.Tags = append(slices.Clone(a.Tags), "archived")
	return a
}

func create(a lora.ArchivedAdapter) lora.ImportStep {
	return lora.ImportStep{Record: lora.ArchiveRecord{Adapter: &a}, Action: lora.ImportCreate, Origin: "archive", Detail: "a.zip"}
}

// ArchivedJob is a generation as an archive has it.
func ArchivedJob(i int, adapters ...string) lora.Job {
	job := newJob("e", 5)
	job.ID, job.Status, job.Attempt, job.Progress = fmt.Sprintf("archived-%05d", i), lora.JobSucceeded, 1, 1
	job.CreatedAt = time.Date(2024, 3, 1, 12, 0, i, 5000, time.UTC)
	job.StartedAt, job.FinishedAt = ptr(job.CreatedAt.Add(time.Second)), ptr(job.CreatedAt.Add(time.Minute))
	job.Rating, job.RatedAt, job.Favorite, job.FavoritedAt = ptr(5), ptr(job.CreatedAt.Add(time.Hour)), true, ptr(job.CreatedAt.Add(time.Hour))
	job.Tags, job.Result, job.Owner = []string{"sea"}, []byte(`{"status":"completed","model":"base"}`), "o"
	job.Adapters = []lora.Use{}
	for _, id := range adapters {
		job.Adapters = append(job.Adapters, lora.Use{AdapterID: id, Name: "x", Weight: 0.5})
	}
	image := Picture(i)
	image.Seed, image.Infotext = ptr(int64(7)), "Steps: 20"
	job.Images = []lora.Image{image}
	return job
}

func bringJob(job lora.Job) lora.ImportStep {
	return lora.ImportStep{Record: lora.ArchiveRecord{Job: &job}, Pictures: job.Images}
}

var importTests = []test{
	{"an adapter comes as it was, at its place though its file is missing", func(s *suite) {
		want := Archived(2)
		counts := s.importAll(create(want))
		s.same("the counts", counts, lora.ImportCounts{Create: 1})
		got := s.adapter(want.ID)
		if got.FileState != lora.FileMissing || got.RootID != RootID || got.FilePath != "/srv/loras/"+want.RelPath {
			s.Errorf("it lies at %s in %s: %s", got.FilePath, got.RootID, got.FileState)
		}
		if p, err := s.Provenance(s.ctx, want.ID); err != nil || p == nil || p.Origin != "archive" || p.Detail != "a.zip" || p.At.IsZero() {
			s.Errorf("it comes from %+v, %v", p, err)
		}
		digests, err := s.Digests(s.ctx, want.ID)
		s.ok(err)
		s.same("the digests", digests, lora.Digests{State: "done", Computed: want.Digests, Claimed: want.Claimed})
		expected := want.Adapter
		expected.RootID, expected.FilePath, expected.FileState, expected.FileModifiedAt = RootID, got.FilePath, lora.FileMissing, got.FileModifiedAt
		expected.Findings, expected.Triggers = []lora.Finding{}, []string{}
		s.same("the adapter", got, expected)
		s.finds("archived", want.ID)
		found, err := s.FindAdapters(s.ctx, []lora.Use{{Name: want.Alias}})
		s.ok(err)
		if found[0].AdapterID != want.ID {
			s.Errorf("its alias finds %q", found[0].AdapterID)
		}
	}},
	{"a file that turns up later is read, and nothing of the import is lost", func(s *suite) {
		want := Archived(2)
		s.importAll(create(want))
		known, err := s.KnownFiles(s.ctx, RootID)
		s.ok(err)
		f := Scanned(2)
		if len(known) != 1 || known[0].Companions == f.Companions || known[0].QuickDigest != f.QuickDigest || known[0].Stamp.Inode != 0 {
			s.Fatalf("known is %+v", known)
		}
		f.AdapterID = known[0].AdapterID
		if r := s.save(f); r.AdapterID != want.ID || r.Outcome != lora.Restored {
			s.Errorf("scanned: %+v", r)
		}
		got := s.adapter(want.ID)
		if got.FileState != lora.FileOK || got.Notes != "mine" || got.Weight != 0 || got.Rating != 4 || got.SHA256 == nil || !got.CreatedAt.Equal(want.CreatedAt) {
			s.Errorf("then it is %+v", got)
		}
		if report, err := s.Report(s.ctx, want.ID); err != nil || report == nil {
			s.Errorf("its report: %v, %v", report, err)
		}
	}},
	{"an adapter lies where its file will be placed", func(s *suite) {
		step := create(Archived(2))
		step.Place = &lora.ImportPlace{RootID: RootID, RelPath: "new/x.safetensors", Stamp: lora.FileStamp{Size: 7, MtimeNS: 8, Dev: 9, Inode: 10}, PreviewRel: "new/x.png", PreviewType: "image", PreviewStamp: 3}
		if counts := s.importAll(step); counts.Files != 1 || counts.FileBytes != 7 {
			s.Errorf("counted %+v", counts)
		}
		place, err := s.Place(s.ctx, step.Record.Adapter.ID)
		s.ok(err)
		s.same("the place", place, lora.Place{AdapterID: step.Record.Adapter.ID, RootID: RootID, RelPath: "new/x.safetensors", Stamp: step.Place.Stamp, State: lora.FileOK, PreviewRel: "new/x.png"})
		other := create(Archived(4))
		other.Place = step.Place
		_, err = s.tryImport(s.transfer(), other)
		s.fails(err, lora.Conflict)
		other.Place = &lora.ImportPlace{RootID: "unknown", RelPath: "x"}
		_, err = s.tryImport(s.transfer(), other)
		s.fails(err, lora.NotFound)
	}},
	{"an id that another adapter has is replaced, also where compositions and jobs name it", func(s *suite) {
		here := s.fill(1)[0]
		there := Archived(3)
		there.ID = here
		composition := lora.Composition{
			ID: uuid.NewString(), Name: "c", Version: 1, CreatedAt: there.CreatedAt, UpdatedAt: there.CreatedAt,
			Entries: []lora.Composed{{Use: lora.Use{AdapterID: here, Name: "x", Weight: 1}, Enabled: true}},
		}
		job := ArchivedJob(1, here)
		job.Params = []byte(`{"generation_params":{"prompt":"\"` + here + `\"","adapters":[{"adapter_id":"` + here + `"}]}}`)
		s.importAll(create(there), lora.ImportStep{Record: lora.ArchiveRecord{Composition: []lora.Composition{composition}}}, bringJob(job))
		ids := s.find("note:mine")
		if len(ids) != 1 || ids[0] == here {
			s.Fatalf("imported as %v beside %s", ids, here)
		}
		c, err := s.Composition(s.ctx, composition.ID)
		s.ok(err)
		got := s.job(job.ID)
		want := `{"generation_params":{"prompt":"\"` + here + `\"","adapters":[{"adapter_id":"` + ids[0] + `"}]}}`
		if c.Entries[0].AdapterID != ids[0] || got.Adapters[0].AdapterID != ids[0] || string(got.Params) != want {
			s.Errorf("the composition names %s, the job %s and %s", c.Entries[0].AdapterID, got.Adapters[0].AdapterID, got.Params)
		}
		if s.adapter(here).UseCount != 0 || s.adapter(ids[0]).UseCount != 3 {
			s.Error("uses count for the wrong adapter, or twice")
		}
	}},
	{"an adapter that is the same here is named by its id here, and used once more", func(s *suite) {
		here := s.fill(1)[0]
		there := Archived(3)
		step := lora.ImportStep{Record: lora.ArchiveRecord{Adapter: &there}, Action: lora.ImportSame, AdapterID: here}
		counts := s.importAll(step, bringJob(ArchivedJob(1, there.ID)))
		s.same("the counts", counts, lora.ImportCounts{Same: 1, Jobs: 1, Images: 1})
		if got := s.adapter(here); got.UseCount != 1 || !got.LastUsedAt.Equal(*ArchivedJob(1).FinishedAt) {
			s.Errorf("used %d times, last %v", got.UseCount, got.LastUsedAt)
		}
		counts = s.importAll(step, bringJob(ArchivedJob(1, there.ID)))
		s.same("the counts of doing it again", counts, lora.ImportCounts{Same: 1})
		if got := s.adapter(here); got.UseCount != 1 {
			s.Errorf("used %d times after the second import", got.UseCount)
		}
	}},
	{"an update takes the fields it names, with where they come from", func(s *suite) {
		here := s.fill(1)[0]
		before := s.adapter(here)
		there := Archived(3)
		s.importAll(lora.ImportStep{Record: lora.ArchiveRecord{Adapter: &there}, Action: lora.ImportUpdate, AdapterID: here, Fields: []string{"notes", "weight", "base_model", "tags"}})
		got := s.adapter(here)
		want := before
		want.Notes, want.Weight, want.Tags = there.Notes, 0, there.Tags
		want.BaseModel, want.BaseVariant, want.BaseConfidence = there.BaseModel, there.BaseVariant, there.BaseConfidence
		want.Sources["notes"], want.Sources["weight"], want.Sources["base_model"], want.Sources["tags"] = lora.FromUser, lora.FromUser, lora.FromFile, lora.FromUser
		want.UpdatedAt = got.UpdatedAt
		s.same("the adapter", got, want)
		_, err := s.tryImport(s.transfer(), lora.ImportStep{Record: lora.ArchiveRecord{Adapter: &there}, Action: lora.ImportUpdate, AdapterID: "gone"})
		s.fails(err, lora.Conflict)
		twice := Archived(5)
		_, err = s.tryImport(s.transfer(), lora.ImportStep{Record: lora.ArchiveRecord{Adapter: &there}, Action: lora.ImportUpdate, AdapterID: here},
			lora.ImportStep{Record: lora.ArchiveRecord{Adapter: &twice}, Action: lora.ImportUpdate, AdapterID: here})
		s.fails(err, lora.Conflict)
	}},
	{"a name and version that are taken are a conflict, or get a number where that was decided", func(s *suite) {
		first := s.adapter(s.fill(1)[0])
		a, b := Archived(3), Archived(5)
		a.Name, a.Version = first.Name, first.Version
		b.Name, b.Version = first.Name, first.Version
		change, err := s.Change(s.ctx)
		s.ok(err)
		_, err = s.tryImport(s.transfer(), create(Archived(7)), create(a))
		s.fails(err, lora.Conflict)
		if after, err := s.Change(s.ctx); err != nil || after != change || len(s.find("")) != 1 {
			s.Errorf("after the conflict: change %d, was %d, %v", after, change, err)
		}
		renamed, again := create(a), create(b)
		renamed.Rename, again.Rename = true, true
		s.importAll(renamed, again)
		if x, y := s.adapter(a.ID).Name, s.adapter(b.ID).Name; x != first.Name+" (2)" || y != first.Name+" (3)" {
			s.Errorf("called %q and %q", x, y)
		}
	}},
	{"missing adapters of one place each get a place", func(s *suite) {
		a, b := Archived(3), Archived(5)
		b.RelPath = a.RelPath
		s.importAll(create(a), create(b))
		x, err := s.Place(s.ctx, a.ID)
		s.ok(err)
		y, err := s.Place(s.ctx, b.ID)
		s.ok(err)
		if x.RelPath == y.RelPath {
			s.Errorf("both lie at %q", x.RelPath)
		}
	}},
	{"an error of the source, or an adapter after what names adapters, leaves nothing", func(s *suite) {
		broken := errors.New("the archive is damaged")
		n := 0
		_, err := s.ApplyImport(s.ctx, s.transfer(), func() (lora.ImportStep, error) {
			if n++; n > 450 {
				return lora.ImportStep{}, broken
			}
			return create(Archived(2 * n)), nil
		})
		if !errors.Is(err, broken) || lora.CodeOf(err) != lora.CodeOf(broken) {
			s.Errorf("the error: %v", err)
		}
		_, err = s.tryImport(s.transfer(), bringJob(ArchivedJob(1)), create(Archived(2)))
		s.fails(err, lora.Internal)
		jobs, _, err := s.ListJobs(s.ctx, nil, "", 10, "")
		s.ok(err)
		if left := s.find(""); len(left) != 0 || len(jobs) != 0 {
			s.Errorf("%d adapters and %d jobs are left", len(left), len(jobs))
		}
		journals, err := s.Journals(s.ctx)
		s.ok(err)
		if len(journals) != 0 {
			s.Errorf("it owes %+v", journals)
		}
	}},
	{"the journal is there with the import and until it is settled", func(s *suite) {
		step := create(Archived(2))
		step.Files = []lora.JournalEntry{
			{Kind: "primary", Staged: []byte("0/\xff.safetensors"), RootID: RootID, RelPath: []byte("a/\xff.safetensors"), Size: 5, SHA256: "00"},
			{Kind: "preview", Staged: []byte("0/x.png"), RootID: RootID, RelPath: []byte("a/x.png"), Size: 6, SHA256: "01"},
		}
		run, empty := s.transfer(), s.transfer()
		_, err := s.tryImport(run, step)
		s.ok(err)
		_, err = s.tryImport(empty)
		s.ok(err)
		journals, err := s.Journals(s.ctx)
		s.ok(err)
		if len(journals) != 2 || journals[0].TransferID != run.TransferID || journals[0].Kind != lora.TransferImport || len(journals[1].Entries) != 0 {
			s.Fatalf("owed: %+v", journals)
		}
		s.same("the files", journals[0].Entries, step.Files)
		s.ok(s.PutTransfer(s.ctx, lora.Transfer{ID: run.TransferID, State: lora.TransferRunning}, "p"))
		s.ok(s.SettleJournal(s.ctx, run.TransferID))
		journals, err = s.Journals(s.ctx)
		s.ok(err)
		if len(journals) != 1 || journals[0].TransferID != empty.TransferID {
			s.Errorf("then owed: %+v", journals)
		}
		_, err = s.tryImport(lora.ImportRun{TransferID: "unknown"}, create(Archived(4)))
		s.fails(err, lora.NotFound)
	}},
	{"a job comes as it was, is found and counted, and its picture is kept", func(s *suite) {
		a := Archived(2)
		want := ArchivedJob(1, a.ID)
		s.importAll(create(a), bringJob(want))
		got := s.job(want.ID)
		want.Position = got.Position
		s.same("the job", got, want)
		results, _, err := s.Results(s.ctx, lora.ResultQuery{Text: "cast", AdapterID: a.ID, Tag: "sea", MinRating: 5, Model: "base", Limit: 10})
		s.ok(err)
		if len(results) != 1 || results[0].ID != want.ID {
			s.Errorf("found %+v", results)
		}
		if p, err := s.Picture(s.ctx, want.Images[0].SHA256); err != nil || p.Width != want.Images[0].Width {
			s.Errorf("its picture %+v, %v", p, err)
		}
		if abandoned := s.abandoned(time.Now().Add(time.Hour)); len(abandoned) != 0 {
			s.Errorf("abandoned: %v", abandoned)
		}
		figures, err := s.StorageFigures(s.ctx)
		s.ok(err)
		if figures.Pictures != 1 || figures.PicturesBytes != want.Images[0].SizeBytes {
			s.Errorf("pictures %+v", figures)
		}
		if used := s.adapter(a.ID).UseCount; used != a.UseCount {
			s.Errorf("an adapter that came with its figure was used %d times, want %d", used, a.UseCount)
		}
	}},
	{"an image without a picture is left out, one whose picture is here is not", func(s *suite) {
		image := s.keep("", 1)
		job, other := ArchivedJob(1), ArchivedJob(2)
		job.Images = append(job.Images, other.Images[0])
		job.Images[1].Index = 1
		counts := s.importAll(lora.ImportStep{Record: lora.ArchiveRecord{Job: &job}})
		if got := s.job(job.ID); len(got.Images) != 1 || got.Images[0].SHA256 != image.SHA256 || counts.Images != 1 {
			s.Errorf("its images are %+v, counted %+v", got.Images, counts)
		}
	}},
	{"jobs of one moment, and of one idempotency key, all come", func(s *suite) {
		list := []lora.ImportStep{}
		for i := range 450 {
			job := ArchivedJob(i)
			job.CreatedAt, job.IdempotencyKey = ArchivedJob(0).CreatedAt, "same"
			list = append(list, bringJob(job))
		}
		list = append(list, list[3])
		s.importAll(list[:225]...)
		if counts := s.importAll(list...); counts.Jobs != 225 {
			s.Errorf("%d more jobs came", counts.Jobs)
		}
		results, _, err := s.Results(s.ctx, lora.ResultQuery{Sort: lora.ResultsOldest, Limit: 200})
		s.ok(err)
		for i, r := range results {
			if r.ID != fmt.Sprintf("archived-%05d", i) {
				s.Fatalf("result %d is %s", i, r.ID)
			}
		}
	}},
	{"compositions, presets, workflows, searches, engines, settings and preferences come, and again change nothing", func(s *suite) {
		records := archivedRecords()
		list := []lora.ImportStep{}
		for _, r := range records {
			list = append(list, lora.ImportStep{Record: r})
		}
		taste, err := s.TasteChange(s.ctx)
		s.ok(err)
		s.same("the counts", s.importAll(list...), lora.ImportCounts{Compositions: 1, Settings: 6})
		s.same("the counts of doing it again", s.importAll(list...), lora.ImportCounts{})
		versions, err := s.CompositionVersions(s.ctx, records[0].Composition[0].ID)
		s.ok(err)
		slices.Reverse(versions)
		s.same("the versions", versions, records[0].Composition)
		presets, err := s.Presets(s.ctx)
		s.ok(err)
		s.same("the presets", presets, []lora.Preset{*records[1].Preset})
		workflows, err := s.Workflows(s.ctx)
		s.ok(err)
		s.same("the workflows", workflows, []lora.Workflow{*records[2].Workflow})
		searches, err := s.SavedSearches(s.ctx)
		s.ok(err)
		s.same("the searches", searches, []lora.SavedSearch{*records[3].Search})
		engines, err := s.EngineConfigs(s.ctx)
		s.ok(err)
		off := *records[4].Engine
		off.Enabled = false
		s.same("the engines, which are off", engines, []lora.EngineConfig{off})
		settings, err := s.Settings(s.ctx)
		s.ok(err)
		s.same("the settings", settings, map[string]json.RawMessage{"theme": records[5].Setting.Value})
		preferences, err := s.Preferences(s.ctx)
		s.ok(err)
		s.same("the preferences", preferences, []lora.Preference{*records[6].Preference})
		if after, err := s.TasteChange(s.ctx); err != nil || after != taste+1 {
			s.Errorf("the taste changed from %d to %d, %v", taste, after, err)
		}
	}},
	{"the policy decides about records that are here and differ", func(s *suite) { decidedRecords(s) }},
	{"what is hostile is refused by its name, and nothing comes", func(s *suite) { refusedImports(s) }},
	{"digests of nothing and what hubs said are no reason to refuse", func(s *suite) { oddImports(s) }},
	{"archived adapters are found by id, file, name and place", func(s *suite) { foundArchived(s) }},
}
