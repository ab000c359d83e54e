package security

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"loramanager/tests/harness"
)

// wire is a live connection of a test.
type wire struct {
	t    *testing.T
	conn *websocket.Conn
}

// message is what the server sends.
type message struct {
	Type string          `json:"type"`
	Seq  uint64          `json:"seq"`
	Data json.RawMessage `json:"data"`
}

// dial tries to open a live connection and returns the status of the answer.
func dial(t *testing.T, s *harness.Server, client *http.Client, headers ...string) (*wire, int) {
	t.Helper()
	h := http.Header{}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		h.Set(name, value)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if client == nil {
		client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	}
	conn, answer, err := websocket.Dial(ctx, s.Base+"/api/v1/ws/progress", &websocket.DialOptions{HTTPHeader: h, HTTPClient: client})
	if err != nil {
		if answer == nil {
			t.Fatal(err)
		}
		return nil, answer.StatusCode
	}
	conn.SetReadLimit(mib)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &wire{t, conn}, answer.StatusCode
}

func connect(t *testing.T, s *harness.Server, headers ...string) *wire {
	t.Helper()
	w, status := dial(t, s, nil, headers...)
	if w == nil {
		t.Fatalf("no live connection: %d", status)
	}
	if m := w.read(); m.Type != "connected" {
		t.Fatalf("greeted with %+v", m)
	}
	return w
}

func (w *wire) send(text string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	if err := w.conn.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *wire) read() message {
	w.t.Helper()
	m, err := w.next()
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

func (w *wire) next() (message, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	_, data, err := w.conn.Read(ctx)
	if err != nil {
		return message{}, err
	}
	var m message
	if err := json.Unmarshal(data, &m); err != nil {
		w.t.Fatalf("%v in %q", err, data)
	}
	return m, nil
}

var evilOrigins = []string{
	"https://evil.example", "http://evil.example", "null", "file://", "http://127.0.0.1", "http://127.0.0.1:9", "http://localhost", "http://localhost:9",
	"chrome-extension://abcdef", "http://localhost.evil.example:8000", "http://", "x", "http://127.0.0.1:8000@evil.example", "http://evil.example/http://127.0.0.1:8000",
}

func TestRow13_ForeignPagesGetNoLiveConnection(t *testing.T) {
	t.Parallel()
	for what, environment := range map[string][]string{"without a key": nil, "with a key": {"API_KEY=correct horse"}} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := harness.Start(t, harness.Options{Env: environment})
			for _, origin := range append([]string{s.Base + ".evil.example", s.Base + "0", strings.Replace(s.Base, "127.0.0.1", "127.0.0.2", 1)}, evilOrigins...) {
				if w, status := dial(t, s, nil, "Origin: "+origin); w != nil || status != 403 {
					t.Errorf("%q: %d", origin, status)
				}
			}
		})
	}
}

// Browsers always name the page; only programs leave it out.
func TestRow13_WithoutAnOriginOnlyProgramsGetIn(t *testing.T) {
	t.Parallel()
	open := harness.Start(t, harness.Options{})
	locked := harness.Start(t, harness.Options{Env: []string{"API_KEY=correct horse"}})
	for _, c := range []struct {
		what    string
		server  *harness.Server
		headers []string
		status  int
	}{
		{"a program, no key configured", open, nil, 101},
		{"a browser that hides the page", open, []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"our page, no key configured", open, []string{"Origin: " + open.Base}, 101},
		{"a program without the key", locked, nil, 403},
		{"a program with a wrong key", locked, []string{"Authorization: Bearer wrong"}, 403},
		{"a program with the key", locked, []string{"Authorization: Bearer correct horse"}, 101},
		{"a program with the key in the prototype's header", locked, []string{"X-API-Key: correct horse"}, 101},
		{"our page without a login", locked, []string{"Origin: " + locked.Base}, 403},
		{"our page with a made up cookie", locked, []string{"Origin: " + locked.Base, "Cookie: loramanager_session=AAAA"}, 403},
		{"a foreign page with the cookie's name", locked, []string{"Origin: https://evil.example", "Cookie: loramanager_session=AAAA"}, 403},
	} {
		if _, status := dial(t, c.server, nil, c.headers...); status != c.status {
			t.Errorf("%s: %d, want %d", c.what, status, c.status)
		}
	}
}

// The cookie of a login opens connections for our pages only, and logging out closes them.
func TestRow13_ALoginOpensConnectionsAndItsEndClosesThem(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{Env: []string{"API_KEY=correct horse"}})
	login := s.Ask("POST", "/api/v1/session", `{"key":"correct horse"}`, "Origin: "+s.Base)
	cookie, _, _ := strings.Cut(login.Header.Get("Set-Cookie"), ";")
	if login.Status != 200 || cookie == "" || !strings.Contains(login.Header.Get("Set-Cookie"), "HttpOnly") || !strings.Contains(login.Header.Get("Set-Cookie"), "SameSite=Strict") {
		t.Fatalf("login: %d %v", login.Status, login.Header)
	}
	if _, status := dial(t, s, nil, "Origin: https://evil.example", "Cookie: "+cookie); status != 403 {
		t.Errorf("a foreign page with a stolen ride: %d", status)
	}
	if _, status := dial(t, s, nil, "Cookie: "+cookie); status != 403 {
		t.Errorf("the cookie without an origin: %d", status)
	}
	w := connect(t, s, "Origin: "+s.Base, "Cookie: "+cookie)
	if r := s.Ask("DELETE", "/api/v1/session", "", "Cookie: "+cookie, "Origin: "+s.Base); r.Status != 204 {
		t.Fatalf("logout: %d %s", r.Status, r.Body)
	}
	for {
		if _, err := w.next(); err != nil {
			// The goodbye may be lost when the connection is cut in the middle of a frame.
			if code := websocket.CloseStatus(err); code != websocket.StatusPolicyViolation && code != -1 || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("closed with %v", err)
			}
			return
		}
	}
}
