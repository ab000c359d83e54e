package origin_test

import (
	"slices"
	"strings"
	"testing"

	"loramanager/internal/hub"
	"loramanager/internal/lora"
	"loramanager/internal/origin"
	"loramanager/tests/fakehub"
)

func TestALibraryIsLookedUpAtAllHubs(t *testing.T) {
	t.Parallel()
	k := newKit(t, []string{hub.Civitai, hub.CivArchive, hub.HuggingFace}, 1, 3, 11, 31, 99)
	k.patch(k.id(31), `{"source_url":"https://huggingface.co/mika/paper-cut"}`)
	state := k.lookUp(false)
	if state.Total != 5 || state.Done != 5 || state.Found != 4 || state.Absent != 1 || state.Error != "" || state.Pending != 0 {
		t.Errorf("the run: %+v", state)
	}
	for seed, want := range map[byte]string{1: "civitai 5001 found", 3: "civitai 5003 found", 11: "civarchive 5011 found", 31: "huggingface main found"} {
		s := k.about(seed).Snapshot
		if s == nil || s.Version == nil {
			t.Errorf("nothing is known of %d", seed)
			continue
		}
		if got := s.Hub + " " + s.Version.VersionID + " " + s.State; got != want {
			t.Errorf("%d: %s, want %s", seed, got, want)
		}
	}
	if s := k.about(99).Snapshot; s.State != lora.HubAbsent {
		t.Errorf("a file nobody knows: %+v", s)
	}
	about := k.about(1)
	if about.Snapshot.Version.Creator != "mika" || about.Model == nil || len(about.Model.Versions) != 3 || len(about.Newer) != 1 || about.Newer[0].VersionID != "5002" {
		t.Errorf("what only the model says is missing: %+v", about)
	}
	updates, next, err := k.Updates(t.Context(), "", 10)
	if err != nil || next != "" || len(updates) != 1 || updates[0].AdapterID != k.id(1) || updates[0].Newer[0].VersionID != "5002" {
		t.Errorf("updates %+v, %v", updates, err)
	}
	for _, s := range k.Hubs() {
		if !s.Configured || s.Reachable == nil || !*s.Reachable || s.Error != "" {
			t.Errorf("a hub stands so: %+v", s)
		}
	}
}

func TestPromise1_WhatTheUserSetIsNeverReplaced(t *testing.T) {
	t.Parallel()
	k := newKit(t, []string{hub.Civitai}, 2)
	id := k.id(2)
	k.patch(id, `{"description":"mine","tags":["my tag"]}`)
	before := k.adapter(id)
	k.lookUp(false)
	a := k.adapter(id)
	if a.Name != before.Name || *a.Description != "mine" || !slices.Equal(a.Tags, []string{"my tag"}) || a.Version != nil {
		t.Errorf("replaced: %q %q %q", a.Name, *a.Description, a.Tags)
	}
	if !slices.Equal(a.TrainedWords, []string{"ink wash", "brush", "a scroll"}) || a.Sources["trained_words"] != lora.FromHub || *a.AuthorUsername != "mika" {
		t.Errorf("not filled: %q from %q by %v", a.TrainedWords, a.Sources["trained_words"], a.AuthorUsername)
	}
	if a.BaseModel != before.BaseModel || a.Sources["base_model"] != lora.FromFile {
		t.Errorf("what the file says was replaced: %s from %s", a.BaseModel, a.Sources["base_model"])
	}
	k.ok(k.lib.Rescan(t.Context(), id))
	if a := k.adapter(id); len(a.TrainedWords) != 3 || *a.AuthorUsername != "mika" {
		t.Errorf("a scan took it away: %q", a.TrainedWords)
	}
}

func TestPromise1_FieldsAreAppliedAndCanBeUndone(t *testing.T) {
	t.Parallel()
	k := newKit(t, []string{hub.Civitai}, 2)
	id := k.id(2)
	_, _, err := k.Apply(t.Context(), id, []string{"name"})
	k.fails(err, lora.Conflict, "Look it up first")
	k.lookUp(false)
	before := k.adapter(id)
	var differ []string
	for _, f := range k.about(2).Fields {
		differ = append(differ, f.Field)
	}
	if !slices.Equal(differ, []string{"name", "version"}) {
		t.Errorf("fields that differ: %q", differ)
	}
	a, undo, err := k.Apply(t.Context(), id, []string{"name", "version"})
	if err != nil || a.Name != "Ink Wash" || *a.Version != "v2" || a.Sources["name"] != lora.FromUser || undo == "" {
		t.Fatalf("applied: %q %v %q, %v", a.Name, a.Version, undo, err)
	}
	if _, err := k.store.Undo(t.Context(), undo); err != nil || k.adapter(id).Name != before.Name {
		t.Errorf("undone: %q, %v", k.adapter(id).Name, err)
	}
	for _, fields := range [][]string{nil, {"notes"}, {"weight"}, {"name", "id"}} {
		_, _, err := k.Apply(t.Context(), id, fields)
		k.fails(err, lora.Invalid, "")
	}
}

