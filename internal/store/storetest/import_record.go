package storetest

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

// archivedRecords are one record of each kind besides adapters and jobs.
func archivedRecords() []lora.ArchiveRecord {
	at := time.Date(2024, 3, 1, 12, 0, 0, 5000, time.UTC)
	id := "0b7d3b8e-6f6b-4c5a-9a57-1d2a0f1e2c3d"
	first := lora.Composition{ID: id, Name: "Castle", Version: 3, Prefix: "p", Entries: []lora.Composed{{Use: lora.Use{Name: "x", Weight: 0.5}}}, CreatedAt: at, UpdatedAt: at}
	second := first
	second.Version, second.Suffix, second.Restored, second.UpdatedAt = 4, "s", ptr(1), at.Add(time.Hour)
	return []lora.ArchiveRecord{
		{Composition: []lora.Composition{first, second}},
		{Preset: &lora.Preset{ID: id, Name: "Fast", Engine: "e", Params: lora.GenerationParams{Steps: 4}, CreatedAt: at, UpdatedAt: at}},
		{Workflow: &lora.Workflow{Name: "w", Graph: `{"1": {}}`, CreatedAt: at, UpdatedAt: at}},
		{Search: &lora.SavedSearch{ID: id, Name: "Best", Q: "rating:>3", Sort: "name", Order: "asc", CreatedAt: at}},
		{Engine: &lora.EngineConfig{Name: "e", Kind: lora.Forge, URL: "http://e:1", Enabled: true, BaseModels: []string{}}},
		{Setting: &lora.ArchivedSetting{Name: "theme", Value: []byte(`"dark"`)}},
		{Preference: &lora.Preference{
			ID: id, Type: lora.PreferTag, Value: "sea", Confidence: 0.75, LearnedFrom: "explicit", EvidenceCount: 3,
			LastEvidenceAt: at, CreatedAt: at, UpdatedAt: at,
		}},
	}
}

// decidedRecords changes every record after it was imported and imports it again under
// each policy.
func decidedRecords(s *suite) {
	old, now := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Now().UTC()
	const asItWas = `s e {"1": {}} rating:>3 http://e:1 "dark" 0.75`
	for _, c := range []struct {
		policy  lora.ConflictPolicy
		records []lora.ArchiveRecord
		want    string
	}{
		{lora.ConflictKeep, archivedRecords(), asItWas},
		{lora.ConflictKeep, otherRecords("new", now), asItWas},
		{lora.ConflictAsk, otherRecords("new", now), asItWas},
		{lora.ConflictNewest, otherRecords("old", old), asItWas},
		{lora.ConflictNewest, otherRecords("newer", now.Add(time.Hour)), `newer newer {"newer": {}} rating:>3 http://e:1 "dark" 0.5`},
		{lora.ConflictReplace, otherRecords("others", old), `others others {"others": {}} others http://e:1 "others" 0.6`},
	} {
		s.bring(c.policy, c.records)
		if got := s.records(); got != c.want {
			s.Errorf("%s: %s, want %s", c.policy, got, c.want)
		}
	}
	s.bring(lora.ConflictRename, otherRecords("copy", old))
	compositions, err := s.Compositions(s.ctx, "")
	s.ok(err)
	workflows, err := s.Workflows(s.ctx)
	s.ok(err)
	if len(compositions) != 2 || len(workflows) != 2 || workflows[1].Name != "w (2)" {
		s.Errorf("beside: %d compositions, workflows %+v", len(compositions), workflows)
	}
}

// bring imports records under a policy.
func (s *suite) bring(policy lora.ConflictPolicy, records []lora.ArchiveRecord) {
	s.Helper()
	run := s.transfer()
	run.Policy = policy
	list := []lora.ImportStep{}
	for _, r := range records {
		list = append(list, lora.ImportStep{Record: r})
	}
	_, err := s.tryImport(run, list...)
	s.ok(err)
}

// otherRecords are archivedRecords with something else in each.
func otherRecords(text string, at time.Time) []lora.ArchiveRecord {
	r := archivedRecords()
	r[0].Composition[1].Suffix, r[0].Composition[1].UpdatedAt = text, at
	r[1].Preset.Engine, r[1].Preset.UpdatedAt = text, at
	r[2].Workflow.Graph, r[2].Workflow.UpdatedAt = `{"`+text+`": {}}`, at
	r[3].Search.Q = text
	r[4].Engine.URL = "http://" + text
	r[5].Setting.Value = []byte(`"` + text + `"`)
	r[6].Preference.Confidence, r[6].Preference.UpdatedAt = float64(len(text))/10, at
	return r
}

