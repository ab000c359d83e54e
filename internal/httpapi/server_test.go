package httpapi

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"loramanager/internal/lora"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// door is a running server without a library behind it.
type door struct {
	*Server
	http *httptest.Server
}

func openDoor(t *testing.T, o Options) *door {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.Listen = listener.Addr().String()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Web == nil {
		o.Web = fstest.MapFS{
			"index.html":       {Data: []byte(`<!doctype html><base href="/" /><title>app</title>`)},
			"icon.svg":         {Data: []byte("<svg/>")},
			"assets/app.js":    {Data: []byte("plain")},
			"assets/app.js.br": {Data: []byte("brotli")},
			"assets/app.js.gz": {Data: []byte("gzip")},
			"assets/style.css": {Data: []byte("css")},
		}
		o.WebBuilt = true
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewUnstartedServer(s)
	_ = web.Listener.Close()
	web.Listener = listener
	web.Start()
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
		web.Close()
		web.Client().CloseIdleConnections()
	})
	return &door{Server: s, http: web}
}

// ask sends one request; headers are given as "Name: value".
func (d *door) ask(t *testing.T, method, path, body string, headers ...string) *http.Response {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, d.http.URL+path, reader)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Opaque, r.URL.RawQuery = path, "" // as it is, uncleaned
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Set(name, value)
	}
	client := *d.http.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// problem checks that an answer is a problem document of this status and code.
func problem(t *testing.T, r *http.Response, status int, code lora.Code) Problem {
	t.Helper()
	var p Problem
	body := text(t, r)
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Fatalf("status %d, not a problem document: %q", r.StatusCode, body)
	}
	if r.StatusCode != status || p.Status != status || p.Code != code {
		t.Fatalf("status %d code %q, want %d %q: %s", r.StatusCode, p.Code, status, code, body)
	}
	if r.Header.Get("Content-Type") != "application/problem+json" || p.Type != "about:blank" || p.Title == "" || p.Detail == "" {
		t.Errorf("incomplete problem document: %s %s", r.Header.Get("Content-Type"), body)
	}
	if p.RequestID == "" || p.RequestID != r.Header.Get("X-Request-ID") {
		t.Errorf("request id %q in the body, %q in the header", p.RequestID, r.Header.Get("X-Request-ID"))
	}
	return p
}

func TestPromise1_EveryErrorIsAProblem(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{})
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		code                     lora.Code
	}{
		{"an unknown path of the API", "GET", "/api/v1/nothing", "", nil, 404, lora.NotFound},
		{"an unknown path above the version", "GET", "/api/v2/adapters", "", nil, 404, lora.NotFound},
		{"a method the path does not take", "PATCH", "/api/v1/adapters", "{}", nil, 405, lora.Invalid},
		{"a body that is not JSON", "POST", "/api/v1/adapters", "{", nil, 422, lora.Invalid},
		{"no body at all", "POST", "/api/v1/adapters", "", nil, 422, lora.Invalid},
		{"a JSON null as body", "POST", "/api/v1/adapters/bulk", "null", nil, 422, lora.Invalid},
		{"a form", "POST", "/api/v1/adapters", "name=x", []string{"Content-Type: application/x-www-form-urlencoded"}, 415, lora.Invalid},
		{"JSON sent as text", "POST", "/api/v1/adapters", "{}", []string{"Content-Type: text/plain"}, 415, lora.Invalid},
		{"a body beyond the limit", "POST", "/api/v1/adapters/bulk", `{"action":"` + strings.Repeat("x", maxBodyBytes) + `"}`, nil, 413, lora.TooLarge},
		{"a query value of the wrong type", "GET", "/api/v1/adapters?page=x", "", nil, 422, lora.Invalid},
		{"a boolean that is none", "GET", "/api/v1/adapters?active_only=2", "", nil, 422, lora.Invalid},
		{"posting to a page", "POST", "/library", "", nil, 405, lora.Invalid},
		{"a panic inside", "GET", "/api/v1/adapters", "", nil, 500, lora.Internal}, // there is no store here
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := problem(t, d.ask(t, c.method, c.path, c.body, c.headers...), c.status, c.code)
			if strings.Contains(p.Detail, "nil") || strings.Contains(p.Detail, "runtime") {
				t.Errorf("the detail tells internals: %q", p.Detail)
			}
		})
	}
}

func TestAllowNamesTheMethodsOfAPath(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{})
	r := d.ask(t, "PUT", "/api/v1/adapters", "{}")
	if got := r.Header.Get("Allow"); got != "GET, HEAD, POST" {
		t.Errorf("Allow: %q", got)
	}
}

