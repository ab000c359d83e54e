package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"loramanager/internal/events"
)

// line is a WebSocket client of a test.
type line struct {
	t    *testing.T
	conn *websocket.Conn
}

func (d *door) dial(t *testing.T, headers ...string) (*line, *http.Response, error) {
	t.Helper()
	h := http.Header{}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		h.Set(name, value)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, answer, err := websocket.Dial(ctx, d.http.URL+"/api/v1/ws/progress", &websocket.DialOptions{HTTPHeader: h, HTTPClient: d.http.Client()})
	if err != nil {
		return nil, answer, err
	}
	conn.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &line{t, conn}, answer, nil
}

// connect dials and reads the greeting.
func (d *door) connect(t *testing.T, headers ...string) (*line, received) {
	t.Helper()
	l, _, err := d.dial(t, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return l, l.expect("connected")
}

type received struct {
	Type      string
	Timestamp string
	Seq       uint64
	Data      map[string]any
}

func (l *line) say(frame string) {
	l.t.Helper()
	if err := l.conn.Write(l.t.Context(), websocket.MessageText, []byte(frame)); err != nil {
		l.t.Fatal(err)
	}
}

func (l *line) expect(kind string) received {
	l.t.Helper()
	r := l.expectAny()
	if r.Type != kind {
		l.t.Fatalf("want %s, got %+v", kind, r)
	}
	return r
}

func (l *line) expectAny() (r received) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 10*time.Second)
	defer cancel()
	_, data, err := l.conn.Read(ctx)
	if err != nil {
		l.t.Fatal(err)
	}
	if err := json.Unmarshal(data, &r); err != nil {
		l.t.Fatalf("%v: %s", err, data)
	}
	return r
}

// ended waits for the server to close the line and returns why.
func (l *line) ended() websocket.StatusCode {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 20*time.Second)
	defer cancel()
	for {
		if _, _, err := l.conn.Read(ctx); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

func TestALiveConnectionFollowsTheContract(t *testing.T) {
	t.Parallel()
	hub := events.New(events.Options{})
	d := openDoor(t, Options{Events: hub})
	l, hello := d.connect(t)
	id, _ := hello.Data["connection_id"].(string)
	if !strings.HasPrefix(id, "conn_1_") || hello.Data["message"] != "Connected to progress monitoring" || !strings.HasSuffix(hello.Timestamp, "+00:00") {
		t.Errorf("greeting %+v", hello)
	}
	l.say(`{"type":"subscribe"}`)
	if c := l.expect("subscription_confirmed"); c.Data["job_ids"] != nil {
		t.Errorf("confirmed %+v", c)
	}
	hub.Announce("scan_progress", map[string]int{"found": 3})
	e := l.expect("scan_progress")
	if e.Seq != hub.Last() || e.Data["found"] != 3.0 {
		t.Errorf("event %+v", e)
	}
}

func TestPromise5_BadFramesAreAnsweredAndForgotten(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{})
	l, _ := d.connect(t)
	for _, frame := range []string{`hello`, `[1,2]`, `"subscribe"`, `null`, `5`, `{"type":"dance"}`, `{"type":"subscribe","job_ids":"all"}`, `{"type":"resume"}`, `{"type":"resume","last_seq":-1}`} {
		l.say(frame)
		if e := l.expect("error"); e.Data["message"] == "" {
			t.Errorf("%s: %+v", frame, e)
		}
	}
	if err := l.conn.Write(t.Context(), websocket.MessageBinary, []byte{0, 1, 2}); err != nil {
		t.Fatal(err)
	}
	l.expect("error")
	l.say(`{"type":"subscribe","job_ids":["a"]}`)
	l.expect("subscription_confirmed")
}

func TestAFrameBeyondTheLimitEndsTheConnection(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{})
	l, _ := d.connect(t)
	l.say(`{"type":"` + strings.Repeat("x", maxFrameBytes) + `"}`)
	if code := l.ended(); code != websocket.StatusMessageTooBig {
		t.Errorf("closed with %d", code)
	}
}

func TestOnlyWhatWasAskedForArrives(t *testing.T) {
	t.Parallel()
	hub := events.New(events.Options{})
	d := openDoor(t, Options{Events: hub})
	l, _ := d.connect(t)
	l.say(`{"type":"subscribe","job_ids":["job-1"],"topics":["adapters"]}`)
	l.expect("subscription_confirmed")
	hub.Announce("scan_progress", 1)
	hub.Publish(events.Event{Type: "progress_update", Topic: "job-2", Data: map[string]any{}})
	hub.Publish(events.Event{Type: "progress_update", Topic: "job-1", Data: map[string]any{"job": "mine"}})
	if e := l.expect("progress_update"); e.Data["job"] != "mine" {
		t.Errorf("%+v", e)
	}
	hub.Announce("adapters_changed", map[string]any{})
	l.expect("adapters_changed")
	l.say(`{"type":"subscribe","job_ids":["job-2"],"topics":["scan"]}`)
	l.expect("subscription_confirmed")
	hub.Announce("scan_progress", map[string]any{})
	l.expect("scan_progress")
	hub.Publish(events.Event{Type: "progress_update", Topic: "job-1", Data: map[string]any{}})
	l.expect("progress_update") // subscribing again adds
}