func TestPromise2_WhatTheHubDeletesIsKeptAndMarked(t *testing.T) {
	t.Parallel()
	k := newKit(t, []string{hub.Civitai, hub.CivArchive}, 1, 2)
	k.lookUp(false)
	k.fake.Change(func(models []fakehub.Model) []fakehub.Model { // also out of CivArchive's reach
		models[0].Versions = slices.Delete(models[0].Versions, 1, 2)
		return models
	})
	if state := k.lookUp(true); state.Found != 1 || state.Absent != 1 || state.Error != "" {
		t.Errorf("the run: %+v", state)
	}
	s := k.about(2).Snapshot
	if s.State != lora.HubGone || s.Version == nil || !slices.Equal(s.Version.TrainedWords, []string{"ink wash", "brush", "a scroll"}) || s.Error == "" {
		t.Errorf("after it was deleted: %+v", s)
	}
	if a := k.adapter(k.id(2)); len(a.TrainedWords) != 3 {
		t.Errorf("its words went with it: %q", a.TrainedWords)
	}
	if s := k.about(1).Snapshot; s.State != lora.HubFound {
		t.Errorf("the other is %s", s.State)
	}
}

func TestPromise2_WhatTheArchiveKnowsDoesNotReplaceIt(t *testing.T) {
	t.Parallel()
	k := newKit(t, []string{hub.Civitai, hub.CivArchive}, 2)
	k.lookUp(false)
	k.fake.Change(func(models []fakehub.Model) []fakehub.Model {
		models[0].Archived = true
		return models
	})
	k.lookUp(true)
	if s := k.about(2).Snapshot; s.Hub != hub.Civitai || s.State != lora.HubGone || s.Version.Creator != "mika" {
		t.Errorf("%s %s", s.Hub, s.State)
	}
}

func TestOnlyThoseThatNeedItAreAskedAbout(t *testing.T) {
	t.Parallel()
	k := newKit(t, []string{hub.Civitai}, 1, 2, 99)
	k.lookUp(false)
	asked := len(k.fake.Seen("by-hash"))
	if state := k.lookUp(false); state.Total != 0 || len(k.fake.Seen("by-hash")) != asked {
		t.Errorf("asked again though all is fresh: %+v", state)
	}
	_, err := k.LookUp(t.Context(), origin.LookUpRequest{AdapterIDs: []string{k.id(2)}, Force: true})
	k.ok(err)
	if state := k.lookedUp(); state.Total != 1 || state.Found != 1 {
		t.Errorf("one by its id: %+v", state)
	}
	_, err = k.LookUp(t.Context(), origin.LookUpRequest{})
	k.fails(err, lora.Invalid, "Name the adapters")
}

func TestOneAnswerThatCannotBeUsedDoesNotStopTheRun(t *testing.T) {
	t.Parallel()
	k := newKit(t, []string{hub.CivArchive}, 1, 3)
	k.fake.Show(fakehub.Broken, 1)
	state := k.lookUp(false)
	if state.Done != 2 || state.Failed != 1 || state.Found != 1 || state.Error != "" {
		t.Errorf("the run: %+v", state)
	}
	if s := k.about(1).Snapshot; s.State != lora.HubFailed || !strings.Contains(s.Error, "ends too soon") {
		t.Errorf("the first: %+v", s)
	}
	if state := k.lookUp(false); state.Total != 1 || state.Found != 1 {
		t.Errorf("what failed is not asked about again: %+v", state)
	}
}

func TestWithoutConfigurationNothingIsAsked(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil, 1)
	_, err := k.LookUp(t.Context(), origin.LookUpRequest{All: true})
	k.fails(err, lora.Invalid, "No hub is configured")
	_, err = k.Peek(t.Context(), origin.FileRequest{Hub: hub.Civitai, VersionID: "5001"})
	k.fails(err, lora.Invalid, "not configured")
	_, err = k.Peek(t.Context(), origin.FileRequest{URL: "https://civitai.com/models/1001"})
	k.fails(err, lora.Invalid, "not the address")
	for _, s := range k.Hubs() {
		if s.Configured || s.Reachable != nil {
			t.Errorf("a hub stands so: %+v", s)
		}
	}
	if seen := k.fake.Seen("/"); len(seen) != 0 {
		t.Errorf("asked: %+v", seen)
	}
}

func TestAPreviewIsFetchedDrawnAnewAndNeverReplaced(t *testing.T) {
	t.Parallel()
	k := newKit(t, []string{hub.Civitai}, 1)
	k.fake.Change(func(models []fakehub.Model) []fakehub.Model {
		models[0].Versions[2].Pictures = []string{k.fake.FileHost() + "/pictures/one"}
		return models
	})
	k.fake.AddPicture("one", []byte("pixels"))
	id := k.id(1)
	k.fails(k.FetchPreview(t.Context(), id, ""), lora.Conflict, "Look it up first")
	k.lookUp(false)
	k.fails(k.FetchPreview(t.Context(), id, "https://169.254.169.254/x"), lora.Invalid, "no such picture")
	k.ok(k.FetchPreview(t.Context(), id, k.fake.FileHost()+"/pictures/one"))
	if a := k.adapter(id); a.Preview == nil {
		t.Error("the adapter has no preview")
	}
	if files := k.files(); !slices.Contains(files, "fileb.preview.jpg") || len(files) != 2 {
		t.Errorf("files %q", files)
	}
	k.fails(k.FetchPreview(t.Context(), id, ""), lora.Conflict, "has a preview already")
}