func TestWrongFieldsAreNamedWithTheirPlace(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{})
	for _, c := range []struct{ name, method, path, body, location string }{
		{"a number as text in an edit", "PATCH", "/api/v1/adapters/x", `{"weight":"1"}`, "body.weight"},
		{"a number beyond 64 bits", "PATCH", "/api/v1/adapters/x", `{"ordinal":10000000000000000000}`, "body.ordinal"},
		{"1.0 where a whole number must be", "PATCH", "/api/v1/adapters/x", `{"ordinal":1.0}`, "body.ordinal"},
		{"NaN", "PATCH", "/api/v1/adapters/x", `{"weight":NaN}`, "body"},
		{"a number beyond a float", "PATCH", "/api/v1/adapters/x", `{"weight":1e999}`, "body"},
		{"text where a list must be", "PATCH", "/api/v1/adapters/x", `{"tags":"a"}`, "body.tags"},
		{"an unknown key of an edit", "PATCH", "/api/v1/adapters/x", `{"wieght":1}`, "body.wieght"},
		{"a key in other capitals", "PATCH", "/api/v1/adapters/x", `{"WEIGHT":1}`, "body.WEIGHT"},
		{"a rating of six", "PATCH", "/api/v1/adapters/x", `{"rating":6}`, "body.rating"},
		{"a missing name", "POST", "/api/v1/adapters", `{"file_path":"/x"}`, "body.name"},
		{"a wrong weight at creation", "POST", "/api/v1/adapters", `{"name":"a","file_path":"/x","weight":"heavy"}`, "body.weight"},
		{"a number as name", "POST", "/api/v1/adapters", `{"name":1,"file_path":"/x"}`, "body.name"},
		{"an unknown action", "POST", "/api/v1/adapters/bulk", `{"action":"explode","lora_ids":[]}`, "body.action"},
		{"too many exceptions", "POST", "/api/v1/adapters/bulk", `{"action":"favorite","q":"","except_ids":["x"` + strings.Repeat(`,"x"`, 1000) + `]}`, "body.except_ids"},
		{"a word as page", "GET", "/api/v1/adapters?page=one", "", "query.page"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := problem(t, d.ask(t, c.method, c.path, c.body), 422, lora.Invalid)
			for _, f := range p.Errors {
				if f.Location == c.location && f.Message != "" {
					return
				}
			}
			t.Errorf("no error at %s: %+v", c.location, p.Errors)
		})
	}
}

func TestSeveralMistakesAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{})
	p := problem(t, d.ask(t, "POST", "/api/v1/adapters", `{"weight":"x","active":"perhaps","nsfw_level":1.5}`), 422, lora.Invalid)
	if len(p.Errors) != 5 {
		t.Errorf("want five errors (two missing, three wrong), got %+v", p.Errors)
	}
}

func TestAMistakeIsReportedOnceAndWithoutWordsOfGo(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{})
	for path, body := range map[string]string{"/api/v1/adapters": `[]`, "/api/v1/adapters/bulk": `{"action":"set_weight","params":{"weight":"1"}}`} {
		p := problem(t, d.ask(t, "POST", path, body), 422, lora.Invalid)
		seen := map[string]bool{}
		for _, f := range p.Errors {
			if seen[f.Location] || strings.Contains(f.Message, "Go value") {
				t.Errorf("%s %s: %+v", path, body, p.Errors)
			}
			seen[f.Location] = true
		}
	}
}

func TestHealthAndSettingsNeedNothing(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{Key: "k", Frontend: FrontendSettings{BackendURL: "/api/v1", GenerationPolling: GenerationPolling{2000, 3000, 10000}}})
	for path, want := range map[string]string{
		"/health":            `{"service":"lora-manager","status":"ok"}`,
		"/api/health":        `{"status":"ok"}`,
		"/livez":             `{"status":"ok"}`,
		"/frontend/settings": `{"backendUrl":"/api/v1","backendApiKey":null,"generationPolling":{"queueMs":2000,"websocketRetryMs":3000,"systemStatusMs":10000}}`,
	} {
		r := d.ask(t, "GET", path, "")
		if got := text(t, r); r.StatusCode != 200 || got != want {
			t.Errorf("%s: %d %s", path, r.StatusCode, got)
		}
		if r := d.ask(t, "HEAD", path, ""); r.StatusCode != 200 {
			t.Errorf("HEAD %s: %d", path, r.StatusCode)
		}
	}
}

func TestATrailingSlashIsRedirected(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{})
	r := d.ask(t, "GET", "/api/v1/adapters/?page=2", "")
	if r.StatusCode != 307 || r.Header.Get("Location") != "/api/v1/adapters?page=2" {
		t.Errorf("%d %q", r.StatusCode, r.Header.Get("Location"))
	}
}
