package storetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"loramanager/internal/lora"
)

var hubTests = []test{
	{"what a hub said fills what is empty, and nothing else", hubFillsTheEmpty},
	{"what a hub filled outlasts a scan, until the disk says something", hubOutlastsScans},
	{"what a hub once said stays when it is gone, absent or does not answer", hubKeepsTheGood},
	{"adapters are asked about until hubs have answered, and again when that is old", hubAsksAgain},
	{"updates are newer versions for the same base model, neither here nor ignored", hubUpdates},
	{"updates come in pages", hubUpdatePages},
	{"downloads keep their order, their address and their tag", downloadsKept},
	{"an adapter that was downloaded knows from where", downloadsFinish},
}

// hubVersion is a version of the model 1001.
func hubVersion(id string) *lora.HubVersion {
	return &lora.HubVersion{
		Hub: "civitai", ModelID: "1001", VersionID: id, ModelName: "Ink", Name: "v" + id, TrainedWords: []string{"b", "a"},
		Tags: []string{}, Files: []lora.HubFile{}, Images: []lora.HubImage{},
	}
}

func hubFinding(adapterID, state string, v *lora.HubVersion) lora.HubFinding {
	return lora.HubFinding{HubSnapshot: lora.HubSnapshot{AdapterID: adapterID, Hub: "civitai", State: state, Version: v, LookedUpAt: time.Now().UTC().Truncate(time.Microsecond)}}
}

// fillWith is what a hub fills in hubFillsTheEmpty.
func fillWith(values string) map[string]json.RawMessage {
	var fill map[string]json.RawMessage
	if err := json.Unmarshal([]byte(values), &fill); err != nil {
		panic(err) // the tests' own words
	}
	return fill
}

func hubFillsTheEmpty(s *suite) {
	f := plain("mine", "1.safetensors")
	f.Proposed.Tags, f.Proposed.Sources["tags"] = []string{"from a sidecar"}, lora.FromSidecar
	id := s.save(f).AdapterID
	s.patch(id, `{"description":"x","trained_words":["x"]}`)
	s.patch(id, `{"description":null,"trained_words":[]}`)
	s.patch(id, `{"author_username":"me"}`)
	finding := hubFinding(id, lora.HubFound, hubVersion("1"))
	finding.Fill = fillWith(`{"description":"<p>x</p>","trained_words":["b","a"],"author_username":"they","tags":["t"],"base_model":"flux1","nsfw_level":4,
		"source_url":"https://civitai.com/models/1001","weight":7,"kind":"x","no such field":1,"notes":17}`)
	s.ok(s.PutHubFindings(s.ctx, []lora.HubFinding{finding, hubFinding("unknown", lora.HubFound, hubVersion("1"))}))
	a := s.adapter(id)
	if a.Description != nil || len(a.TrainedWords) != 0 || *a.AuthorUsername != "me" {
		s.Errorf("what the user set was replaced, emptied fields included: %v %v %v", a.Description, a.TrainedWords, *a.AuthorUsername)
	}
	if a.Tags[0] != "from a sidecar" || a.BaseModel != "sdxl" || a.Weight != 1 || a.Kind != "lora" || a.Notes != "" {
		s.Errorf("what was known was replaced: %v %s %g %s", a.Tags, a.BaseModel, a.Weight, a.Kind)
	}
	if a.NSFWLevel != 4 || a.SourceURL == nil || a.Sources["nsfw_level"] != lora.FromHub || a.Sources["source_url"] != lora.FromHub {
		s.Errorf("what was empty was not filled: %d %v %v", a.NSFWLevel, a.SourceURL, a.Sources)
	}
	s.finds("author:me", id)
	finding.Fill = fillWith(`{"nsfw_level":8}`)
	s.ok(s.PutHubFindings(s.ctx, []lora.HubFinding{finding}))
	if a := s.adapter(id); a.NSFWLevel != 8 {
		s.Errorf("a hub may correct itself: %d", a.NSFWLevel)
	}
}

