package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/storetest"
)

// everybody is all who write to a store: scans, jobs, users.
var everybody = []func(ctx context.Context, s *store.Store, n int) error{
	func(ctx context.Context, s *store.Store, n int) error {
		_, err := s.SaveScanned(ctx, storetest.Batch(100+n%50, 3))
		return err
	},
	func(ctx context.Context, s *store.Store, n int) error {
		return storetest.MakeResult(ctx, s, 1000+n)
	},
	func(ctx context.Context, s *store.Store, n int) error {
		_, err := s.AddComposition(ctx, lora.Composition{Name: fmt.Sprint(n)})
		if err == nil {
			_, err = s.PatchSettings(ctx, map[string]json.RawMessage{"n": json.RawMessage(fmt.Sprint(n))})
		}
		return err
	},
	func(ctx context.Context, s *store.Store, n int) error {
		_, err := s.FavoriteResults(ctx, []string{"job-4", "job-5"}, n%2 == 0)
		return err
	},
}

// TestALoadComesToItsTurnAmongWriters lets everybody write all the time, from two processes
// where the database takes them.
func TestALoadComesToItsTurnAmongWriters(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c database) {
		s := furnishQuickly(t, c).Store
		if _, err := s.CancelJob(t.Context(), "extra-2"); err != nil {
			t.Fatal(err)
		}
		d, other := dumpOf(t, s), s
		if c.name == "postgres" {
			other = openURL(t, c.url, "")
		}
		var stop atomic.Bool
		var writers sync.WaitGroup
		for _, write := range everybody {
			writers.Go(func() {
				for n := 0; !stop.Load(); n++ {
					err := write(t.Context(), []*store.Store{s, other}[n%2], n)
					var known *lora.Error // its job may be gone, or be there already, but nothing else may happen
					if errors.As(err, &known) && known.Code == lora.Internal {
						t.Errorf("a writer: %v", err)
						return
					}
				}
			})
		}
		for range 2 {
			d.loadInto(t, s)
		}
		stop.Store(true)
		writers.Wait()
		d.loadInto(t, s)
		now := dumpOf(t, s)
		for _, table := range []string{"picture", "facet"} { // what was made meanwhile is still known
			delete(d.tables, table)
			delete(now.tables, table)
		}
		for table, content := range d.tables {
			if !bytes.Equal(content.Bytes(), now.tables[table].Bytes()) {
				t.Errorf("in the end %s is\n%.2000s\nand was\n%.2000s", table, now.tables[table], content)
			}
		}
	})
}
