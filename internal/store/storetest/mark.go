package storetest

import (
	"encoding/json"
	"slices"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

var markTests = []test{
	{"each account has favourites and ratings of its own over those of the library", func(s *suite) {
		ids := s.fill(4)
		ada, bob := s.person("ada", lora.Administrator), s.person("bob", lora.Viewer)
		s.patch(ids[0], `{"favorite":true,"rating":5}`)
		updated := s.adapter(ids[0]).UpdatedAt
		s.marked(bob.Key, ids[0], `{"favorite":false,"rating":1}`)
		s.marked(bob.Key, ids[1], `{"favorite":true}`)
		s.marked(ada.Key, ids[2], `{"rating":3}`)
		for _, c := range []struct {
			account int64
			q       string
			want    []string
		}{
			{0, "is:favorite", ids[:1]}, {ada.Key, "is:favorite", ids[:1]}, {bob.Key, "is:favorite", ids[1:2]},
			{0, "rating:5", ids[:1]}, {bob.Key, "rating:5", nil}, {bob.Key, "rating:1", ids[:1]}, {ada.Key, "rating:>=3", []string{ids[0], ids[2]}},
			{bob.Key, "no:rating", ids[1:]}, {0, "has:rating", ids[:1]},
		} {
			s.findsFor(c.account, c.q, c.want...)
		}
		top, _, err := s.List(s.ctx, catalog.Query{Account: ada.Key, Sort: catalog.ByRating, Descending: true, Limit: 2})
		s.ok(err)
		if top[0].ID != ids[0] || top[1].ID != ids[2] || top[1].Rating != 3 || top[0].Rating != 5 || !top[0].Favorite {
			s.Errorf("the best of ada are %s with %d, %s with %d", top[0].ID, top[0].Rating, top[1].ID, top[1].Rating)
		}
		facets, err := s.Facets(s.ctx, catalog.Query{Account: bob.Key})
		s.ok(err)
		if n, err := s.Favorites(s.ctx, bob.Key); err != nil || n != 1 || facets.Flags["favorite"] != 1 {
			s.Errorf("%d favourites, the facet says %d: %v", n, facets.Flags["favorite"], err)
		}
		library := s.adapter(ids[0])
		if !library.Favorite || library.Rating != 5 || !library.UpdatedAt.Equal(updated) {
			s.Errorf("the library's is a favourite %v with %d, changed %s", library.Favorite, library.Rating, library.UpdatedAt)
		}
		shown := []lora.Adapter{library}
		s.ok(s.ShowMarks(s.ctx, bob.Key, shown))
		if shown[0].Favorite || shown[0].Rating != 1 {
			s.Errorf("bob sees %v with %d", shown[0].Favorite, shown[0].Rating)
		}
		s.marked(bob.Key, ids[0], `{"rating":null}`)
		s.findsFor(bob.Key, "has:rating")
	}},
	{"an edit of one's own is undone by nobody else, and noted for nobody", func(s *suite) {
		id := s.fill(1)[0]
		bob := s.person("bob", lora.Administrator)
		noted, err := s.Activities(s.ctx, 100)
		s.ok(err)
		undo := s.marked(bob.Key, id, `{"favorite":true,"rating":4}`)
		s.marked(bob.Key, id, `{"rating":2}`)
		if again := s.marked(bob.Key, id, `{"rating":2}`); again != "" {
			s.Error("an edit that changes nothing can be undone")
		}
		after, err := s.Activities(s.ctx, 100)
		s.ok(err)
		if len(after) != len(noted) {
			s.Errorf("%+v was noted", after[0])
		}
		for _, other := range []int64{0, bob.Key + 1} {
			_, err = s.UndoFor(s.ctx, other, undo)
			s.fails(err, lora.NotFound)
		}
		undone, err := s.UndoFor(s.ctx, bob.Key, undo)
		s.ok(err)
		s.same("what was undone", undone.IDs, []string{id})
		s.findsFor(bob.Key, "is:favorite")
		s.findsFor(bob.Key, "has:rating")
		s.patch(id, `{"favorite":true}`) // the mark is gone, so the library's shows
		s.findsFor(bob.Key, "is:favorite", id)
	}},
	{"an edit changes the library and one's own at once, and both are undone", func(s *suite) {
		id := s.fill(1)[0]
		bob := s.person("bob", lora.Administrator)
		before := s.adapter(id)
		undo := s.marked(bob.Key, id, `{"favorite":true,"notes":"mine","weight":0.3}`)
		if a := s.adapter(id); a.Favorite || a.Notes != "mine" {
			s.Errorf("a favourite of all: %v, notes %q", a.Favorite, a.Notes)
		}
		_, err := s.UndoFor(s.ctx, bob.Key, undo)
		s.ok(err)
		s.findsFor(bob.Key, "is:favorite")
		after := s.adapter(id)
		after.UpdatedAt = before.UpdatedAt
		s.same("the adapter", after, before)
		for _, wrong := range []string{`{"rating":9}`, `{"favorite":"yes"}`, `{"favorite":null}`, `{}`} {
			_, _, err := s.tryMark(bob.Key, id, wrong)
			s.fails(err, lora.Invalid)
		}
		_, _, err = s.tryMark(bob.Key, "unknown", `{"rating":1}`)
		s.fails(err, lora.NotFound)
	}},
	{"many are marked at once, and a deleted account's marks are gone", func(s *suite) {
		ids := s.fill(2500)
		ada, bob := s.person("ada", lora.Administrator), s.person("bob", lora.Viewer)
		s.ok(s.setTrashed(ids[7], "t"))
		s.marked(bob.Key, ids[0], `{"favorite":true}`)
		edit := lora.BulkEdit{Account: bob.Key, Set: map[string]json.RawMessage{"favorite": []byte("true"), "rating": []byte("4")}, AddTags: []string{"bulk"}}
		matching, err := s.MatchingIDs(s.ctx, catalog.Query{Account: bob.Key, Text: "no:rating"})
		s.ok(err)
		result, err := s.Bulk(s.ctx, "favorite", append(matching, "unknown", ids[7]), edit)
		s.ok(err)
		if len(result.IDs) != 2499 || len(result.Skipped) != 2 || result.UndoID == "" {
			s.Fatalf("%d edited, skipped %v, undo %q", len(result.IDs), result.Skipped, result.UndoID)
		}
		again, err := s.Bulk(s.ctx, "favorite", matching, edit)
		s.ok(err)
		if len(again.IDs) != 2499 || again.UndoID != "" {
			s.Errorf("the second time %d, to be undone by %q", len(again.IDs), again.UndoID)
		}
		for account, want := range map[int64]int{0: 0, ada.Key: 0, bob.Key: 2499} {
			if n := len(s.findFor(account, "is:favorite rating:4 tag:bulk")); n != want {
				s.Errorf("account %d has %d favourites, want %d", account, n, want)
			}
		}
		undone, err := s.UndoFor(s.ctx, bob.Key, result.UndoID)
		s.ok(err)
		if len(undone.IDs) != 2499 {
			s.Errorf("%d undone", len(undone.IDs))
		}
		s.findsFor(bob.Key, "is:favorite", ids[0])
		if n := len(s.find("tag:bulk")); n != 0 {
			s.Errorf("%d are still tagged", n)
		}
		_, _, err = s.RemoveAccount(s.ctx, bob.ID)
		s.ok(err)
		_, _, err = s.tryMark(bob.Key, ids[1], `{"rating":1}`)
		s.fails(err, lora.NotFound)
		_, err = s.Bulk(s.ctx, "favorite", ids, edit)
		s.fails(err, lora.NotFound)
		s.patch(ids[1], `{"notes":"the catalog changes"}`)
		shown := []lora.Adapter{s.adapter(ids[0])}
		s.ok(s.ShowMarks(s.ctx, bob.Key, shown))
		if shown[0].Favorite {
			s.Error("the mark of a deleted account is still there")
		}
	}},
	{"a deleted adapter takes its marks along", func(s *suite) {
		ids := s.fill(3)
		bob := s.person("bob", lora.Administrator)
		s.marked(bob.Key, ids[0], `{"favorite":true}`)
		s.marked(bob.Key, ids[1], `{"favorite":true}`)
		_, err := s.DeleteAdapters(s.ctx, ids[:1])
		s.ok(err)
		s.save(plain("new", "new.safetensors"))
		s.findsFor(bob.Key, "is:favorite", ids[1])
	}},
}

// marked edits an adapter as an account and returns the id to undo it with.
func (s *suite) marked(account int64, id, body string) string {
	s.Helper()
	_, undo, err := s.tryMark(account, id, body)
	s.ok(err)
	return undo
}

func (s *suite) tryMark(account int64, id, body string) (lora.Adapter, string, error) {
	s.Helper()
	var patch map[string]json.RawMessage
	s.ok(json.Unmarshal([]byte(body), &patch))
	return s.PatchFor(s.ctx, account, id, patch)
}

func (s *suite) findFor(account int64, q string) []string {
	s.Helper()
	ids, err := s.MatchingIDs(s.ctx, catalog.Query{Account: account, Text: q})
	s.ok(err)
	slices.Sort(ids)
	return ids
}

func (s *suite) findsFor(account int64, q string, want ...string) {
	s.Helper()
	want = slices.Sorted(slices.Values(want))
	if got := s.findFor(account, q); !slices.Equal(got, want) {
		s.Errorf("%q of account %d finds %v, want %v", q, account, got, want)
	}
}
