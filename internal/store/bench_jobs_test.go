//go:build unix

package store_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/storetest"
)

// report16 runs f from 16 clients at once and reports how long it took.
func report16(b *testing.B, f func(n int) error) {
	b.Helper()
	var all sync.WaitGroup
	var next, failed atomic.Int64
	spent := make([]times, 16)
	b.ResetTimer()
	for client := range spent {
		all.Go(func() {
			for n := int(next.Add(1)); n <= b.N; n = int(next.Add(1)) {
				spent[client].measure(func() {
					if err := f(n); err != nil {
						failed.Add(1)
					}
				})
			}
		})
	}
	all.Wait()
	b.StopTimer()
	if n := failed.Load(); n > 0 {
		b.Fatalf("%d failed", n)
	}
	ts := slices.Concat(spent...)
	slices.Sort(ts)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
	b.ReportMetric(float64(ts[len(ts)*99/100].Microseconds())/1000, "p99-ms")
}

// onDisk is a folder of a real disk where there is one: a sync of memory costs nothing.
func onDisk(b *testing.B) string {
	b.Helper()
	dir, err := os.MkdirTemp("/var/tmp", "store-bench")
	must(b, err)
	b.Cleanup(func() { must(b, os.RemoveAll(dir)) })
	return dir
}

// BenchmarkAddJob accepts jobs from 16 clients, each on disk before the next.
func BenchmarkAddJob(b *testing.B) {
	s := openURL(b, "", onDisk(b))
	job := storetest.Generation(1)
	cpu(b)
	report16(b, func(int) error {
		_, _, err := s.AddJob(b.Context(), job)
		return err
	})
}

// BenchmarkAddJobDuringScan does so while a scan saves one batch after another.
func BenchmarkAddJobDuringScan(b *testing.B) {
	s := openURL(b, "", onDisk(b))
	job := storetest.Generation(1)
	stop := make(chan struct{})
	var scan sync.WaitGroup
	from := 0
	scan.Go(func() {
		for ; ; from += 100 {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := s.SaveScanned(b.Context(), storetest.Batch(from, 100)); err != nil {
				b.Error(err)
				return
			}
		}
	})
	report16(b, func(int) error {
		_, _, err := s.AddJob(b.Context(), job)
		return err
	})
	close(stop)
	scan.Wait()
	b.ReportMetric(float64(from)/b.Elapsed().Seconds(), "files/s")
}

// BenchmarkRunJob accepts, claims, submits and ends jobs from 16 clients.
func BenchmarkRunJob(b *testing.B) {
	s := openURL(b, "", onDisk(b))
	job := storetest.Generation(1)
	claim := lora.JobClaim{Worker: "w", Slots: map[string]int{job.Engine: 16}, Lease: time.Minute}
	cpu(b)
	report16(b, func(int) error {
		if _, _, err := s.AddJob(b.Context(), job); err != nil {
			return err
		}
		mine, found, err := s.ClaimJob(b.Context(), claim)
		if err != nil || !found {
			return fmt.Errorf("%v, %w", found, err)
		}
		if err := s.SubmitJob(b.Context(), mine.ID, mine.Token, "h"); err != nil {
			return err
		}
		_, err = s.EndJob(b.Context(), mine.ID, mine.Token, lora.Ending{Status: lora.JobSucceeded})
		return err
	})
}

const resultSize = 500_000

// history is a folder with a database of 500,000 results with a picture each. It is kept
// from one run to the next, since making it takes minutes.
var history = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(os.TempDir(), "loramanager-bench-history-1")
	if _, err := os.Stat(filepath.Join(dir, "complete")); err == nil {
		return dir, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	s, err := store.Open(benchContext, store.Options{DataDir: dir})
	if err != nil {
		return "", err
	}
	if err := fillHistory(s); err != nil {
		return "", err
	}
	if err := s.Close(); err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "complete"), nil, 0o600)
})

