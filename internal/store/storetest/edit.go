package storetest

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"loramanager/internal/lora"
)

var editTests = []test{
	{"an edit is in the next answer (promise 4)", func(s *suite) {
		ids := s.fill(3)
		s.patch(ids[1], `{"notes":"find me quickly","favorite":true,"rating":5}`)
		s.finds("quickly", ids[1])
		s.finds("is:favorite rating:5", ids[1])
	}},
	{"an edit is refused with a sentence that names the field", func(s *suite) {
		id := s.fill(1)[0]
		for _, c := range []struct{ body, field, message string }{
			{`{}`, "", "No valid fields provided for update"},
			{`{"weight":null}`, "weight", "Field 'weight' must be a number"},
			{`{"active":null}`, "active", "Field 'active' must be a boolean"},
			{`{"tags":null}`, "tags", "Field 'tags' must be a list"},
			{`{"trained_words":null}`, "trained_words", "Field 'trained_words' must be a list"},
			{`{"nsfw_level":null}`, "nsfw_level", "Field 'nsfw_level' must be an integer"},
			{`{"visibility":null}`, "visibility", "Field 'visibility' must be a string"},
			{`{"weight":"1"}`, "weight", "Field 'weight' must be a number"},
			{`{"weight":1e999}`, "weight", "Field 'weight' must be a number"},
			{`{"ordinal":1.5}`, "ordinal", "Field 'ordinal' must be an integer"},
			{`{"ordinal":99999999999}`, "ordinal", "Field 'ordinal' is out of range"},
			{`{"tags":"x"}`, "tags", "Field 'tags' must be a list"},
			{`{"tags":[1]}`, "tags", "Field 'tags' must be a list"},
			{`{"rating":6}`, "rating", "Field 'rating' must be between 0 and 5"},
			{`{"name":"  "}`, "name", "Field 'name' must not be empty"},
			{`{"source_url":"javascript:alert(1)"}`, "source_url", "Field 'source_url' must be an address that begins with https:// or http://"},
			{`{"id":"x"}`, "id", "Field 'id' cannot be edited"},
			{`{"file_size":1}`, "file_size", "Field 'file_size' cannot be edited"},
		} {
			_, err := s.tryPatch(id, c.body)
			s.fails(err, lora.Invalid)
			if e := err.(*lora.Error); e.Field != c.field || e.Message != c.message { //nolint:errcheck,errorlint,forcetypeassert // fails has checked
				s.Errorf("%s: field %q, %q", c.body, e.Field, e.Message)
			}
		}
		_, err := s.tryPatch("unknown", `{}`)
		s.fails(err, lora.NotFound)
	}},
	{"null empties what can be empty", func(s *suite) {
		f := Scanned(0)
		id := s.save(f).AdapterID
		s.patch(id, `{"ordinal":4,"rating":4,"base_model":"sd1","weight_min":0.5}`)
		s.patch(id, `{"ordinal":null,"description":null,"author_username":null,"version":null,"source_url":null,"rating":null,"base_model":null,"weight_min":null}`)
		a := s.adapter(id)
		if a.Ordinal != nil || a.Description != nil || a.AuthorUsername != nil || a.Version != nil || a.SourceURL != nil || a.Rating != 0 || a.WeightMin != nil {
			s.Errorf("not all is empty: %+v", a)
		}
		if a.BaseModel != f.Report.Base.ID || a.Sources["base_model"] != lora.FromFile {
			s.Errorf("the base model is %q from %q, want what the file says", a.BaseModel, a.Sources["base_model"])
		}
	}},
	{"an edit can be undone once, sources included", func(s *suite) {
		id := s.fill(1)[0]
		before := s.adapter(id)
		undo := s.patch(id, `{"weight":0.3,"tags":["x"],"name":"other","base_model":"sd1","notes":"n"}`)
		if s.adapter(id).Name != "other" || undo == "" {
			s.Fatal("not edited")
		}
		undone, err := s.Undo(s.ctx, undo)
		s.ok(err)
		if undone.Action != "edit" || !slices.Equal(undone.IDs, []string{id}) {
			s.Errorf("undone %+v", undone)
		}
		after := s.adapter(id)
		after.UpdatedAt = before.UpdatedAt
		s.same("the adapter", after, before)
		_, err = s.Undo(s.ctx, undo)
		s.fails(err, lora.NotFound)
		if undo := s.patch(id, `{"notes":""}`); undo != "" {
			s.Error("an edit that changes nothing can be undone")
		}
	}},
	{"name and version stay unique", func(s *suite) {
		one, two := s.save(plain("one", "1.safetensors")).AdapterID, s.save(plain("two", "2.safetensors")).AdapterID
		_, err := s.tryPatch(two, `{"name":"one"}`)
		s.fails(err, lora.Conflict)
		undo := s.patch(two, `{"name":"free"}`)
		s.patch(one, `{"name":"two"}`)
		_, err = s.Undo(s.ctx, undo)
		s.fails(err, lora.Conflict)
		s.patch(two, `{"name":"two","version":"2"}`)
	}},
	{"a bulk edit does all, tells what it skipped, and can be undone", func(s *suite) {
		ids := s.fill(2500)
		s.ok(s.setTrashed(ids[7], "t"))
		wanted := append(slices.Clone(ids), ids[0], "unknown")
		result, err := s.Bulk(s.ctx, "favorite", wanted, lora.BulkEdit{Set: map[string]json.RawMessage{"favorite": []byte("true")}})
		s.ok(err)
		if len(result.IDs) != 2499 || len(result.Skipped) != 2 || result.Skipped[0].ID != ids[7] || result.Skipped[1] != (lora.Skipped{ID: "unknown", Reason: lora.NoSuchAdapter}) || result.UndoID == "" {
			s.Fatalf("%d edited, skipped %v, undo %q", len(result.IDs), result.Skipped, result.UndoID)
		}
		if n := len(s.find("is:favorite")); n != 2499 {
			s.Errorf("%d are favourites", n)
		}
		undone, err := s.Undo(s.ctx, result.UndoID)
		s.ok(err)
		if len(undone.IDs) != 2499 || len(s.find("is:favorite")) != 0 {
			s.Errorf("%d undone, %d favourites left", len(undone.IDs), len(s.find("is:favorite")))
		}
	}},
	{"a bulk edit of tags knows no case and changes nothing twice", func(s *suite) {
		f := plain("one", "1.safetensors")
		f.Proposed.Tags = []string{"Anime", "keep"}
		id := s.save(f).AdapterID
		edit := lora.BulkEdit{AddTags: []string{" anime", "new "}, RemoveTags: []string{"KEEP"}}
		_, err := s.Bulk(s.ctx, "add_tags", []string{id}, edit)
		s.ok(err)
		if tags := s.adapter(id).Tags; !slices.Equal(tags, []string{"Anime", "new"}) {
			s.Errorf("tags %q", tags)
		}
		again, err := s.Bulk(s.ctx, "add_tags", []string{id}, edit)
		s.ok(err)
		if len(again.IDs) != 1 || again.UndoID != "" {
			s.Errorf("the second time: %+v", again)
		}
	}},
	{"a bulk edit with one wrong value changes nothing", func(s *suite) {
		ids := s.fill(3)
		_, err := s.Bulk(s.ctx, "set_rating", ids, lora.BulkEdit{Set: map[string]json.RawMessage{"rating": []byte("9")}})
		s.fails(err, lora.Invalid)
		_, err = s.Bulk(s.ctx, "nothing", ids, lora.BulkEdit{})
		s.fails(err, lora.Invalid)
	}},
	{"places can be remembered for undo", func(s *suite) {
		id := s.save(plain("one", "sub/\xff.safetensors")).AdapterID
		places, err := s.Places(s.ctx, []string{id})
		s.ok(err)
		undo, err := s.RememberPlaces(s.ctx, "move", places)
		s.ok(err)
		undone, err := s.Undo(s.ctx, undo)
		s.ok(err)
		if !undone.IsOfFile || undone.Action != "move" || undone.Places[0].RelPath != "sub/\xff.safetensors" {
			s.Errorf("undone %+v", undone)
		}
	}},
	{"places can be remembered before it is known what will move", func(s *suite) {
		ids := s.fill(3)
		places, err := s.Places(s.ctx, ids)
		s.ok(err)
		undo, err := s.RememberPlaces(s.ctx, "move", places)
		s.ok(err)
		s.ok(s.SettlePlaces(s.ctx, undo, "move", places[:2], []lora.Folder{{RootID: RootID, RelPath: "new/\xff"}}))
		undone, err := s.Undo(s.ctx, undo)
		s.ok(err)
		if len(undone.Places) != 2 || len(undone.Made) != 1 || undone.Made[0].RelPath != "new/\xff" {
			s.Errorf("undone %+v", undone)
		}
		undo, err = s.RememberPlaces(s.ctx, "move", places)
		s.ok(err)
		s.ok(s.SettlePlaces(s.ctx, undo, "move", nil, nil))
		_, err = s.Undo(s.ctx, undo)
		s.fails(err, lora.NotFound)
	}},
	{"text may be long, lists and names may not be endless", func(s *suite) {
		id := s.fill(1)[0]
		s.patch(id, `{"notes":"`+strings.Repeat("x", 100_000)+`"}`)
		_, err := s.tryPatch(id, `{"notes":"`+strings.Repeat("x", 2<<20)+`"}`)
		s.fails(err, lora.Invalid)
		_, err = s.tryPatch(id, `{"name":"`+strings.Repeat("x", 600)+`"}`)
		s.fails(err, lora.Invalid)
	}},
}