func TestPromise5_WhoReturnsGetsWhatItMissed(t *testing.T) {
	t.Parallel()
	hub := events.New(events.Options{Replay: 8})
	d := openDoor(t, Options{Events: hub})
	first, hello := d.connect(t)
	seen := uint64(hello.Data["seq"].(float64))
	_ = first.conn.CloseNow()
	for i := range 3 {
		hub.Announce("scan_progress", map[string]int{"n": i})
	}
	l, _ := d.connect(t)
	l.say(`{"type":"subscribe","job_ids":null,"topics":null}`)
	l.expect("subscription_confirmed")
	resume, _ := json.Marshal(map[string]any{"type": "resume", "last_seq": seen})
	l.say(string(resume))
	for i := range 3 {
		if e := l.expect("scan_progress"); e.Seq != seen+1+uint64(i) || e.Data["n"] != float64(i) {
			t.Errorf("%d: %+v", i, e)
		}
	}
	for range 9 { // more than is kept
		hub.Announce("scan_progress", map[string]any{})
		l.expect("scan_progress")
	}
	l.say(string(resume))
	if e := l.expect("resync"); e.Data["reason"] == "" || e.Seq != hub.Last() {
		t.Errorf("%+v", e)
	}
}

func TestPromise5_ASlowClientIsCutAndTheOthersNotice(t *testing.T) {
	t.Parallel()
	hub := events.New(events.Options{Buffer: 4})
	d := openDoor(t, Options{Events: hub})
	slow, _ := d.connect(t)
	quick, _ := d.connect(t)
	for _, l := range []*line{slow, quick} {
		l.say(`{"type":"subscribe","topics":["scan"]}`)
		l.expect("subscription_confirmed")
	}
	big := map[string]string{"padding": strings.Repeat("x", 256<<10)}
	for range 200 { // more than the kernel buffers for one connection
		hub.Announce("scan_progress", big)
		quick.expect("scan_progress")
	}
	if code := slow.ended(); code != websocket.StatusTryAgainLater && code != -1 {
		t.Errorf("the slow one was closed with %d", code)
	}
	hub.Announce("scan_finished", map[string]any{})
	quick.expect("scan_finished")
}

func TestPromise2_ForeignPagesGetNoLiveConnection(t *testing.T) {
	t.Parallel()
	open := openDoor(t, Options{Origins: []string{"http://localhost:5173"}, AllowedHosts: []string{"nas.local"}})
	locked := openDoor(t, Options{Key: "k", Origins: []string{"*"}})
	cookie := func() string {
		c := locked.ask(t, "POST", "/api/v1/session", `{"key":"k"}`).Cookies()[0]
		return "Cookie: " + c.Name + "=" + c.Value
	}()
	for _, c := range []struct {
		name    string
		d       *door
		headers []string
		ok      bool
	}{
		{"our own page", open, []string{"Origin: " + open.http.URL}, true},
		{"an allowed page", open, []string{"Origin: http://localhost:5173"}, true},
		{"our page behind a proxy", open, []string{"Origin: https://nas.local"}, true},
		{"a program", open, nil, true},
		{"another site", open, []string{"Origin: http://evil.com"}, false},
		{"our name on another port", open, []string{"Origin: http://127.0.0.1:1"}, false},
		{"a sandboxed page", open, []string{"Origin: null"}, false},
		{"a name that begins like ours", open, []string{"Origin: " + open.http.URL + ".evil.com"}, false},
		{"nobody without the key", locked, nil, false},
		{"a program with the key", locked, []string{"X-API-Key: k"}, true},
		{"our page with the cookie", locked, []string{"Origin: " + locked.http.URL, cookie}, true},
		{"another site with the cookie, though every origin may read", locked, []string{"Origin: http://evil.com", cookie}, false},
		{"the cookie without an origin", locked, []string{cookie}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, answer, err := c.d.dial(t, c.headers...)
			if (err == nil) != c.ok {
				t.Errorf("connected: %v (%v)", err == nil, err)
			}
			if err != nil && answer != nil && answer.StatusCode != http.StatusForbidden {
				t.Errorf("status %d", answer.StatusCode)
			}
		})
	}
}

func TestLiveConnectionsAreCounted(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{MaxSockets: 3, MaxSocketsPerSession: 2})
	a, _ := d.connect(t)
	d.connect(t)
	if _, answer, err := d.dial(t); err == nil || answer.StatusCode != http.StatusTooManyRequests {
		t.Fatalf("a third connection of one address: %v", err)
	}
	_ = a.conn.Close(websocket.StatusNormalClosure, "")
	for i := 0; ; i++ {
		if _, _, err := d.dial(t); err == nil {
			break
		}
		if i == 1000 {
			t.Fatal("the place of a closed connection is not given away")
		}
	}
}

func TestLoggingOutEndsTheLiveConnection(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{Key: "k"})
	c := d.ask(t, "POST", "/api/v1/session", `{"key":"k"}`).Cookies()[0]
	cookie := "Cookie: " + c.Name + "=" + c.Value
	l, _ := d.connect(t, cookie, "Origin: "+d.http.URL)
	d.ask(t, "DELETE", "/api/v1/session", "", cookie)
	if code := l.ended(); code != websocket.StatusPolicyViolation {
		t.Errorf("closed with %d", code)
	}
}

func TestStoppingEndsLiveConnections(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{})
	l, _ := d.connect(t)
	done := make(chan error, 1)
	go func() { done <- d.Close(context.Background()) }()
	if code := l.ended(); code != websocket.StatusGoingAway {
		t.Errorf("closed with %d", code)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