func fillHistory(s *store.Store) error {
	var all sync.WaitGroup
	errs := make([]error, 64)
	for client := range errs {
		all.Go(func() {
			for n := client; n < resultSize && errs[client] == nil; n += len(errs) {
				errs[client] = storetest.MakeResult(benchContext, s, n)
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func BenchmarkResults500k(b *testing.B) {
	dir, err := history()
	must(b, err)
	s := openURL(b, "", dir)
	yes := true
	for _, ask := range []lora.ResultQuery{
		{}, {Offset: 10_000}, {After: "middle"}, {Sort: lora.ResultsOldest}, {Sort: lora.ResultsRating}, {Sort: lora.ResultsFavorite}, {Sort: lora.ResultsLargest},
		{Engine: "forge"}, {AdapterID: "adapter-3"}, {AdapterID: "adapter-900"}, {AdapterID: "adapter-900", Sort: lora.ResultsRating},
		{AdapterID: "adapter-3", Sort: lora.ResultsRating}, {Engine: "forge", Model: "model-7", Sort: lora.ResultsLargest},
		{MinRating: 5}, {Favorite: &yes, Tag: "tag-3"}, {Width: 1024, Height: 768}, {Text: "dragon"}, {Text: "cas"}, {Text: "word1999"},
		{Text: "dragon castle"}, {Text: "dragon", Sort: lora.ResultsRating}, {Text: "word1999", Sort: lora.ResultsRating}, {Text: "dragon", AdapterID: "adapter-3"},
		{Sort: lora.ResultsRating, Offset: 10_000}, {Offset: 480_000}, {Engine: "sdnext", Offset: 10_000}, {Statuses: []lora.JobStatus{lora.JobCancelled}}, {Trashed: true},
		{AdapterID: "adapter-900", Sort: lora.ResultsLargest}, {Engine: "sdnext", Width: 512, Sort: lora.ResultsFavorite}, {Text: "dragon", Sort: lora.ResultsLargest},
		{Text: "dragon", Sort: lora.ResultsRating, After: "middle"}, {Model: "model-0", AdapterID: "adapter-0", MinRating: 4, Text: "castle"},
		{Engine: "forge", Model: "model-39", Tag: "tag-99"}, {From: storetest.ResultTime(100_000), Until: storetest.ResultTime(400_000), Sort: lora.ResultsRating},
		{From: storetest.ResultTime(100_000), Until: storetest.ResultTime(400_000), Sort: lora.ResultsLargest},
		{From: storetest.ResultTime(250_000), Until: storetest.ResultTime(251_000)}, {From: storetest.ResultTime(250_000), Until: storetest.ResultTime(251_000), Sort: lora.ResultsRating},
	} {
		ask.Limit = 50
		name, err := json.Marshal(ask)
		must(b, err)
		if ask.After == "middle" {
			middle := ask
			middle.After, middle.Limit, middle.Offset = "", 1, resultSize/5
			_, ask.After, err = s.Results(b.Context(), middle)
			must(b, err)
		}
		b.Run(short(string(name)), func(b *testing.B) {
			var ts times
			cpu(b)
			for b.Loop() {
				ts.measure(func() {
					_, _, err := s.Results(b.Context(), ask)
					must(b, err)
				})
			}
			ts.report(b)
		})
	}
}

// BenchmarkOwnResults500k asks as an account with 5,000 marks among 500,000 results.
func BenchmarkOwnResults500k(b *testing.B) {
	dir, err := history()
	must(b, err)
	s := openURL(b, "", dir)
	marker, err := s.AddAccount(b.Context(), lora.Account{Name: fmt.Sprint("marker ", time.Now().UnixNano()), Role: lora.Viewer}, lora.Credentials{})
	must(b, err)
	ask := lora.ResultQuery{Limit: 200}
	for i := range 25 {
		jobs, next, err := s.Results(b.Context(), ask)
		must(b, err)
		ids := make([]string, len(jobs))
		for n := range jobs {
			ids[n] = jobs[n].ID
		}
		rating := i % 6
		_, err = s.RateResultsFor(b.Context(), marker.Key, ids, &rating)
		must(b, err)
		_, err = s.FavoriteResultsFor(b.Context(), marker.Key, ids, i%2 == 0)
		must(b, err)
		ask.After = next
	}
	yes := true
	for _, ask := range []lora.ResultQuery{
		{}, {Sort: lora.ResultsRating}, {Sort: lora.ResultsFavorite}, {MinRating: 4}, {Favorite: &yes}, {Text: "dragon", Sort: lora.ResultsRating},
		{Favorite: &yes, MinRating: 3, Sort: lora.ResultsLargest},
	} {
		ask.Limit, ask.Account = 50, marker.Key
		name, err := json.Marshal(ask)
		must(b, err)
		for what, f := range map[string]func() error{
			"page":   func() error { _, _, err := s.Results(b.Context(), ask); return err },
			"stats":  func() error { _, err := s.ResultStats(b.Context(), ask); return err },
			"facets": func() error { _, err := s.ResultFacets(b.Context(), ask); return err },
		} {
			b.Run(what+" "+short(string(name)), func(b *testing.B) {
				var ts times
				cpu(b)
				for b.Loop() {
					ts.measure(func() { must(b, f()) })
				}
				ts.report(b)
			})
		}
	}
}

// short leaves the empty fields of a question out.
func short(question string) string {
	var fields map[string]any
	if json.Unmarshal([]byte(question), &fields) != nil {
		return question
	}
	name := ""
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if v := fmt.Sprint(fields[key]); v != "" && v != "0" && v != "false" && v != "<nil>" && v != "0001-01-01T00:00:00Z" && key != "Limit" {
			name += key + "=" + v + ","
		}
	}
	return name
}

func BenchmarkResultCounts500k(b *testing.B) {
	dir, err := history()
	must(b, err)
	s := openURL(b, "", dir)
	for name, f := range map[string]func() error{
		"facets":          func() error { _, err := s.ResultFacets(b.Context(), lora.ResultQuery{}); return err },
		"facets of model": func() error { _, err := s.ResultFacets(b.Context(), lora.ResultQuery{Model: "model-7"}); return err },
		"stats":           func() error { _, err := s.ResultStats(b.Context(), lora.ResultQuery{}); return err },
		"facets of word":  func() error { _, err := s.ResultFacets(b.Context(), lora.ResultQuery{Text: "dragon"}); return err },
		"stats of model":  func() error { _, err := s.ResultStats(b.Context(), lora.ResultQuery{Model: "model-7"}); return err },
		"stats of engine": func() error { _, err := s.ResultStats(b.Context(), lora.ResultQuery{Engine: "sdnext"}); return err },
		"stats of word":   func() error { _, err := s.ResultStats(b.Context(), lora.ResultQuery{Text: "dragon"}); return err },
		"queue state":     func() error { _, err := s.QueueState(b.Context()); return err },
	} {
		b.Run(name, func(b *testing.B) {
			var ts times
			cpu(b)
			for b.Loop() {
				ts.measure(func() { must(b, f()) })
			}
			ts.report(b)
		})
	}
}

// BenchmarkFindAdapters100k finds the adapters of a prompt with ten of them among 100,000.
func BenchmarkFindAdapters100k(b *testing.B) {
	s := open100k(b)
	uses := []lora.Use{}
	for i := range 10 {
		f := storetest.Scanned(i * 997)
		uses = append(uses, lora.Use{Name: []string{f.Proposed.Name, f.Proposed.FileName, f.RelPath, "0123abcd45", "not there"}[i%5]})
	}
	var ts times
	cpu(b)
	for b.Loop() {
		ts.measure(func() {
			_, err := s.FindAdapters(b.Context(), uses)
			must(b, err)
		})
	}
	ts.report(b)
}
