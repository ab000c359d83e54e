package events

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func drain(s *Subscription) []Event {
	var out []Event
	for e := range s.C {
		out = append(out, e)
	}
	return out
}

func TestPromise1_ASlowListenerIsCutAndTheOthersLoseNothing(t *testing.T) {
	t.Parallel()
	hub := New(Options{Buffer: 4})
	slow, healthy := hub.Subscribe(nil), hub.Subscribe(nil)
	defer slow.Leave()
	defer healthy.Leave()
	for i := range 100 {
		hub.Announce("tick", i)
		if e := <-healthy.C; e.Data != i {
			t.Fatalf("the healthy listener got %v instead of %d", e.Data, i)
		}
	}
	if got := drain(slow); len(got) != 4 || slow.Cut() != Slow {
		t.Errorf("the slow listener got %d events and was cut for %q", len(got), slow.Cut())
	}
	if healthy.Cut() != Listening || hub.Listeners() != 1 {
		t.Errorf("the healthy listener is %q, %d listeners are left", healthy.Cut(), hub.Listeners())
	}
	slow.Leave()
	if slow.Cut() != Slow {
		t.Errorf("leaving changed the reason to %q", slow.Cut())
	}
}

func TestPromise2_NumbersRiseWithoutHolesForEveryListener(t *testing.T) {
	t.Parallel()
	const publishers, each, listeners = 8, 500, 16
	hub := New(Options{Buffer: publishers * each})
	var listening, publishing sync.WaitGroup
	for range listeners {
		s := hub.Subscribe(nil)
		listening.Go(func() {
			defer s.Leave()
			last := uint64(0)
			for n := range publishers * each {
				e := <-s.C
				if last != 0 && e.Seq != last+1 {
					t.Errorf("event %d has number %d after %d", n, e.Seq, last)
					return
				}
				last = e.Seq
			}
		})
	}
	for p := range publishers {
		publishing.Go(func() {
			for i := range each {
				hub.Publish(Event{Type: "x", Topic: fmt.Sprint(p), Data: i})
			}
		})
	}
	publishing.Wait()
	listening.Wait()
}

func TestPromise2_FiltersDecideWhatAListenerSees(t *testing.T) {
	t.Parallel()
	hub := New(Options{})
	s := hub.Subscribe(func(e Event) bool { return e.Topic == "" || e.Topic == "mine" })
	for _, topic := range []string{"", "mine", "other", "mine"} {
		hub.Publish(Event{Type: "x", Topic: topic})
	}
	s.Leave()
	if got := drain(s); len(got) != 3 {
		t.Errorf("%d events came through", len(got))
	}
}

func TestPromise3_AReturningListenerGetsWhatItMissedOrIsToldOfAGap(t *testing.T) {
	t.Parallel()
	clock := time.UnixMicro(1_000_000)
	hub := New(Options{Replay: 10, Now: func() time.Time { return clock }})
	base := hub.Last()
	if base != 1_000_000 {
		t.Fatalf("numbers begin at %d", base)
	}
	even := func(e Event) bool { return e.Data.(int)%2 == 0 }
	check := func(after uint64, wantGap bool, want ...int) {
		t.Helper()
		s, replay := hub.Resume(after, even)
		defer s.Leave()
		var got []int
		for _, e := range replay.Events {
			got = append(got, e.Data.(int))
		}
		if replay.Gap != wantGap || fmt.Sprint(got) != fmt.Sprint(want) || replay.Last != hub.Last() {
			t.Errorf("after %d: gap %v, %v, last %d", after, replay.Gap, got, replay.Last)
		}
	}
	check(base, false)
	check(base-1, true)
	check(base+1, true)
	for i := range 10 {
		hub.Announce("x", i)
	}
	check(base, false, 0, 2, 4, 6, 8)
	check(base+7, false, 8)
	check(base+10, false)
	check(base+11, true)
	check(0, true)
	hub.Announce("x", 10)
	check(base, true)
	check(base+1, false, 2, 4, 6, 8, 10)
	for i := range 1000 {
		hub.Announce("x", i)
	}
	check(base+1, true)
	check(hub.Last()-10, false, 990, 992, 994, 996, 998)
	check(hub.Last()-11, true)
}

func TestPromise3_NothingIsLostOrDoubledBetweenReplayAndListening(t *testing.T) {
	t.Parallel()
	const total = 2000
	hub := New(Options{Buffer: total, Replay: total})
	base := hub.Last()
	var publishing sync.WaitGroup
	publishing.Go(func() {
		for i := range total {
			hub.Announce("x", i)
		}
	})
	s, replay := hub.Resume(base, nil)
	publishing.Wait()
	s.Leave()
	all := append(replay.Events, drain(s)...)
	if replay.Gap || len(all) != total {
		t.Fatalf("gap %v, %d events", replay.Gap, len(all))
	}
	for i, e := range all {
		if e.Data != i {
			t.Fatalf("event %d is %v", i, e.Data)
		}
	}
}

func TestPromise4_CloseWaitsForTheListenersToLeave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hub := New(Options{})
		s := hub.Subscribe(nil)
		hub.Announce("last words", nil)
		closed := make(chan error, 1)
		go func() { closed <- hub.Close(t.Context()) }()
		synctest.Wait()
		select {
		case err := <-closed:
			t.Fatalf("Close did not wait: %v", err)
		default:
		}
		if got := drain(s); len(got) != 1 || s.Cut() != Closed {
			t.Errorf("%d events, cut for %q", len(got), s.Cut())
		}
		s.Leave()
		s.Leave()
		if err := <-closed; err != nil {
			t.Error(err)
		}
		if hub.Publish(Event{Type: "late"}) != 0 {
			t.Error("a closed hub took an event")
		}
		late := hub.Subscribe(nil)
		if _, open := <-late.C; open || late.Cut() != Closed {
			t.Error("a closed hub took a listener")
		}
		late.Leave()
	})
}

func TestPromise4_CloseGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hub := New(Options{})
		s := hub.Subscribe(nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := hub.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		s.Leave() // lets the waiter end
	})
}

func TestListenersMayComeAndGoWhileEventsFly(t *testing.T) {
	t.Parallel()
	hub := New(Options{Buffer: 2, Replay: 8})
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					hub.Announce("x", 0)
				}
			}
		})
	}
	var guests sync.WaitGroup
	for range 8 {
		guests.Go(func() {
			for range 200 {
				s, replay := hub.Resume(hub.Last(), nil)
				last := replay.Last
				for n := 0; n < 3; n++ {
					e, open := <-s.C
					if !open {
						break
					}
					if e.Seq <= last {
						t.Errorf("number %d after %d", e.Seq, last)
					}
					last = e.Seq
				}
				s.Leave()
			}
		})
	}
	guests.Wait()
	close(stop)
	all.Wait()
	if hub.Listeners() != 0 {
		t.Errorf("%d listeners are left", hub.Listeners())
	}
}

// BenchmarkPublishTo1000 includes receiving, so that nobody is cut off.
func BenchmarkPublishTo1000(b *testing.B) {
	hub := New(Options{Buffer: 1})
	all := make([]*Subscription, 1000)
	for i := range all {
		all[i] = hub.Subscribe(nil)
		defer all[i].Leave()
	}
	for b.Loop() {
		hub.Announce("x", nil)
		for _, s := range all {
			<-s.C
		}
	}
}
