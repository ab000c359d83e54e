package httpapi

import (
	"testing"

	"loramanager/internal/lora"
)

func TestEachAccountHasItsOwnSettings(t *testing.T) {
	t.Parallel()
	c := openClub(t, 0)
	ann, bob := c.join("ann", lora.Viewer), c.join("bob", lora.Viewer)
	theme := func(h *house) string {
		t.Helper()
		var s Settings
		h.do("GET", "/settings", nil, 200, &s)
		return s.Theme + " " + s.Density
	}
	c.do("PATCH", "/settings", map[string]any{"theme": "light", "density": "compact"}, 200, nil)
	ann.do("PATCH", "/settings", map[string]any{"theme": "dark"}, 200, nil)
	for of, want := range map[*house]string{ann.house: "dark compact", bob.house: "light compact", c.house: "light compact"} {
		if got := theme(of); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestEachAccountHasItsOwnFavouritesAndRatings(t *testing.T) {
	t.Parallel()
	c := openClub(t, 3)
	ann, bob := c.join("ann", lora.Viewer), c.join("bob", lora.Editor)
	id := c.list("").Items[0].ID
	ann.do("PUT", "/adapters/"+id+"/favorite", map[string]any{"is_favorite": true}, 200, nil)
	ann.do("PUT", "/adapters/"+id+"/rating", map[string]any{"rating": 5}, 200, nil)
	bob.do("PATCH", "/adapters/"+id, map[string]any{"rating": 2}, 200, nil)
	if a := ann.read(id); !a.Favorite || a.Rating != 5 {
		t.Errorf("hers: %v %d", a.Favorite, a.Rating)
	}
	if b := bob.read(id); b.Favorite || b.Rating != 2 {
		t.Errorf("his: %v %d", b.Favorite, b.Rating)
	}
	if found := ann.search("is:favorite"); len(found) != 1 {
		t.Errorf("she finds %v", found)
	}
	if found := bob.search("is:favorite"); len(found) != 0 {
		t.Errorf("he finds %v", found)
	}
	var hers, all Summary
	ann.do("GET", "/library/summary", nil, 200, &hers)
	c.do("GET", "/library/summary", nil, 200, &all)
	if hers.Favorites != 1 || all.Favorites != 0 {
		t.Errorf("favourites %d and %d", hers.Favorites, all.Favorites)
	}
}

func TestJobsAreTheirOwners(t *testing.T) {
	t.Parallel()
	c := openClub(t, 0)
	c.do("POST", "/generation/queue/pause", nil, 200, nil)
	ann, bob, olga := c.join("ann", lora.Editor), c.join("bob", lora.Editor), c.join("olga", lora.Operator)
	send := func(by *guest) string {
		t.Helper()
		var queued QueuedReply
		as := *by.house
		as.as = append([]string{"Idempotency-Key: same"}, by.as...)
		as.do("POST", "/generation/queue-generation", map[string]any{"prompt": "a house"}, 200, &queued)
		return queued.DeliveryID
	}
	hers := send(ann)
	if his := send(bob); his == hers {
		t.Error("the same idempotency key of two accounts is one job")
	}
	job, err := c.store.Job(t.Context(), hers)
	if err != nil || job.Account != ann.account.Key {
		t.Errorf("%+v %v", job, err)
	}
	bob.fails("POST", "/generation/jobs/"+hers+"/cancel", "", 403, lora.Forbidden)
	bob.fails("POST", "/generation/jobs/"+hers+"/move", `{"priority":9}`, 403, lora.Forbidden)
	olga.do("POST", "/generation/jobs/"+hers+"/move", map[string]any{"priority": 9}, 200, nil)
	ann.do("POST", "/generation/jobs/"+hers+"/cancel", nil, 200, nil)
	bob.fails("POST", "/generation/jobs/"+hers+"/retry", "", 403, lora.Forbidden)
}
