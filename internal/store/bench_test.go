//go:build unix

package store_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/storetest"
)

const benchSize = 100_000

// filled is a folder with a database of 100,000 adapters, made once and removed by
// TestMain.
var filled = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "store-bench")
	if err != nil {
		return "", err
	}
	benchFolder = dir
	s, err := store.Open(benchContext, store.Options{DataDir: dir})
	if err != nil {
		return "", err
	}
	for from := 0; from < benchSize; from += 500 {
		if _, err := s.SaveScanned(benchContext, storetest.Batch(from, 500)); err != nil {
			return "", err
		}
	}
	return dir, s.Close()
})

// open100k opens the filled database and waits until it answers.
func open100k(b *testing.B) *store.Store {
	b.Helper()
	dir, err := filled()
	if err != nil {
		b.Fatal(err)
	}
	s := openURL(b, "", dir)
	if _, r, err := s.List(b.Context(), catalog.Query{Limit: 1}); err != nil || r.Total != benchSize {
		b.Fatalf("%d adapters: %v", r.Total, err)
	}
	return s
}

// cpu reports the processor time of a benchmark: on a machine that others use too it
// says more than the time that passed.
func cpu(b *testing.B) {
	b.Helper()
	start := processorTime(b)
	b.Cleanup(func() { b.ReportMetric(float64(processorTime(b)-start)/float64(b.N)/1e6, "cpu-ms/op") })
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// times collects how long each step took, for a percentile.
type times []time.Duration

func (ts *times) measure(f func()) {
	start := time.Now()
	f()
	*ts = append(*ts, time.Since(start))
}

func (ts times) report(b *testing.B) {
	slices.Sort(ts)
	b.ReportMetric(float64(ts[len(ts)*95/100].Microseconds())/1000, "p95-ms")
}

func must(b *testing.B, err error) {
	if err != nil {
		b.Helper()
		b.Fatal(err)
	}
}

// BenchmarkSaveScanned saves batches of 500 new files into a growing database.
func BenchmarkSaveScanned(b *testing.B) {
	s := openURL(b, "", b.TempDir())
	n := 0
	var spent time.Duration
	for b.Loop() {
		b.StopTimer()
		batch := storetest.Batch(n, 500)
		n += 500
		before := processorTime(b)
		b.StartTimer()
		_, err := s.SaveScanned(b.Context(), batch)
		must(b, err)
		b.StopTimer()
		spent += processorTime(b) - before
		b.StartTimer()
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "files/s")
	b.ReportMetric(float64(n)/spent.Seconds(), "files/cpu-s")
}

func BenchmarkOpen100k(b *testing.B) {
	dir, err := filled()
	must(b, err)
	var ready, first times
	for b.Loop() {
		var s *store.Store
		ready.measure(func() {
			s, err = store.Open(b.Context(), store.Options{DataDir: dir})
			must(b, err)
		})
		first.measure(func() {
			_, _, err := s.List(b.Context(), catalog.Query{Limit: 100})
			must(b, err)
		})
		must(b, s.Close())
	}
	cpuOf := func(ts times) float64 { slices.Sort(ts); return float64(ts[len(ts)/2].Microseconds()) / 1000 }
	b.ReportMetric(cpuOf(ready), "ready-ms")
	b.ReportMetric(cpuOf(first), "first-list-ms")
}

func BenchmarkListPage100k(b *testing.B) {
	s := open100k(b)
	for _, c := range []catalog.Query{
		{}, {Offset: 50_000}, {Sort: catalog.ByAdded, Descending: true, Offset: 99_000}, {Text: "dragon"}, {Text: "base:sdxl an", Sort: catalog.ByRelevance},
	} {
		c.Limit = 100
		b.Run(fmt.Sprintf("%s,%q from %d", c.Sort, c.Text, c.Offset), func(b *testing.B) {
			var ts times
			cpu(b)
			for b.Loop() {
				ts.measure(func() {
					_, _, err := s.List(b.Context(), c)
					must(b, err)
				})
			}
			ts.report(b)
		})
	}
}

// BenchmarkOwnListPage100k lists for the library, and for an account with 5,000 marks.
func BenchmarkOwnListPage100k(b *testing.B) {
	s := open100k(b)
	ids, err := s.MatchingIDs(b.Context(), catalog.Query{})
	must(b, err)
	name := fmt.Sprint("marker ", time.Now().UnixNano()) // the database is kept from one run to the next
	marker, err := s.AddAccount(b.Context(), lora.Account{Name: name, Role: lora.Viewer}, lora.Credentials{})
	must(b, err)
	for i, value := range []string{"true", "false"} {
		_, err = s.Bulk(b.Context(), "mark", ids[i*2500:(i+1)*2500], lora.BulkEdit{Account: marker.Key, Set: map[string]json.RawMessage{"favorite": []byte(value), "rating": []byte("4")}})
		must(b, err)
	}
	for _, c := range []catalog.Query{
		{}, {Offset: 50_000}, {Sort: catalog.ByRating, Descending: true}, {Text: "dragon"}, {Text: "is:favorite", Sort: catalog.ByRating},
	} {
		for _, c.Account = range []int64{0, marker.Key} {
			c.Limit = 100
			b.Run(fmt.Sprintf("%s,%q from %d/own %v", c.Sort, c.Text, c.Offset, c.Account != 0), func(b *testing.B) {
				var ts times
				cpu(b)
				for b.Loop() {
					ts.measure(func() {
						_, _, err := s.List(b.Context(), c)
						must(b, err)
					})
				}
				ts.report(b)
			})
		}
	}
}

func BenchmarkFacets100k(b *testing.B) {
	s := open100k(b)
	var ts times
	cpu(b)
	for b.Loop() {
		ts.measure(func() {
			_, err := s.Facets(b.Context(), catalog.Query{Text: "base:sdxl"})
			must(b, err)
		})
	}
	ts.report(b)
}

// BenchmarkSaveNote100k saves a note and reads the list again, which must show it.
func BenchmarkSaveNote100k(b *testing.B) {
	s := open100k(b)
	ids, err := s.MatchingIDs(b.Context(), catalog.Query{})
	must(b, err)
	var saved, listed times
	n := 0
	cpu(b)
	for b.Loop() {
		n++
		note, err := json.Marshal(fmt.Sprint("note ", n))
		must(b, err)
		saved.measure(func() {
			_, _, err := s.Patch(b.Context(), ids[n*7919%len(ids)], map[string]json.RawMessage{"notes": note, "favorite": []byte("true")})
			must(b, err)
		})
		listed.measure(func() {
			_, _, err := s.List(b.Context(), catalog.Query{Limit: 100})
			must(b, err)
		})
	}
	slices.Sort(listed)
	b.ReportMetric(float64(listed[len(listed)*95/100].Microseconds())/1000, "p95-list-ms")
	saved.report(b)
}

func BenchmarkKnownFiles100k(b *testing.B) {
	s := open100k(b)
	cpu(b)
	for b.Loop() {
		files, err := s.KnownFiles(b.Context(), storetest.RootID)
		if err != nil || len(files) != benchSize {
			b.Fatalf("%d files: %v", len(files), err)
		}
	}
}

func BenchmarkBulk100k(b *testing.B) {
	s := open100k(b)
	ids, err := s.MatchingIDs(b.Context(), catalog.Query{})
	must(b, err)
	on := false
	cpu(b)
	for b.Loop() {
		on = !on
		value, err := json.Marshal(on)
		must(b, err)
		_, err = s.Bulk(b.Context(), "activate", ids, lora.BulkEdit{Set: map[string]json.RawMessage{"active": value}})
		must(b, err)
	}
}

// BenchmarkAdapterFacts100k reads what recommending knows of 100,000 adapters.
func BenchmarkAdapterFacts100k(b *testing.B) {
	s := open100k(b)
	cpu(b)
	for b.Loop() {
		n := 0
		_, _, err := s.AdapterFacts(b.Context(), 0, func(lora.AdapterFacts) error {
			n++
			return nil
		})
		must(b, err)
		if n != benchSize {
			b.Fatalf("%d facts", n)
		}
	}
}
