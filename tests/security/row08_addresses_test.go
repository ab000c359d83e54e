package security

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

// trap is a server that must not be called.
type trap struct {
	*httptest.Server
	calls atomic.Int64
	port  string
}

func newTrap(t *testing.T) *trap {
	t.Helper()
	trapped := &trap{}
	trapped.Server = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { trapped.calls.Add(1) }))
	t.Cleanup(trapped.Close)
	u, err := url.Parse(trapped.URL)
	if err != nil {
		t.Fatal(err)
	}
	trapped.port = u.Port()
	return trapped
}

// inside are spellings of addresses on this machine, in networks behind it and of the
// services that hand out credentials; PORT is that of the trap.
var inside = []string{
	"http://127.0.0.1:PORT/", "http://127.1:PORT/", "http://127.0.1:PORT/", "http://127.127.127.127:PORT/", "http://localhost:PORT/", "http://LOCALHOST.:PORT/",
	"http://2130706433:PORT/", "http://0x7f000001:PORT/", "http://017700000001:PORT/", "http://0177.0.0.1:PORT/", "http://0x7f.0.0.1:PORT/", "http://127.0.0.0x1:PORT/",
	"http://0.0.0.0:PORT/", "http://0:PORT/", "http://[::]:PORT/", "http://[::1]:PORT/", "http://[0:0:0:0:0:0:0:1]:PORT/",
	"http://[::ffff:127.0.0.1]:PORT/", "http://[::ffff:7f00:1]:PORT/", "http://[::127.0.0.1]:PORT/", "http://[64:ff9b::7f00:1]:PORT/", "http://[2002:7f00:1::]:PORT/",
	"http://[::1%25lo]:PORT/", "http://[fe80::1%25lo]:PORT/", "http://[fe80::1]/", "http://[::ffff:169.254.169.254]/", "http://[fd00:ec2::254]/",
	"http://169.254.169.254/latest/meta-data/", "http://2852039166/", "http://0xa9fea9fe/", "http://0251.0376.0251.0376/", "http://169.254.169.254:80/", "http://169.254.169.254.:80/",
	"http://100.100.100.200/", "http://168.63.129.16/", "http://192.0.0.192/", "http://metadata.google.internal/", "http://metadata/", "http://instance-data/",
	"http://10.0.0.1/", "http://192.168.0.1/", "http://172.16.0.1/", "http://224.0.0.1/", "http://255.255.255.255/",
	"http://127.0.0.1.nip.io:PORT/", "http://localtest.me:PORT/", "http://①②⑦.⓪.⓪.①:PORT/", "http://127。0。0。1:PORT/", "http://127%2e0%2e0%2e1:PORT/",
	"http://allowed.example@127.0.0.1:PORT/", "http://allowed.example:80@127.0.0.1:PORT/", "http://127.0.0.1:PORT\\@allowed.example/", "http://allowed.example#@127.0.0.1:PORT/",
	"http://allowed.example%00.127.0.0.1:PORT/", "http://127.0.0.1:PORT%20allowed.example/", "http://127.0.0.1 allowed.example:PORT/", "http://127.0.0.1:PORT\r\nHost: allowed.example/",
	"http://127.0.0.1:0PORT/", "http://127.0.0.1:+PORT/", "http://127.0.0.1:65536/", "http://127.0.0.1:0/", "http:127.0.0.1:PORT", "//127.0.0.1:PORT/", "127.0.0.1:PORT", "http:///127.0.0.1:PORT/", "http://", "",
	"https://127.0.0.1:PORT/", "file:///etc/passwd", "gopher://127.0.0.1:PORT/_GET%20/", "ftp://127.0.0.1:PORT/", "dict://127.0.0.1:PORT/", "unix:///var/run/docker.sock", "data:text/plain,x", "javascript:alert(1)", "HTTP://127.0.0.1:PORT/",
}

func TestRow08_NoDeliveryGoesWhereNobodyAllowed(t *testing.T) {
	t.Parallel()
	for name, allowed := range map[string][]string{
		"as it is installed":      nil,
		"one name is allowed":     {"--delivery-allow", "allowed.example"},
		"every name below is":     {"--delivery-allow", "*.allowed.example"},
		"one address is":          {"--delivery-allow", "192.0.2.1:80"},
		"every public address is": {"--delivery-allow", "*"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trap := newTrap(t)
			s := harness.Start(t, harness.Options{Flags: allowed})
			ids := map[string]string{}
			for _, text := range inside {
				address := strings.ReplaceAll(text, "PORT", trap.port)
				ids[deliver(t, s, "http", "a secret prompt", map[string]any{"url": address})] = address
				if u, err := url.Parse(address); err == nil && u.Hostname() != "" {
					ids[deliver(t, s, "http", "a secret prompt", map[string]any{"host": u.Hostname(), "port": u.Port()})] = "host and port of " + address
				}
			}
			ids[deliver(t, s, "http", "x", map[string]any{"host": "allowed.example:80@127.0.0.1", "port": trap.port})] = "a host with a user name"
			ids[deliver(t, s, "http", "x", map[string]any{"host": "allowed.example", "path": "@127.0.0.1:" + trap.port + "/"})] = "a path with a host"
			ids[deliver(t, s, "http", "x", map[string]any{"http": map[string]any{"url": trap.URL}})] = "a nested address"
			ids[deliver(t, s, "http", "x", map[string]any{"url": []string{trap.URL}, "host": map[string]any{"x": trap.URL}})] = "addresses of other types"
			if len(ids) < 40 {
				t.Fatalf("only %d addresses", len(ids))
			}
			for id, address := range ids {
				if m := attempted(t, s, id); m.RawStatus == lora.JobSucceeded || m.said() == "" {
					t.Errorf("%q: %s because %q", address, m.RawStatus, m.said())
				}
			}
			if n := trap.calls.Load(); n != 0 {
				t.Errorf("the inside was called %d times", n)
			}
		})
	}
}