func hubOutlastsScans(s *suite) {
	f := plain("mine", "1.safetensors")
	f.Proposed.BaseModel = lora.UnknownBase
	f.AdapterID = s.save(f).AdapterID
	finding := hubFinding(f.AdapterID, lora.HubFound, hubVersion("1"))
	finding.Fill = fillWith(`{"trained_words":["b","a"],"description":"hub","base_model":"flux1"}`)
	s.ok(s.PutHubFindings(s.ctx, []lora.HubFinding{finding}))
	description := "a sidecar came"
	f.Proposed.Description, f.Proposed.Sources["description"] = &description, lora.FromSidecar
	s.save(f)
	a := s.adapter(f.AdapterID)
	if !slices.Equal(a.TrainedWords, []string{"b", "a"}) || a.Sources["trained_words"] != lora.FromHub || a.BaseModel != "flux1" {
		s.Errorf("a scan took what the hub said: %v %v %s", a.TrainedWords, a.Sources, a.BaseModel)
	}
	if *a.Description != description || a.Sources["description"] != lora.FromSidecar {
		s.Errorf("the sidecar does not count more: %s", *a.Description)
	}
}

func hubKeepsTheGood(s *suite) {
	id := s.fill(1)[0]
	snapshot, err := s.HubSnapshot(s.ctx, id)
	s.ok(err)
	if snapshot != nil {
		s.Errorf("before the first look-up: %+v", snapshot)
	}
	_, err = s.HubSnapshot(s.ctx, "unknown")
	s.fails(err, lora.NotFound)
	put := func(state, why string, v *lora.HubVersion) *lora.HubSnapshot {
		s.Helper()
		f := hubFinding(id, state, v)
		f.Error = why
		s.ok(s.PutHubFindings(s.ctx, []lora.HubFinding{f}))
		kept, err := s.HubSnapshot(s.ctx, id)
		s.ok(err)
		return kept
	}
	for _, state := range []string{lora.HubFailed, lora.HubAbsent} {
		if kept := put(state, "why", nil); kept.State != state || kept.Version != nil || kept.Error != "why" {
			s.Errorf("%s: %+v", state, kept)
		}
	}
	found := put(lora.HubFound, "", hubVersion("1"))
	s.same("the version", found.Version, hubVersion("1"))
	if kept := put(lora.HubFailed, "it was sick", nil); kept.State != lora.HubFound || kept.Version == nil || kept.Error != "it was sick" || !kept.LookedUpAt.Equal(found.LookedUpAt) {
		s.Errorf("after a failure: %+v", kept)
	}
	if kept := put(lora.HubAbsent, "", nil); kept.State != lora.HubFound || kept.Version == nil {
		s.Errorf("after another hub did not know it: %+v", kept)
	}
	if kept := put(lora.HubGone, "deleted", nil); kept.State != lora.HubGone || kept.Version == nil || kept.Hub != "civitai" || kept.Error != "deleted" {
		s.Errorf("after it was deleted there: %+v", kept)
	}
	if kept := put(lora.HubFound, "", hubVersion("2")); kept.State != lora.HubFound || kept.Version.VersionID != "2" || kept.Error != "" {
		s.Errorf("after it came back: %+v", kept)
	}
}

func hubAsksAgain(s *suite) {
	ids := s.fill(4)
	claimed := plain("claimed", "claimed.safetensors")
	claimed.ClaimedDigests = map[string]string{"sha256": hex("5e"), "autov3": hex("6f")}
	both := plain("both", "both.safetensors")
	both.ClaimedDigests = map[string]string{"sha256": hex("7a")}
	claimedID, bothID := s.save(claimed).AdapterID, s.save(both).AdapterID
	s.ok(s.SaveDigests(s.ctx, bothID, both.Stamp, map[string]string{"sha256": hex("1a"), "autov3": hex("2b")}))
	long := time.Now().Add(-30 * 24 * time.Hour)
	queries, next, err := s.HubQueries(s.ctx, []string{ids[1], claimedID, bothID}, long, 0, 2)
	s.ok(err)
	// The second generated file has no page and no digest: nothing can be asked about it.
	if len(queries) != 2 || next == 0 || queries[0].AdapterID != claimedID || queries[0].Digests["sha256"] != hex("5e") || queries[0].Digests["autov3"] != hex("6f") {
		s.Fatalf("queries %+v, next %d", queries, next)
	}
	if queries[1].AdapterID != bothID || queries[1].Digests["sha256"] != hex("1a") || queries[1].Digests["autov3"] != hex("2b") {
		s.Errorf("what is computed does not go before what is claimed: %+v", queries[1])
	}
	queries, next, err = s.HubQueries(s.ctx, []string{claimedID, bothID}, long, next, 2)
	s.ok(err)
	if len(queries) != 0 || next != 0 {
		s.Errorf("behind the last: %+v, %d", queries, next)
	}
	pending := func(since time.Time) int {
		s.Helper()
		n, err := s.HubPending(s.ctx, []string{claimedID, bothID}, since)
		s.ok(err)
		return n
	}
	if n := pending(long); n != 2 {
		s.Errorf("%d wait, want 2", n)
	}
	s.ok(s.PutHubFindings(s.ctx, []lora.HubFinding{hubFinding(claimedID, lora.HubFound, hubVersion("1")), hubFinding(bothID, lora.HubFailed, nil)}))
	if n := pending(long); n != 1 {
		s.Errorf("%d wait after an answer and a failure, want 1", n)
	}
	if n := pending(time.Now().Add(time.Minute)); n != 2 {
		s.Errorf("%d wait when the answers are old, want 2", n)
	}
	queries, _, err = s.HubQueries(s.ctx, []string{claimedID}, time.Now().Add(time.Minute), 0, 5)
	s.ok(err)
	if queries[0].Hub != "civitai" || queries[0].ModelID != "1001" || queries[0].VersionID != "1" {
		s.Errorf("what was found before is not told: %+v", queries[0])
	}
	s.ok(s.setTrashed(bothID, "x"))
	if n := pending(long); n != 0 {
		s.Errorf("%d wait, though the file lies in the trash", n)
	}
}

