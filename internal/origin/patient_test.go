package origin_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/origin"
	"loramanager/tests/fakehub"
)

// scripted is a hub whose answers a test decides, so that time can be the bubble's.
type scripted struct {
	origin.Hub

	mu     sync.Mutex
	answer func(ids []string) (int, error) // how many are answered, and then what
	asked  []string                        // ids, in the order they were answered
	times  []time.Time                     // of requests
	data   []byte
	fetch  func(n int) error // what the n-th request for the file meets
	files  int
}

func (s *scripted) State() lora.HubState {
	return lora.HubState{Name: "civitai", Configured: true, Host: "scripted"}
}

func (s *scripted) LookUp(_ context.Context, queries []lora.HubQuery) ([]*lora.HubVersion, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.times = append(s.times, time.Now())
	ids := make([]string, len(queries))
	for i := range queries {
		ids[i] = queries[i].AdapterID
	}
	n, err := s.answer(ids)
	s.asked = append(s.asked, ids[:n]...)
	return make([]*lora.HubVersion, n), err
}

func (s *scripted) Version(context.Context, string, string) (lora.HubVersion, error) {
	f := fakehub.File{Data: s.data}
	return lora.HubVersion{
		Hub: "civitai", ModelID: "1", VersionID: "2", ModelName: "m", Downloadable: true,
		Files: []lora.HubFile{{ID: "f", Name: "f.safetensors", Type: "Model", Digests: map[string]string{"sha256": f.Sum()}, URL: "scripted"}},
	}, nil
}

func (s *scripted) Fetch(_ context.Context, _ string, from, _ int64, _ string) (io.ReadCloser, lora.HubPart, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files++
	s.times = append(s.times, time.Now())
	if err := s.fetch(s.files); err != nil {
		return nil, lora.HubPart{}, err
	}
	return io.NopCloser(bytes.NewReader(s.data[from:])), lora.HubPart{From: from, Size: int64(len(s.data)), ETag: `"x"`}, nil
}

// waits are the times between requests, in whole seconds.
func (s *scripted) waits() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []int{}
	for i := 1; i < len(s.times); i++ {
		list = append(list, int(s.times[i].Sub(s.times[i-1]).Round(time.Second)/time.Second))
	}
	return list
}

func busy(after time.Duration) error {
	return &lora.HubError{Class: lora.HubBusy, RetryAfter: after, Err: lora.Errorf(lora.RateLimited, "It wants to be asked less often.")}
}

// bubble runs a test on a kit with a scripted hub and n adapters, in time of its own.
func bubble(t *testing.T, n int, f func(k *kit, s *scripted)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := &kit{t: t, dir: t.TempDir(), heard: newEars()}
		k.heard.patience = 24 * time.Hour // of the bubble
		k.openLibrary()
		s := &scripted{answer: func(ids []string) (int, error) { return len(ids), nil }, fetch: func(int) error { return nil }, data: fakehub.Adapter(2, 0)}
		k.hubs = []origin.Hub{s}
		files := make([]lora.ScannedFile, n)
		for i := range files {
			files[i] = lora.ScannedFile{RootID: rootID, RelPath: fmt.Sprintf("%03d.safetensors", i), ClaimedDigests: map[string]string{"sha256": fmt.Sprintf("%064x", i+1000)}}
			files[i].Proposed = lora.Adapter{Name: fmt.Sprint(i), FileState: lora.FileOK, Sources: map[string]lora.Source{"name": lora.FromGuess}}
		}
		if n > 0 {
			_, err := k.store.SaveScanned(t.Context(), files)
			k.ok(err)
		}
		k.begin()
		f(k, s)
	})
}

func TestPromise3_AHubThatAsksForPatienceGetsIt(t *testing.T) {
	t.Parallel()
	bubble(t, 150, func(k *kit, s *scripted) {
		requests := 0
		s.answer = func(ids []string) (int, error) {
			switch requests++; requests {
			case 1:
				return 0, busy(90 * time.Second)
			case 2:
				return 30, busy(0) // after thirty answers
			}
			return len(ids), nil
		}
		state := k.lookUp(false)
		if state.Done != 150 || state.Error != "" || state.WaitUntil != nil {
			k.t.Errorf("the run: %+v", state)
		}
		if got := s.waits(); !slices.Equal(got, []int{90, 2, 0}) {
			k.t.Errorf("the hub was asked after %v seconds", got)
		}
		if slices.Sort(s.asked); len(slices.Compact(s.asked)) != 150 {
			k.t.Error("adapters were asked about twice, or not at all")
		}
	})
}

