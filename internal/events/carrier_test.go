package events

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"loramanager/internal/queue/redistest"
)

// patience is how long a test waits before it says that something never happens.
const patience = 60 * time.Second

func carried(t *testing.T, server *redistest.Server, o Options) (*Hub, *Carrier) {
	t.Helper()
	hub := New(o)
	c, err := Carry(t.Context(), hub, server.URL(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := c.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return hub, c
}

func next(t *testing.T, s *Subscription) Event {
	t.Helper()
	enough := time.NewTimer(patience)
	defer enough.Stop()
	select {
	case e, open := <-s.C:
		if !open {
			t.Fatalf("the subscription has ended: %q", s.Cut())
		}
		return e
	case <-enough.C:
		t.Fatal("no event came")
	}
	return Event{}
}

// untilResync reads up to the call to read everything again.
func untilResync(t *testing.T, s *Subscription) (before []Event) {
	t.Helper()
	for {
		e := next(t, s)
		if e.Type == EventResync {
			return before
		}
		before = append(before, e)
	}
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	enough := time.NewTimer(patience)
	defer enough.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-enough.C:
			t.Fatalf("never: %s", what)
		}
	}
}

func reachable(c *Carrier) bool { return c.State().Reachable }

func text(t *testing.T, e Event) string {
	t.Helper()
	body, err := json.Marshal(e.Data)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(e.Seq, e.Type, e.Topic, string(body))
}

func TestPromise5_AllHubsDeliverTheSameEventsUnderTheSameNumbers(t *testing.T) {
	t.Parallel()
	const hubs, each = 3, 300
	server := redistest.Start(t)
	var all []*Hub
	var listening []*Subscription
	for range hubs {
		hub, _ := carried(t, server, Options{Buffer: hubs * each})
		all, listening = append(all, hub), append(listening, hub.Subscribe(nil))
	}
	var publishing sync.WaitGroup
	for i, hub := range all {
		publishing.Go(func() {
			for n := range each {
				hub.AnnounceJob("progress_update", fmt.Sprint("job-", i), map[string]int{"n": n})
			}
		})
	}
	var want []string
	for i, s := range listening {
		last, got := uint64(0), []string{}
		for range hubs * each {
			e := next(t, s)
			if last != 0 && e.Seq != last+1 {
				t.Fatalf("hub %d: %d after %d", i, e.Seq, last)
			}
			last = e.Seq
			got = append(got, text(t, e))
		}
		if i == 0 {
			want = got
		} else if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("hub %d heard something else", i)
		}
		s.Leave()
	}
	publishing.Wait()
}

func TestPromise5_AListenerMayReturnToAnyHub(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	first, _ := carried(t, server, Options{})
	s := first.Subscribe(nil)
	defer s.Leave()
	var numbers []uint64
	for n := range 20 {
		first.Announce("x", n)
		numbers = append(numbers, next(t, s).Seq)
	}
	late, _ := carried(t, server, Options{Replay: 10}) // it knows what happened before it came
	for after, wantGap := range map[int]bool{19: false, 15: false, 9: false, 8: true, 0: true} {
		r, replay := late.Resume(numbers[after], nil)
		r.Leave()
		if replay.Gap != wantGap || (!wantGap && len(replay.Events) != 19-after) {
			t.Errorf("after event %d: gap %v, %d events", after, replay.Gap, len(replay.Events))
		}
		for i, e := range replay.Events {
			if e.Seq != numbers[after+1+i] || text(t, e) != fmt.Sprint(e.Seq, "x", after+1+i) {
				t.Errorf("after event %d: %s", after, text(t, e))
			}
		}
	}
	l := late.Subscribe(nil)
	defer l.Leave()
	late.Announce("y", 1)
	if a, b := next(t, s), next(t, l); a.Seq != numbers[19]+1 || text(t, a) != text(t, b) {
		t.Errorf("%s and %s", text(t, a), text(t, b))
	}
}

type picture struct {
	Job     string `json:"job"`
	Preview string `json:"preview,omitempty"`
}

func (p picture) WithoutPreview() any { p.Preview = ""; return p }