// hubModel has the versions 4 (for another base), 3, 2 and 1.
func hubModel(id string) lora.HubModel {
	m := lora.HubModel{Hub: "civitai", ModelID: id, Name: "Ink", FetchedAt: time.Now().UTC().Truncate(time.Microsecond)}
	for n := 4; n >= 1; n-- {
		v := hubVersion(fmt.Sprint(n))
		v.ModelID, v.BaseModel = id, "SDXL 1.0"
		if n == 4 {
			v.BaseModel = "Flux.1 D"
		}
		m.Versions = append(m.Versions, *v)
	}
	return m
}

func (s *suite) updates() []string {
	s.Helper()
	list, next, err := s.HubUpdates(s.ctx, "", 100)
	s.ok(err)
	if next != "" {
		s.Errorf("there is more behind %q", next)
	}
	told := []string{}
	for _, u := range list {
		line := u.AdapterID[:4] + " " + u.VersionName + ":"
		for _, v := range u.Newer {
			line += " " + v.VersionID
		}
		told = append(told, line)
	}
	return told
}

func hubUpdates(s *suite) {
	ids := s.fill(2)
	s.ok(s.PutHubModels(s.ctx, []lora.HubModel{hubModel("1001")}))
	if got := s.updates(); len(got) != 0 {
		s.Errorf("updates of nothing: %q", got)
	}
	s.ok(s.PutHubFindings(s.ctx, []lora.HubFinding{hubFinding(ids[0], lora.HubFound, hubVersion("1"))}))
	check := func(when string, want ...string) {
		s.Helper()
		if got := s.updates(); !slices.Equal(got, want) {
			s.Errorf("%s: %q, want %q", when, got, want)
		}
	}
	one, two := ids[0][:4], ids[1][:4]
	check("with the first version here", one+" v1: 3 2")
	ignored := lora.HubIgnored{Hub: "civitai", ModelID: "1001", VersionID: "3"}
	s.ok(s.IgnoreHub(s.ctx, ignored))
	s.ok(s.IgnoreHub(s.ctx, ignored))
	check("with a version ignored", one+" v1: 2")
	s.ok(s.UnignoreHub(s.ctx, ignored))
	s.fails(s.UnignoreHub(s.ctx, ignored), lora.NotFound)
	s.ok(s.IgnoreHub(s.ctx, lora.HubIgnored{Hub: "civitai", ModelID: "1001"}))
	check("with the model ignored")
	list, err := s.HubIgnored(s.ctx, "civitai", "1001")
	s.ok(err)
	if len(list) != 1 || list[0].VersionID != "" || list[0].CreatedAt.IsZero() {
		s.Errorf("ignored: %+v", list)
	}
	s.ok(s.UnignoreHub(s.ctx, list[0]))
	s.ok(s.PutHubFindings(s.ctx, []lora.HubFinding{hubFinding(ids[1], lora.HubFound, hubVersion("2"))}))
	check("with two versions here", two+" v2: 3")
	s.ok(s.setTrashed(ids[1], "x"))
	check("with the second in the trash", one+" v1: 3 2")
	s.ok(s.PutHubFindings(s.ctx, []lora.HubFinding{hubFinding(ids[0], lora.HubFound, hubVersion("9"))}))
	check("with a version the model does not list")
	kept, err := s.HubModel(s.ctx, "civitai", "1001")
	s.ok(err)
	if kept == nil || len(kept.Versions) != 4 {
		s.Errorf("the model: %+v", kept)
	}
	fresh, err := s.FreshHubModels(s.ctx, "civitai", []string{"1001", "7"}, time.Now().Add(-time.Hour))
	s.ok(err)
	old, err := s.FreshHubModels(s.ctx, "civitai", []string{"1001"}, time.Now().Add(time.Hour))
	s.ok(err)
	if len(fresh) != 1 || len(old) != 0 {
		s.Errorf("%d fresh and %d old models", len(fresh), len(old))
	}
}