func TestPromise3_ASickHubIsLeftAlone(t *testing.T) {
	t.Parallel()
	bubble(t, 250, func(k *kit, s *scripted) {
		sick := true
		s.answer = func(ids []string) (int, error) {
			if sick && len(s.asked) >= 100 {
				return 0, &lora.HubError{Class: lora.HubUnreachable, Err: lora.Errorf(lora.Unavailable, "It cannot be reached.")}
			}
			return len(ids), nil
		}
		state := k.lookUp(false)
		if state.Done != 100 || state.Error != "It cannot be reached." {
			k.t.Errorf("the run: %+v", state)
		}
		if got := s.waits(); !slices.Equal(got, []int{0, 1, 2, 4, 8}) {
			k.t.Errorf("it was asked after %v seconds", got)
		}
		if h := k.Hubs()[0]; *h.Reachable || h.Error == "" {
			k.t.Errorf("it stands so: %+v", h)
		}
		_, err := k.Peek(k.t.Context(), origin.FileRequest{Hub: "civitai", VersionID: "2"})
		k.fails(err, lora.Unavailable, "left alone until")
		sick = false
		asked := len(s.times)
		state = k.lookUp(false) // waits until the hub may be asked again, and goes on
		if state.Done != 150 || state.Error != "" || len(s.asked) != 250 {
			k.t.Errorf("the next run: %+v", state)
		}
		if wait := s.times[asked].Sub(s.times[asked-1]).Round(time.Second); wait != 5*time.Minute {
			k.t.Errorf("it was asked again after %s", wait)
		}
	})
}

func TestPromise3_ARunThatWasCancelledGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	bubble(t, 250, func(k *kit, s *scripted) {
		s.answer = func(ids []string) (int, error) {
			if len(s.asked) == 100 {
				k.CancelLookUp()
				return 0, context.Canceled
			}
			return len(ids), nil
		}
		if state := k.lookUp(true); state.Done != 100 || !strings.Contains(state.Error, "goes on from here") {
			k.t.Errorf("the run: %+v", state)
		}
		s.answer = func(ids []string) (int, error) { return len(ids), nil }
		if state := k.lookUp(true); state.Total != 150 || state.Done != 150 {
			k.t.Errorf("the next run: %+v", state)
		}
		time.Sleep(time.Second) // of the bubble
		if state := k.lookUp(true); state.Total != 250 {
			k.t.Errorf("the one after it: %+v", state)
		}
	})
}

func TestOneRunAtATimeAndNoneAfterTheEnd(t *testing.T) {
	t.Parallel()
	bubble(t, 1, func(k *kit, s *scripted) {
		s.answer = func([]string) (int, error) { return 0, busy(time.Minute) }
		all := origin.LookUpRequest{All: true}
		_, err := k.LookUp(k.t.Context(), all)
		k.ok(err)
		synctest.Wait()
		_, err = k.LookUp(k.t.Context(), all)
		k.fails(err, lora.Conflict, "running")
		if state, err := k.LookUps(k.t.Context()); err != nil || state.WaitUntil == nil {
			k.t.Errorf("it does not say that it waits: %+v, %v", state, err)
		}
		k.ok(k.Close())
		_, err = k.LookUp(k.t.Context(), all)
		k.fails(err, lora.Unavailable, "stopping")
	})
}

func TestPromise3_DownloadsWaitLongerEachTimeAndGiveUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fetch func(n int) error
		waits []int
		state lora.DownloadState
	}{
		"a busy hub":                   {func(n int) error { return first(n < 4, busy(0)) }, []int{1, 2, 4}, lora.DownloadDone},
		"a hub that says for how long": {func(n int) error { return first(n == 1, busy(10*time.Minute)) }, []int{600}, lora.DownloadDone},
		"a hub that is away for good":  {func(int) error { return busy(0) }, []int{1, 2, 4, 8, 300}, lora.DownloadFailed},
		"what waiting does not help": {func(int) error {
			return &lora.HubError{Class: lora.HubRefused, Err: lora.Errorf(lora.Forbidden, "No.")}
		}, []int{}, lora.DownloadFailed},
		"the caller's own mistake": {func(int) error { return errors.New("odd") }, []int{}, lora.DownloadFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, 0, func(k *kit, s *scripted) {
				s.fetch = c.fetch
				d := k.download("2")
				k.heard.until(k.t, "it ends", func() bool { s := k.state(d.ID).State; return s == lora.DownloadDone || s == lora.DownloadFailed })
				d = k.state(d.ID)
				if d.State != c.state || d.State != lora.DownloadDone && d.Error == "" {
					k.t.Errorf("it is %s: %q", d.State, d.Error)
				}
				if got := s.waits(); !slices.Equal(got, c.waits) {
					k.t.Errorf("asked after %v seconds, want %v", got, c.waits)
				}
			})
		})
	}
}

func first(when bool, err error) error {
	if when {
		return err
	}
	return nil
}
