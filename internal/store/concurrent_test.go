package store_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"loramanager/internal/catalog"
	"loramanager/internal/store/pgtest"
	"loramanager/internal/store/storetest"
)

// TestPromise4_ReadersSeeEveryWrite lets scans, edits and lists run at once: nobody
// fails, and who has written finds it in the next answer.
func TestPromise4_ReadersSeeEveryWrite(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"sqlite": "", "postgres": pgtest.Database(t)} {
		t.Run(name, func(t *testing.T) {
			s := openURL(t, url, t.TempDir())
			results, err := s.SaveScanned(t.Context(), storetest.Batch(0, 20))
			if err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			for writer := range 4 {
				all.Go(func() {
					id := results[writer].AdapterID
					for i := range 10 {
						note := fmt.Sprintf("writer %d wrote %d times", writer, i)
						value, err := json.Marshal(note)
						if err != nil {
							t.Error(err)
							return
						}
						if _, _, err := s.Patch(t.Context(), id, map[string]json.RawMessage{"notes": value}); err != nil {
							t.Error(err)
							return
						}
						page, r, err := s.List(t.Context(), catalog.Query{Text: `"` + note + `"`})
						if err != nil || r.Filtered != 1 || page[0].ID != id {
							t.Errorf("%q finds %d: %v", note, r.Filtered, err)
							return
						}
					}
				})
			}
			all.Go(func() {
				for i := range 10 {
					if _, err := s.SaveScanned(t.Context(), storetest.Batch(20+i*20, 20)); err != nil {
						t.Error(err)
						return
					}
				}
			})
			all.Wait()
			if _, r, err := s.List(t.Context(), catalog.Query{}); err != nil || r.Total != 220 {
				t.Errorf("%d adapters in the end: %v", r.Total, err)
			}
		})
	}
}