func hubUpdatePages(s *suite) {
	ids := s.fill(5)
	var models []lora.HubModel
	var findings []lora.HubFinding
	for i, id := range ids {
		m := hubModel(fmt.Sprint(i))
		models = append(models, m)
		findings = append(findings, hubFinding(id, lora.HubFound, &m.Versions[3]))
	}
	s.ok(s.PutHubModels(s.ctx, models))
	s.ok(s.PutHubFindings(s.ctx, findings))
	var got []string
	after, pages := "", 0
	for pages < 9 {
		pages++
		list, next, err := s.HubUpdates(s.ctx, after, 2)
		s.ok(err)
		for _, u := range list {
			got = append(got, u.AdapterID)
		}
		if after = next; next == "" {
			break
		}
	}
	if !slices.Equal(got, ids) || pages != 3 {
		s.Errorf("%d pages of %v, want %v", pages, got, ids)
	}
	_, _, err := s.HubUpdates(s.ctx, "x", 2)
	s.fails(err, lora.Invalid)
}

func download(id string) lora.Download {
	return lora.Download{ID: id, Hub: "civitai", State: lora.DownloadQueued, Name: "ink", FileName: "ink.safetensors", URL: "https://x/" + id, ETag: `"` + id + `"`, CreatedAt: time.Now().UTC().Truncate(time.Microsecond)}
}

func downloadsKept(s *suite) {
	var want []lora.Download
	for _, id := range []string{"a", "b", "c"} {
		want = append(want, download(id))
		s.ok(s.PutDownload(s.ctx, download(id)))
	}
	list, err := s.Downloads(s.ctx)
	s.ok(err)
	if len(list) != 3 || list[1].URL != "https://x/b" || list[1].ETag != `"b"` {
		s.Fatalf("downloads %+v", list)
	}
	want[0] = list[0]
	want[0].State, want[0].Bytes = lora.DownloadPaused, 17
	s.ok(s.PutDownload(s.ctx, want[0]))
	s.ok(s.OrderDownloads(s.ctx, []string{"c", "a"}))
	s.ok(s.DeleteDownload(s.ctx, "b"))
	s.ok(s.PutDownload(s.ctx, download("d")))
	list, err = s.Downloads(s.ctx)
	s.ok(err)
	var order []string
	for _, d := range list {
		order = append(order, d.ID+string(d.State))
	}
	if got := strings.Join(order, " "); got != "cqueued apaused dqueued" {
		s.Errorf("the order is %s", got)
	}
}

func downloadsFinish(s *suite) {
	f := plain("ink", "ink.safetensors")
	id := s.save(f).AdapterID
	at, err := s.AdapterAt(s.ctx, RootID, "ink.safetensors")
	s.ok(err)
	none, err := s.AdapterAt(s.ctx, RootID, "other.safetensors")
	s.ok(err)
	if at != id || none != "" {
		s.Errorf("at its place lies %q, elsewhere %q", at, none)
	}
	s.ok(s.SaveDigests(s.ctx, id, f.Stamp, map[string]string{"sha256": hex("1a")}))
	of, err := s.AdaptersOf(s.ctx, hex("1a"))
	s.ok(err)
	if !slices.Equal(of, []string{id}) {
		s.Errorf("with its digest: %v", of)
	}
	d := download("a")
	d.State, d.AdapterID = lora.DownloadDone, id
	s.ok(s.FinishDownload(s.ctx, d, "https://civitai.com/models/1001"))
	s.ok(s.FinishDownload(s.ctx, d, "https://civitai.com/models/1001"))
	var origin string
	s.ok(s.Export(s.ctx, lora.ExportScope{Adapters: true}, func(r lora.ArchiveRecord) error {
		if r.Adapter != nil && r.Adapter.ID == id {
			origin = r.Adapter.Origin
		}
		return nil
	}))
	if origin != "download" {
		s.Errorf("an export says it came from %q", origin)
	}
}