// records tells in one line what is kept of those of otherRecords.
func (s *suite) records() string {
	s.Helper()
	versions, err := s.CompositionVersions(s.ctx, archivedRecords()[0].Composition[0].ID)
	s.ok(err)
	presets, err := s.Presets(s.ctx)
	s.ok(err)
	workflows, err := s.Workflows(s.ctx)
	s.ok(err)
	searches, err := s.SavedSearches(s.ctx)
	s.ok(err)
	engines, err := s.EngineConfigs(s.ctx)
	s.ok(err)
	settings, err := s.Settings(s.ctx)
	s.ok(err)
	preferences, err := s.Preferences(s.ctx)
	s.ok(err)
	return strings.Join([]string{
		versions[0].Suffix, presets[0].Engine, workflows[0].Graph, searches[0].Q, engines[0].URL, string(settings["theme"]),
		strconv.FormatFloat(preferences[0].Confidence, 'g', -1, 64),
	}, " ")
}

// refusedImports tries what the catalog could not have held.
func refusedImports(s *suite) {
	for field, change := range hostileAdapters() {
		a := Archived(3)
		change(&a)
		_, err := s.tryImport(s.transfer(), create(Archived(5)), create(a))
		s.fails(err, lora.Invalid)
		if text := err.Error(); !strings.Contains(text, "'"+field+"'") || field != "name" && !strings.Contains(text, a.Name) || len(text) > 1000 {
			s.Errorf("%s: %s", field, text)
		}
	}
	twice := Archived(5)
	twice.ID = Archived(3).ID
	_, err := s.tryImport(s.transfer(), create(Archived(3)), create(twice))
	s.fails(err, lora.Invalid)
	for what, change := range hostileJobs() {
		job := ArchivedJob(1)
		change(&job)
		_, err := s.tryImport(s.transfer(), create(Archived(5)), bringJob(job))
		if lora.CodeOf(err) != lora.Invalid {
			s.Errorf("a job with %s: %v", what, err)
		}
	}
	for what, record := range hostileRecords() {
		_, err := s.tryImport(s.transfer(), create(Archived(5)), lora.ImportStep{Record: record})
		if lora.CodeOf(err) != lora.Invalid {
			s.Errorf("%s: %v", what, err)
		}
	}
	if left := s.find(""); len(left) != 0 {
		s.Errorf("%d adapters came", len(left))
	}
}

// oddImports brings in what a catalog holds of an empty file, of a file whose trainer
// stated the digest of nothing, and of one a hub was asked about.
func oddImports(s *suite) {
	const nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	empty, stated, asked := Archived(3), Archived(5), Archived(7)
	empty.SHA256, empty.FileSize = ptr(nothing), 0
	empty.Digests = map[string]string{"sha256": nothing, "crc32": "00000000", "autov2": nothing[:10]}
	stated.Claimed = []lora.Claim{{Kind: "sshs", Value: nothing, Source: lora.FromFile}}
	asked.Sources["author_username"] = lora.FromHub
	s.importAll(create(empty), create(stated), create(asked))
	if got := s.adapter(asked.ID); got.Sources["author_username"] != lora.FromHub {
		s.Errorf("the source is %q", got.Sources["author_username"])
	}
	if known, err := s.Digests(s.ctx, stated.ID); err != nil || len(known.Claimed) != 1 || known.Claimed[0].Value != nothing {
		s.Errorf("stated are %+v, %v", known.Claimed, err)
	}
}

