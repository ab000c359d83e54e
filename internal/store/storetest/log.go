package storetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"loramanager/internal/lora"
)

var logTests = []test{
	{"the last scans are remembered", func(s *suite) {
		start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		for i := range 60 {
			s.ok(s.SaveScan(s.ctx, lora.Scan{
				ID: fmt.Sprint("scan-", i), State: lora.ScanFinished, StartedAt: start.Add(time.Duration(i) * time.Hour),
				RootIDs: []string{RootID}, Findings: []lora.ScanFinding{}, Counts: lora.ScanCounts{Added: i},
			}))
		}
		scans, err := s.Scans(s.ctx, 3)
		s.ok(err)
		if len(scans) != 3 || scans[0].ID != "scan-59" || scans[0].Counts.Added != 59 || !scans[0].StartedAt.Equal(start.Add(59*time.Hour)) {
			s.Errorf("scans %+v", scans)
		}
		_, err = s.Scan(s.ctx, "scan-3")
		s.fails(err, lora.NotFound)
		scan, err := s.Scan(s.ctx, "scan-30")
		s.ok(err)
		scan.State = lora.ScanFailed
		s.ok(s.SaveScan(s.ctx, scan))
		if again, err := s.Scan(s.ctx, "scan-30"); err != nil || again.State != lora.ScanFailed {
			s.Errorf("replaced: %+v, %v", again, err)
		}
	}},
	{"searches are saved, changed and deleted", func(s *suite) {
		b, err := s.AddSavedSearch(s.ctx, lora.SavedSearch{Name: "b", Q: "tag:x", Sort: "name", Order: "asc"})
		s.ok(err)
		_, err = s.AddSavedSearch(s.ctx, lora.SavedSearch{Name: "A", Q: "", Sort: "rating", Order: "desc"})
		s.ok(err)
		b.Q = "tag:y"
		_, err = s.ReplaceSavedSearch(s.ctx, b)
		s.ok(err)
		list, err := s.SavedSearches(s.ctx)
		s.ok(err)
		if len(list) != 2 || list[0].Name != "A" || list[1].Q != "tag:y" || list[1].CreatedAt.IsZero() {
			s.Errorf("searches %+v", list)
		}
		s.ok(s.DeleteSavedSearch(s.ctx, b.ID))
		s.fails(s.DeleteSavedSearch(s.ctx, b.ID), lora.NotFound)
		_, err = s.ReplaceSavedSearch(s.ctx, b)
		s.fails(err, lora.NotFound)
		_, err = s.AddSavedSearch(s.ctx, lora.SavedSearch{Name: "bad", Q: "nofield:x"})
		s.fails(err, lora.Invalid)
	}},
	{"settings are kept one by one", func(s *suite) {
		_, err := s.PatchSettings(s.ctx, map[string]json.RawMessage{"theme": []byte(`"dark"`), "n": []byte("1")})
		s.ok(err)
		all, err := s.PatchSettings(s.ctx, map[string]json.RawMessage{"n": []byte("2")})
		s.ok(err)
		if string(all["theme"]) != `"dark"` || string(all["n"]) != "2" || len(all) != 2 {
			s.Errorf("settings %s", all)
		}
	}},
	{"what was done is told, latest first", func(s *suite) {
		id := s.fill(1)[0]
		s.patch(id, `{"rating":1}`)
		s.ok(s.setTrashed(id, "t"))
		list, err := s.Activities(s.ctx, 10)
		s.ok(err)
		var keys []string
		for _, a := range list {
			keys = append(keys, a.TextKey)
		}
		if !slices.Equal(keys, []string{"trashed", "edited", "root_added"}) || *list[0].AdapterID != id || list[0].At.IsZero() {
			s.Errorf("activities %v", keys)
		}
		for range 150 {
			s.patch(id, `{"rating":1}`)
			s.patch(id, `{"rating":2}`)
		}
		list, err = s.Activities(s.ctx, 5000)
		s.ok(err)
		if len(list) < 300 || len(list) > 1100 {
			s.Errorf("%d activities are kept", len(list))
		}
		s.ok(s.Ping(s.ctx))
	}},
}