func TestRow08_AnAllowedTargetCannotSendOnTheWayInside(t *testing.T) {
	t.Parallel()
	trap := newTrap(t)
	var reached atomic.Int64
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		to := r.URL.Query().Get("to")
		if r.URL.Path == "/loop" {
			to = "/loop"
		}
		if to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}
	}))
	t.Cleanup(target.Close)
	host := strings.TrimPrefix(target.URL, "http://")
	s := harness.Start(t, harness.Options{Flags: []string{"--delivery-allow", host}})
	if m := final(t, s, deliver(t, s, "http", "x", map[string]any{"url": target.URL})); m.RawStatus != lora.JobSucceeded || reached.Load() != 1 {
		t.Fatalf("the allowed target: %+v, reached %d times", m, reached.Load())
	}
	for _, text := range inside {
		to := strings.NewReplacer("PORT", trap.port, "\r\n", "").Replace(text)
		if to == "" || strings.HasPrefix(to, "127.0.0.1:") {
			continue // no redirect, or one to a path of the target
		}
		m := attempted(t, s, deliver(t, s, "http", "x", map[string]any{"url": target.URL + "/?to=" + url.QueryEscape(to)}))
		if m.RawStatus == lora.JobSucceeded || m.said() == "" {
			t.Errorf("a redirect to %q: %s because %q", to, m.RawStatus, m.said())
		}
	}
	if n := trap.calls.Load(); n != 0 {
		t.Errorf("the inside was called %d times", n)
	}
	before := reached.Load()
	loop := attempted(t, s, deliver(t, s, "http", "x", map[string]any{"url": target.URL + "/loop"}))
	if calls := reached.Load() - before; loop.RawStatus == lora.JobSucceeded || calls > 4 {
		t.Errorf("redirects in a circle: %s after %d calls", loop.RawStatus, calls)
	}
}

// The addresses of engines are the administrator's to choose, but some of them are never
// an engine, and what is called is what was written.
func TestRow08_NoEngineIsLookedForWhereNoneCanBe(t *testing.T) {
	t.Parallel()
	trap := newTrap(t)
	s := harness.Start(t, harness.Options{})
	before := kept(t, s)
	refused := 0
	for _, text := range inside {
		address := strings.ReplaceAll(text, "PORT", trap.port)
		if plausible(address) {
			continue
		}
		for _, path := range []string{"/api/v1/engines", "/api/v1/engines/test"} {
			r := s.Ask("POST", path, asJSON(t, map[string]any{"name": "e", "kind": "a1111", "url": address}))
			if r.Status != 422 && r.Status != 403 {
				t.Errorf("%s: %q: %d %.300s", path, address, r.Status, r.Body)
				continue
			}
			refused++
			r.Problem(t)
		}
	}
	if refused < 80 || trap.calls.Load() != 0 {
		t.Errorf("%d were refused, %d calls arrived", refused, trap.calls.Load())
	}
	if after := kept(t, s); after["engines"] != before["engines"] {
		t.Errorf("%d engines were kept", after["engines"]-before["engines"])
	}
}

// plausible are the addresses an engine may have: on this machine or in its networks.
func plausible(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Fragment != "" || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	switch strings.TrimSuffix(strings.ToLower(u.Hostname()), ".") {
	case "127.0.0.1", "127.127.127.127", "localhost", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
		"10.0.0.1", "192.168.0.1", "172.16.0.1", "127.0.0.1.nip.io", "localtest.me", "metadata.google.internal", "metadata", "instance-data":
		return u.Port() != "65536" && u.Port() != "0"
	}
	return false
}

func TestRow08_AnEngineCannotSendUsElsewhere(t *testing.T) {
	t.Parallel()
	trap := newTrap(t)
	var to atomic.Value
	to.Store(trap.URL)
	engine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", to.Load().(string)+r.URL.Path)
		w.WriteHeader(http.StatusTemporaryRedirect)
	}))
	t.Cleanup(engine.Close)
	s := harness.Start(t, harness.Options{})
	for i, elsewhere := range []string{trap.URL, "http://169.254.169.254", "http://localhost:" + trap.port, "http://[::ffff:127.0.0.1]:" + trap.port, "https://127.0.0.1:" + trap.port, "file://", "//127.0.0.1:" + trap.port} {
		to.Store(elsewhere)
		for _, kind := range []lora.EngineKind{lora.SDNext, lora.A1111, lora.Forge, lora.ComfyUI, lora.SDCpp} {
			var status lora.EngineStatus
			s.Call("POST", "/api/v1/engines/test", map[string]any{"name": "e", "kind": kind, "url": engine.URL}, &status)
			if status.Reachable == nil || *status.Reachable || status.Error == "" {
				t.Errorf("%d, %s: a redirect to %s is taken for an engine: %+v", i, kind, elsewhere, status)
			}
		}
	}
	if n := trap.calls.Load(); n != 0 {
		t.Errorf("the inside was called %d times", n)
	}
}