func TestPromise5_PreviewsTravelUnlessTheyAreLarge(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	here, _ := carried(t, server, Options{})
	there, _ := carried(t, server, Options{})
	h, s := here.Subscribe(nil), there.Subscribe(nil)
	defer h.Leave()
	defer s.Leave()
	for _, size := range []int{0, 1000, maxPreview - 100, maxPreview + 100} {
		here.Announce("progress_update", picture{"a", strings.Repeat("x", size)})
		if own := next(t, h); own.Data != (picture{"a", strings.Repeat("x", size)}) {
			t.Errorf("its own process got %T", own.Data)
		}
		e := next(t, s)
		var got picture
		body, err := json.Marshal(e.Data)
		if err != nil || json.Unmarshal(body, &got) != nil {
			t.Fatalf("%v: %s", err, body)
		}
		want := size
		if size > maxPreview {
			want = 0
		}
		if len(got.Preview) != want {
			t.Errorf("of %d bytes %d came", size, len(got.Preview))
		}
		if want == 0 {
			continue
		}
		plain, _ := json.Marshal(e.Data.(Previewed).WithoutPreview())
		if string(plain) != `{"job":"a"}` {
			t.Errorf("without preview: %s", plain)
		}
	}
	r, replay := there.Resume(there.Last()-4, nil)
	r.Leave()
	for _, e := range replay.Events {
		if body, _ := json.Marshal(e.Data); string(body) != `{"job":"a"}` {
			t.Errorf("kept: %.80s", body)
		}
	}
}

func TestAnEventThatCannotTravelMakesEveryoneReadAgain(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	here, _ := carried(t, server, Options{})
	there, _ := carried(t, server, Options{})
	deaf := func(Event) bool { return false }
	for _, data := range []any{strings.Repeat("x", maxParcel), func() {}} {
		h, s := here.Subscribe(deaf), there.Subscribe(deaf)
		here.Announce("x", data)
		untilResync(t, h)
		untilResync(t, s)
		h.Leave()
		s.Leave()
	}
}

// While Redis dies and returns, every hub's own events reach its own listeners once and
// in order; the others are told to read again.
func TestPromise6_RedisDiesTwentyTimesAndNobodyMissesSilently(t *testing.T) {
	t.Parallel()
	const deaths = 20
	server := redistest.Start(t)
	here, c := carried(t, server, Options{Buffer: 1 << 16})
	there, d := carried(t, server, Options{Buffer: 1 << 16})
	h, s := here.Subscribe(nil), there.Subscribe(nil)
	defer h.Leave()
	defer s.Leave()
	published, stop := 0, make(chan struct{})
	var publishing sync.WaitGroup
	publishing.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			here.Announce("x", published)
			published++
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	})
	for range deaths {
		server.Kill()
		until(t, "both notice", func() bool { return !reachable(c) && !reachable(d) })
		server.Restart()
		until(t, "both are back", func() bool { return reachable(c) && reachable(d) })
	}
	close(stop)
	publishing.Wait()
	here.Announce("end", nil)
	last, n, resyncs := uint64(0), 0, 0
	for e := next(t, h); e.Type != "end"; e = next(t, h) {
		if e.Seq <= last {
			t.Fatalf("number %d after %d", e.Seq, last)
		}
		last = e.Seq
		if e.Type == EventResync {
			resyncs++
			continue
		}
		if e.Data != n {
			t.Fatalf("event %v instead of %d", e.Data, n)
		}
		n++
	}
	if n != published || resyncs == 0 {
		t.Errorf("%d of %d events, %d calls to read again", n, published, resyncs)
	}
	// Elsewhere a hole in the data is always behind a call to read again.
	var want, got int
	told := true
	for e := next(t, s); e.Type != "end"; e = next(t, s) {
		if e.Type == EventResync {
			told = true
			continue
		}
		if err := json.Unmarshal(e.Data.(json.RawMessage), &got); err != nil {
			t.Fatal(err)
		}
		if got != want && !told {
			t.Fatalf("event %d instead of %d, and nobody said so", got, want)
		}
		if got < want {
			t.Fatalf("event %d came again", got)
		}
		want, told = got+1, false
	}
}

