package security

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"loramanager/tests/harness"
)

const subscribe = `{"type":"subscribe","job_ids":null,"topics":null}`

// readUntil reads messages up to the first of a type.
func (w *wire) readUntil(kind string) message {
	w.t.Helper()
	for {
		if m := w.read(); m.Type == kind {
			return m
		}
	}
}

func TestRow20_FramesThatMakeNoSenseAreAnsweredAndForgotten(t *testing.T) {
	t.Parallel()
	s, _, a := one(t, harness.Options{})
	w := connect(t, s)
	for _, frame := range []string{
		"", " ", "x", "null", "1", "true", `"subscribe"`, "[]", `[{"type":"subscribe"}]`, "{", "{}", `{"type":null}`, `{"type":1}`, `{"type":["subscribe"]}`, `{"type":"nothing"}`,
		`{"type":"subscribe","job_ids":1}`, `{"type":"subscribe","topics":{}}`, `{"type":"subscribe","job_ids":[1]}`, `{"type":"resume"}`, `{"type":"resume","last_seq":-1}`,
		`{"type":"resume","last_seq":"1"}`, `{"type":"resume","last_seq":1.5}`, `{"type":"resume","last_seq":99999999999999999999}`, strings.Repeat("[", 4000), "\x00", "{}{}",
		`{"type":"` + strings.Repeat("x", 3000) + `"}`, `{"__proto__":{"type":"subscribe"}}`,
	} {
		w.send(frame)
		if m := w.read(); m.Type != "error" || !strings.Contains(string(m.Data), "message") {
			t.Errorf("%.40q is answered by %s %s", frame, m.Type, m.Data)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := w.conn.Write(ctx, websocket.MessageBinary, []byte(subscribe)); err != nil {
		t.Fatal(err)
	}
	if m := w.read(); m.Type != "error" {
		t.Errorf("a binary frame is answered by %+v", m)
	}
	w.send(subscribe)
	w.readUntil("subscription_confirmed")
	s.Call("PUT", "/api/v1/adapters/"+a.ID+"/favorite", map[string]bool{"is_favorite": true}, nil)
	w.readUntil("adapters_changed") // it lives and works
}

func TestRow20_AFrameThatIsTooLargeEndsItsConnectionOnly(t *testing.T) {
	t.Parallel()
	s, _, a := one(t, harness.Options{})
	healthy, greedy := connect(t, s), connect(t, s)
	healthy.send(subscribe)
	healthy.readUntil("subscription_confirmed")
	greedy.send(`{"type":"subscribe","job_ids":["` + strings.Repeat("x", 5*kib) + `"]}`)
	for {
		if _, err := greedy.next(); err != nil {
			if code := websocket.CloseStatus(err); code != websocket.StatusMessageTooBig && code != -1 {
				t.Errorf("closed with %v", err)
			}
			break
		}
	}
	s.Call("PUT", "/api/v1/adapters/"+a.ID+"/favorite", map[string]bool{"is_favorite": true}, nil)
	healthy.readUntil("adapters_changed")
}

func TestRow20_TheNumberOfConnectionsIsBounded(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{Flags: []string{"--max-sockets", "8", "--max-sockets-per-session", "5"}, Env: []string{"API_KEY=" + theKey}})
	key := "Authorization: Bearer " + theKey
	session := func() string {
		r := s.Ask("POST", "/api/v1/session", `{"key":"`+theKey+`"}`)
		cookie, _, _ := strings.Cut(r.Header.Get("Set-Cookie"), ";")
		return "Cookie: " + cookie
	}
	first, second := session(), session()
	var open []*wire
	for range 5 {
		open = append(open, connect(t, s, first, "Origin: "+s.Base))
	}
	if _, status := dial(t, s, nil, first, "Origin: "+s.Base); status != 429 {
		t.Errorf("a sixth of one login: %d", status)
	}
	for range 3 {
		open = append(open, connect(t, s, second, "Origin: "+s.Base))
	}
	if _, status := dial(t, s, nil, key); status != 503 {
		t.Errorf("a ninth of the server: %d", status)
	}
	_ = open[0].conn.Close(websocket.StatusNormalClosure, "")
	harness.Eventually(t, 20*time.Second, "the place of one that left is free", func() bool {
		w, _ := dial(t, s, nil, key)
		return w != nil
	})
}

// changes is how often the adapters change while the crowd listens; half of them
// before the slow reader stops to read.
const changes = 60

// A page that asks for a flood and does not read it is cut; the others get every
// event, in order.
func TestRow20_ASlowReaderIsCutWhileTheOthersGoOn(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if out := harness.Run(t, "sample", root, "-n", "150"); out.Code != 0 {
		t.Fatalf("sample: %s", out.Stderr)
	}
	s := harness.Start(t, harness.Options{Flags: []string{"--max-sockets", "6"}})
	s.AddRoot(root)
	var crowd []*wire
	for range 5 {
		w := connect(t, s)
		w.send(subscribe)
		w.readUntil("subscription_confirmed")
		crowd = append(crowd, w)
	}
	slow, greeted := connectSlowly(t, s)
	var reading sync.WaitGroup
	for i, w := range crowd {
		reading.Go(func() { w.readAll(t, i) })
	}
	change := func(n int) {
		for i := range n { // each names 150 adapters
			s.Call("POST", "/api/v1/adapters/bulk", map[string]any{"action": []string{"favorite", "unfavorite"}[i%2], "q": ""}, nil)
		}
	}
	change(changes / 2)
	before, _ := s.Memory()
	for range 200 { // each asks for everything so far, together more than the network holds
		slow.send(fmt.Sprintf(`{"type":"resume","last_seq":%d}`, greeted))
	}
	change(changes / 2)
	s.Call("PATCH", "/api/v1/settings", map[string]string{"density": "compact"}, nil) // that was all
	reading.Wait()
	harness.Eventually(t, 30*time.Second, "the slow reader's place is free", func() bool {
		w, _ := dial(t, s, nil)
		return w != nil
	})
	if after, known := s.Memory(); known && after.Now-before.Now > 64*mib {
		t.Errorf("memory rose by %d MiB", (after.Now-before.Now)/mib)
	}
	for {
		if _, err := slow.next(); err != nil {
			t.Logf("the slow reader was cut with %v", err)
			if code := websocket.CloseStatus(err); code != websocket.StatusTryAgainLater && code != -1 {
				t.Errorf("closed with %d", code)
			}
			return
		}
	}
}

// readAll reads until the settings change, and checks that no event is missing.
func (w *wire) readAll(t *testing.T, who int) {
	var last uint64
	heard := 0
	for {
		m, err := w.next()
		if err != nil {
			t.Errorf("reader %d was cut after %d changes: %v", who, heard, err)
			return
		}
		if m.Seq > 0 {
			if last > 0 && m.Seq != last+1 {
				t.Errorf("reader %d got %d after %d", who, m.Seq, last)
			}
			last = m.Seq
		}
		switch m.Type {
		case "adapters_changed":
			heard++
		case "settings_changed":
			if heard != changes {
				t.Errorf("reader %d heard of %d changes", who, heard)
			}
			return
		}
	}
}

// connectSlowly opens a connection with a small window that subscribes and then does
// not read. It returns the number of the last event before it.
func connectSlowly(t *testing.T, s *harness.Server) (*wire, uint64) {
	t.Helper()
	dialer := &net.Dialer{}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if tcp, ok := conn.(*net.TCPConn); ok {
			err = errors.Join(err, tcp.SetReadBuffer(4*kib))
		}
		return conn, err
	}}
	w, status := dial(t, s, &http.Client{Transport: transport})
	if w == nil {
		t.Fatalf("no live connection: %d", status)
	}
	var greeting struct{ Seq uint64 }
	if err := json.Unmarshal(w.readUntil("connected").Data, &greeting); err != nil {
		t.Fatal(err)
	}
	w.send(subscribe)
	w.readUntil("subscription_confirmed")
	return w, greeting.Seq
}

// A client that opens connections and says nothing, or says it one byte at a time,
// takes no place from the others and is forgotten after a while.
func TestRow20_HalfOpenConnectionsTakeNoPlace(t *testing.T) {
	t.Parallel()
	s, _, _ := one(t, harness.Options{Flags: []string{"--max-sockets", "3"}})
	var dialer net.Dialer
	for i := range 200 {
		conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(s.Base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if i%2 == 0 {
			_, _ = io.WriteString(conn, fmt.Sprintf("GET /api/v1/ws/progress HTTP/1.1\r\nHost: %s\r\nX: ", strings.TrimPrefix(s.Base, "http://")))
		}
	}
	if r := s.Ask("GET", "/api/v1/adapters", ""); r.Status != 200 {
		t.Errorf("beside 200 silent connections: %d", r.Status)
	}
	connect(t, s)
}