func hostileAdapters() map[string]func(a *lora.ArchivedAdapter) {
	long := strings.Repeat("x", 1<<20)
	return map[string]func(a *lora.ArchivedAdapter){
		"weight":          func(a *lora.ArchivedAdapter) { a.Weight = math.NaN() },
		"weight_max":      func(a *lora.ArchivedAdapter) { a.WeightMax = ptr(math.Inf(1)) },
		"name":            func(a *lora.ArchivedAdapter) { a.Name = long },
		"version":         func(a *lora.ArchivedAdapter) { a.Version = ptr("\xff") },
		"notes":           func(a *lora.ArchivedAdapter) { a.Notes = "a\x00b" },
		"description":     func(a *lora.ArchivedAdapter) { a.Description = ptr("\xc3\x28") },
		"author_username": func(a *lora.ArchivedAdapter) { a.AuthorUsername = ptr("\x1b[31m") },
		"tags":            func(a *lora.ArchivedAdapter) { a.Tags = []string{strings.Repeat("x", 3000)} },
		"triggers":        func(a *lora.ArchivedAdapter) { a.Triggers = make([]string, 1001) },
		"ordinal":         func(a *lora.ArchivedAdapter) { a.Ordinal = ptr(math.MaxInt) },
		"rating":          func(a *lora.ArchivedAdapter) { a.Rating = 6 },
		"nsfw_level":      func(a *lora.ArchivedAdapter) { a.NSFWLevel = -1 },
		"base_model":      func(a *lora.ArchivedAdapter) { a.BaseModel = "no such model" },
		"file_state":      func(a *lora.ArchivedAdapter) { a.FileState = "odd" },
		"sources":         func(a *lora.ArchivedAdapter) { a.Sources = map[string]lora.Source{"name": "odd"} },
		"source_url":      func(a *lora.ArchivedAdapter) { a.SourceURL = ptr("javascript:alert(1)") },
		"sha256":          func(a *lora.ArchivedAdapter) { a.SHA256 = ptr("abc") },
		"digests":         func(a *lora.ArchivedAdapter) { a.Digests = map[string]string{"md5": strings.Repeat("a1", 32)} },
		"created_at":      func(a *lora.ArchivedAdapter) { a.CreatedAt = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC) },
		"rel_path":        func(a *lora.ArchivedAdapter) { a.RelPath = "a\x00b" },
		"stats":           func(a *lora.ArchivedAdapter) { a.Stats = map[string]any{"x": math.NaN()} },
		"extra":           func(a *lora.ArchivedAdapter) { a.Extra = map[string]any{"x": long} },
	}
}

func hostileJobs() map[string]func(job *lora.Job) {
	return map[string]func(job *lora.Job){
		"no id":            func(job *lora.Job) { job.ID = "" },
		"a running job":    func(job *lora.Job) { job.Status = lora.JobRunning },
		"an odd kind":      func(job *lora.Job) { job.Kind = "odd" },
		"a rating":         func(job *lora.Job) { job.Rating = ptr(9) },
		"a weight":         func(job *lora.Job) { job.Adapters = []lora.Use{{Weight: math.NaN()}} },
		"parameters":       func(job *lora.Job) { job.Params = []byte("[1") },
		"a time":           func(job *lora.Job) { job.CreatedAt = time.Time{} },
		"a digest":         func(job *lora.Job) { job.Images[0].SHA256 = "../../x" },
		"a type":           func(job *lora.Job) { job.Images[0].Type = "text/html" },
		"a size":           func(job *lora.Job) { job.Images[0].Width = math.MaxInt },
		"two at one place": func(job *lora.Job) { job.Images = append(job.Images, Picture(9)) },
		"a tag":            func(job *lora.Job) { job.Tags = []string{"\xff"} },
	}
}

func hostileRecords() map[string]lora.ArchiveRecord {
	records := make(map[string]lora.ArchiveRecord)
	change := func(what string, f func(r []lora.ArchiveRecord) lora.ArchiveRecord) {
		records[what] = f(archivedRecords())
	}
	composition := func(what string, f func(c []lora.Composition)) {
		change(what, func(r []lora.ArchiveRecord) lora.ArchiveRecord {
			f(r[0].Composition)
			return r[0]
		})
	}
	composition("a composition without a name", func(c []lora.Composition) { c[1].Name = " " })
	composition("versions that do not rise", func(c []lora.Composition) { c[1].Version = 3 })
	composition("versions of two compositions", func(c []lora.Composition) { c[1].ID = uuid.NewString() })
	composition("a weight that is no number", func(c []lora.Composition) { c[0].Entries[0].Weight = math.NaN() })
	composition("too many adapters", func(c []lora.Composition) { c[0].Entries = make([]lora.Composed, 1001) })
	change("a preset without a name", func(r []lora.ArchiveRecord) lora.ArchiveRecord { r[1].Preset.Name = ""; return r[1] })
	change("a workflow that is not JSON", func(r []lora.ArchiveRecord) lora.ArchiveRecord { r[2].Workflow.Graph = "{"; return r[2] })
	change("a search that cannot be read", func(r []lora.ArchiveRecord) lora.ArchiveRecord { r[3].Search.Q = `rating:>x`; return r[3] })
	change("an engine of no kind", func(r []lora.ArchiveRecord) lora.ArchiveRecord { r[4].Engine.Kind = "odd"; return r[4] })
	change("a setting that is not JSON", func(r []lora.ArchiveRecord) lora.ArchiveRecord { r[5].Setting.Value = []byte("{"); return r[5] })
	change("a preference beyond 1", func(r []lora.ArchiveRecord) lora.ArchiveRecord { r[6].Preference.Confidence = 2; return r[6] })
	change("a preference of no type", func(r []lora.ArchiveRecord) lora.ArchiveRecord { r[6].Preference.Type = "odd"; return r[6] })
	return records
}