func TestPromise6_AFrozenRedisHoldsUpNobody(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	here, c := carried(t, server, Options{Buffer: 1 << 13})
	there, _ := carried(t, server, Options{Buffer: 1 << 13})
	h, s := here.Subscribe(nil), there.Subscribe(nil)
	defer h.Leave()
	defer s.Leave()
	server.Freeze()
	for n := range 2 * maxPending {
		here.Announce("x", n) // returns although nobody answers
	}
	until(t, "it notices", func() bool { return !reachable(c) })
	// What found no room is told; what did is delivered here, after the call or before.
	if before := untilResync(t, h); len(before) > maxPending {
		t.Errorf("%d events", len(before))
	}
	server.Thaw()
	until(t, "it is back", func() bool { return reachable(c) })
	untilResync(t, s)
	here.Announce("after", nil)
	for e := next(t, s); e.Type != "after"; e = next(t, s) {
	}
	for e := next(t, h); e.Type != "after"; e = next(t, h) {
	}
}

func TestPromise6_WhatRedisForgetsIsTold(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	here, _ := carried(t, server, Options{})
	there, d := carried(t, server, Options{})
	h, s := here.Subscribe(nil), there.Subscribe(nil)
	defer h.Leave()
	defer s.Leave()
	here.Announce("x", 1)
	last := next(t, h).Seq
	next(t, s)
	if err := server.Client().FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	here.Announce("x", 2)
	for _, sub := range []*Subscription{h, s} {
		for e := next(t, sub); ; e = next(t, sub) {
			if e.Seq <= last {
				t.Errorf("number %d after %d", e.Seq, last)
			}
			if e.Type == EventResync {
				break
			}
		}
	}
	until(t, "it is back", func() bool { return reachable(d) })
	for range 3 {
		here.Announce("y", 3)
		for e := next(t, s); e.Type != "y"; e = next(t, s) {
		}
	}
}

func TestPromise6_WithoutRedisAtTheStartEventsAreDeliveredHere(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Kill()
	hub, c := carried(t, server, Options{})
	s := hub.Subscribe(nil)
	defer s.Leave()
	hub.Announce("x", 1)
	first := next(t, s)
	if state := c.State(); state.Reachable || state.Error == "" || state.Since.IsZero() || first.Seq == 0 {
		t.Errorf("state %+v, event %+v", state, first)
	}
	server.Restart()
	until(t, "it joins", func() bool { return reachable(c) })
	untilResync(t, s)
	hub.Announce("x", 2)
	if e := next(t, s); e.Data != 2 || e.Seq <= first.Seq {
		t.Errorf("%+v after %+v", e, first)
	}
}

func TestStreamsThatOthersHaveWrittenIntoDoNotStopIt(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	hub, c := carried(t, server, Options{})
	s := hub.Subscribe(nil)
	defer s.Leave()
	client := server.Client()
	for _, body := range []string{"", "nonsense", `{"from":1}`, strings.Repeat("x", maxParcel+1)} {
		until(t, "it follows", func() bool { return reachable(c) })
		hub.Announce("x", 1)
		for e := next(t, s); e.Type != "x"; e = next(t, s) {
		}
		last, err := client.HGet(t.Context(), numbersKey, "last").Result()
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Do(t.Context(), "XADD", streamKey, last+"-1", "prev", last, "event", body).Err(); err != nil {
			t.Fatal(err)
		}
		untilResync(t, s)
	}
	if err := client.Set(t.Context(), streamKey, "not a stream", 0).Err(); err != nil {
		t.Fatal(err)
	}
	until(t, "it notices", func() bool { return !reachable(c) })
	hub.Announce("here", 1)
	for e := next(t, s); e.Type != "here"; e = next(t, s) {
	}
}

func TestClosingACarrierSendsWhatWaits(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	there, _ := carried(t, server, Options{Buffer: 1000})
	s := there.Subscribe(nil)
	defer s.Leave()
	hub := New(Options{})
	c, err := Carry(t.Context(), hub, server.URL(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for n := range 500 {
		hub.Announce("x", n)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n := range 500 {
		if e := next(t, s); string(e.Data.(json.RawMessage)) != fmt.Sprint(n) {
			t.Fatalf("%s instead of %d", e.Data, n)
		}
	}
	if hub.Publish(Event{Type: "alone"}) == 0 {
		t.Error("the hub does not go on alone")
	}
	if _, err := Carry(t.Context(), hub, "http://x", nil); err == nil {
		t.Error("a web address was taken")
	}
}