var createTests = []test{
	{"an adapter is created with defaults and fields from the user", func(s *suite) {
		a, err := s.CreateAdapter(s.ctx, created("mine", "mine.safetensors"))
		s.ok(err)
		if a.Name != "mine" || a.Weight != 0 || a.Visibility != "Public" || a.Active || a.BaseModel != lora.UnknownBase ||
			a.FileState != lora.FileOK || a.FilePath != "/srv/loras/mine.safetensors" || a.Sources["weight"] != lora.FromUser {
			s.Errorf("created %+v", a)
		}
		plainOne, err := s.CreateAdapter(s.ctx, lora.NewAdapter{RootID: RootID, RelPath: "x", Given: lora.Adapter{Name: "x"}, Fields: []string{"name"}})
		s.ok(err)
		if plainOne.Weight != 1 || plainOne.Tags == nil {
			s.Errorf("without fields: weight %v, tags %v", plainOne.Weight, plainOne.Tags)
		}
		_, err = s.CreateAdapter(s.ctx, lora.NewAdapter{RootID: "elsewhere", RelPath: "x"})
		s.fails(err, lora.NotFound)
	}},
	{"a file that a scan listed is adopted", func(s *suite) {
		f := plain("scanned", "mine.safetensors")
		f.Proposed.AuthorUsername = ptr("maker")
		id := s.save(f).AdapterID
		a, err := s.CreateAdapter(s.ctx, created("mine", "mine.safetensors"))
		s.ok(err)
		if a.ID != id || a.Name != "mine" || *a.AuthorUsername != "maker" {
			s.Errorf("adopted %+v", a)
		}
		f.AdapterID = id
		s.save(f)
		if name := s.adapter(id).Name; name != "mine" {
			s.Errorf("after a scan the name is %q", name)
		}
		_, err = s.CreateAdapter(s.ctx, created("mine", "mine.safetensors"))
		s.fails(err, lora.Conflict)
	}},
	{"of 32 that create one name at once exactly one wins (promise 3)", func(s *suite) {
		for _, version := range []*string{nil, ptr("1")} {
			var wins, conflicts int
			var mu sync.Mutex
			var wait sync.WaitGroup
			for i := range 32 {
				wait.Go(func() {
					n := created("contested", "c"+strings.Repeat("x", i)+".safetensors")
					n.Given.Version = version
					n.Fields = append(n.Fields, "version")
					_, err := s.CreateAdapter(s.ctx, n)
					mu.Lock()
					defer mu.Unlock()
					switch lora.CodeOf(err) {
					case "":
						wins++
					case lora.Conflict:
						conflicts++
					default:
						s.Errorf("an error that is no conflict: %v", err)
					}
				})
			}
			wait.Wait()
			if wins != 1 || conflicts != 31 {
				s.Errorf("version %v: %d won, %d conflicts", version, wins, conflicts)
			}
		}
	}},
}

func created(name, rel string) lora.NewAdapter {
	return lora.NewAdapter{
		RootID: RootID, RelPath: rel, Stamp: lora.FileStamp{Size: 10, MtimeNS: 20},
		Given: lora.Adapter{Name: name, Weight: 0}, Fields: []string{"name", "weight"},
	}
}
