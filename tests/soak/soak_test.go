package soak

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
	"loramanager/internal/sample"
	"loramanager/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

const (
	sockets       = 200
	jobEvery      = 3 * time.Second // 20 a minute
	scanEvery     = 20 * time.Second
	backupEvery   = 30 * time.Second
	editEvery     = 250 * time.Millisecond
	flapEvery     = 17 * time.Second
	sampleEvery   = 2 * time.Second
	maxSlope      = 1 << 20  // bytes per hour
	maxGrowth     = 48 << 20 // in a run that is too short for a slope
	slopeMinutes  = 30       // of a run whose slope means something
	fewGoroutines = 20
	fewFiles      = 10
)

func minutes(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("SOAK_MINUTES"), "1"))
	if err != nil || n < 1 {
		t.Fatalf("SOAK_MINUTES must be a number of at least 1, not %q", os.Getenv("SOAK_MINUTES"))
	}
	return n
}

// flapping is an engine that is away every other time.
func flapping(t *testing.T) (address string, flap func()) {
	t.Helper()
	fake := enginetest.NewA1111(enginetest.A1111Options{Kind: lora.SDNext, StepTime: 10 * time.Millisecond})
	var away atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if away.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		fake.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { fake.Close(); server.Close() })
	return server.URL, func() { away.Store(!away.Load()) }
}

func TestNothingGrowsUnderMixedLoad(t *testing.T) {
	engine, flap := flapping(t)
	shelf := t.TempDir()
	if err := sample.Write(t.Context(), shelf, 200, sample.Options{Seed: 1}); err != nil {
		t.Fatal(err)
	}
	s := harness.Start(t, harness.Options{
		Roots: []string{shelf}, Env: []string{"SDNEXT_BASE_URL=" + engine},
		Flags: []string{"--watch", "--digests", "--max-sockets-per-session=1000"},
	})
	s.AwaitFirstScan()
	id := s.Adapters("")[0].ID
	lasts := time.Duration(minutes(t)) * time.Minute
	act := map[time.Duration]func(turn int){
		jobEvery: func(turn int) {
			backend := []string{"sketch", "sdnext"}[turn%2]
			s.Call(http.MethodPost, "/api/v1/generation/queue-generation?backend="+backend,
				map[string]any{"prompt": "soak", "steps": 2, "width": 64, "height": 64, "sampler_name": "Euler a"}, nil)
		},
		scanEvery: func(turn int) {
			dir := filepath.Join(shelf, "changing")
			if turn%2 == 1 {
				_ = os.RemoveAll(dir)
			} else if err := sample.Write(t.Context(), dir, 20, sample.Options{Seed: 2}); err != nil {
				t.Error(err)
			}
			s.Ask(http.MethodPost, "/api/v1/scans", "") // one may be running
		},
		backupEvery: func(int) { s.Ask(http.MethodPost, "/api/v1/backups", "{}") },
		editEvery: func(turn int) {
			s.Call(http.MethodPatch, "/api/v1/adapters/"+id, map[string]string{"notes": fmt.Sprint(turn)}, nil)
			s.Call(http.MethodGet, "/api/v1/adapters?q=a&per_page=50", nil, nil)
		},
		flapEvery: func(int) { flap() },
	}
	before := measure(t, s, 0)
	leave := connect(t, s)
	samples := soak(t, s, lasts, act)
	leave()
	judge(t, samples)
	harness.Eventually(t, 2*time.Minute, "goroutines and descriptors are where they were", func() bool {
		after := measure(t, s, lasts)
		return after.goroutines <= before.goroutines+fewGoroutines && after.descriptors <= before.descriptors+fewFiles
	})
	t.Logf("before: %d goroutines, %d descriptors; after: %d, %d", before.goroutines, before.descriptors,
		measure(t, s, 0).goroutines, measure(t, s, 0).descriptors)
}

// soak acts, each at its own pace, and measures meanwhile.
func soak(t *testing.T, s *harness.Server, lasts time.Duration, act map[time.Duration]func(turn int)) []figures {
	t.Helper()
	began, turns := time.Now(), map[time.Duration]int{}
	var samples []figures
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for next := time.Duration(0); time.Since(began) < lasts; <-tick.C {
		now := time.Since(began)
		for every, do := range act {
			if due := time.Duration(turns[every]) * every; due <= now {
				do(turns[every])
				turns[every]++
			}
		}
		if now >= next {
			samples = append(samples, measure(t, s, now))
			next += sampleEvery
		}
	}
	return samples
}

// judge looks at the memory after the first quarter.
func judge(t *testing.T, samples []figures) {
	t.Helper()
	warm := samples[len(samples)/4:]
	first, last := warm[0].memory, warm[len(warm)-1].memory
	perHour := slope(warm)
	t.Logf("%d samples: %d MiB at first, %d MiB at last, slope %.2f MiB/h", len(samples), first>>20, last>>20, perHour/(1<<20))
	if minutes(t) >= slopeMinutes && perHour > maxSlope {
		t.Errorf("the memory grows by %.2f MiB an hour, more than %d", perHour/(1<<20), maxSlope>>20)
	}
	if last-first > maxGrowth {
		t.Errorf("the memory grew from %d to %d MiB", first>>20, last>>20)
	}
}

var goroutinesLine = regexp.MustCompile(`(?m)^go_goroutines (\d+)$`)

func measure(t *testing.T, s *harness.Server, at time.Duration) figures {
	t.Helper()
	memory, known := s.Memory()
	if !known {
		t.Fatal("nobody tells what a process takes on this system")
	}
	found := goroutinesLine.FindSubmatch(s.Ask(http.MethodGet, "/metrics", "").Body)
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.PID()))
	if found == nil || err != nil {
		t.Fatalf("goroutines: %q, descriptors: %v", found, err)
	}
	goroutines, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return figures{at: at, memory: memory.Now, goroutines: goroutines, descriptors: len(files)}
}

// connect opens the live connections; the function it returns closes them.
func connect(t *testing.T, s *harness.Server) (leave func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var left sync.WaitGroup
	for range sockets {
		conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(s.Base, "http")+"/api/v1/ws/progress", nil)
		if err == nil {
			err = conn.Write(ctx, websocket.MessageText, []byte(`{"type":"subscribe","job_ids":null}`))
		}
		if err != nil {
			cancel()
			t.Fatal(err)
		}
		conn.SetReadLimit(1 << 20)
		left.Go(func() {
			defer func() { _ = conn.CloseNow() }()
			for {
				if _, _, err := conn.Read(ctx); err != nil {
					if ctx.Err() == nil {
						t.Errorf("a live connection ended: %v", err)
					}
					return
				}
			}
		})
	}
	return func() {
		cancel()
		left.Wait()
	}
}
