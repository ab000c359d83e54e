package security

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

// operation is one route of the API as its own description names it.
type operation struct{ method, path string }

// described reads the description, so that a new route is attacked without anybody
// remembering to add it here. Parameters of the paths are filled; id is for ids.
func described(t *testing.T, s *harness.Server, id string, headers ...string) []operation {
	t.Helper()
	r := s.Ask("GET", "/api/openapi.json", "", headers...)
	var spec struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := decode(r, &spec); err != nil || r.Status != 200 {
		t.Fatalf("the description: %d, %v", r.Status, err)
	}
	var list []operation
	for _, path := range slices.Sorted(maps.Keys(spec.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(spec.Paths[path])) {
			o := operation{strings.ToUpper(method), strings.NewReplacer("{id}", id, "{lora_id}", id, "{value}", "00ff00ff", "{name}", "sketch", "{part}", "1").Replace(path)}
			if strings.Contains(o.path, "{") {
				t.Errorf("%s: a parameter this test does not know", path)
			}
			list = append(list, o)
		}
	}
	if len(list) < 100 {
		t.Fatalf("the description names only %d operations", len(list))
	}
	return list
}

// operations are those that change something and those that only read.
func operations(t *testing.T, s *harness.Server, id string) (changing, reading []operation) {
	t.Helper()
	for _, o := range described(t, s, id) {
		switch o.method {
		case "GET", "HEAD":
			reading = append(reading, o)
		case "POST", "PUT", "PATCH", "DELETE":
			changing = append(changing, o)
		}
	}
	if len(changing) < 60 || len(reading) < 30 {
		t.Fatalf("the description names only %d and %d routes", len(changing), len(reading))
	}
	return changing, reading
}

// state is everything a foreign page could want to change.
func state(t *testing.T, s *harness.Server) string {
	t.Helper()
	var all []string
	for _, path := range []string{"/api/v1/roots", "/api/v1/settings", "/api/v1/searches", "/api/v1/trash", "/api/v1/scans"} {
		r := s.Ask("GET", path, "")
		all = append(all, fmt.Sprint(r.Status), string(r.Body))
	}
	var page struct {
		Change int            `json:"change"`
		Items  []lora.Adapter `json:"items"`
	}
	s.Call("GET", "/api/v1/adapters", nil, &page)
	var queue struct{ State lora.QueueState }
	s.Call("GET", "/api/v1/generation/queue", nil, &queue)
	return strings.Join(append(all, asJSON(t, page), asJSON(t, queue), fmt.Sprint(kept(t, s))), "\n")
}

func TestRow11_PagesOfOtherSitesChangeNothing(t *testing.T) {
	t.Parallel()
	s, _, a := one(t, harness.Options{})
	changing, _ := operations(t, s, a.ID)
	before := state(t, s)
	for _, o := range changing {
		for what, headers := range map[string][]string{
			"a form of another site":             {"Origin: https://evil.example", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Content-Type: application/x-www-form-urlencoded"},
			"a form with files":                  {"Origin: https://evil.example", "Sec-Fetch-Site: cross-site", "Content-Type: multipart/form-data; boundary=x"},
			"a form in plain text":               {"Origin: https://evil.example", "Content-Type: text/plain"},
			"fetch without cors":                 {"Origin: https://evil.example", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Content-Type: text/plain;charset=UTF-8"},
			"fetch with cors, preflight ignored": {"Origin: https://evil.example", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors"},
			"a sandboxed frame":                  {"Origin: null", "Sec-Fetch-Site: cross-site"},
			"a sandboxed frame of old":           {"Origin: null"},
			"another port of this machine":       {"Origin: http://127.0.0.1:9", "Sec-Fetch-Site: same-site"},
			"a sibling name":                     {"Origin: http://evil.localhost", "Sec-Fetch-Site: same-site"},
			"a browser without fetch metadata":   {"Origin: https://evil.example"},
			"a name that begins like ours":       {"Origin: " + s.Base + ".evil.example"},
			"our address under https":            {"Origin: " + strings.Replace(s.Base, "http:", "https:", 1) + "1"},
			"a beacon":                           {"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Content-Type: text/plain"},
		} {
			r := s.Ask(o.method, o.path, bodyFor(o), headers...)
			if r.Status != 403 && r.Status != 415 {
				t.Errorf("%s, %s %s: %d %.200s", what, o.method, o.path, r.Status, r.Body)
			}
			if r.Problem(t); r.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s, %s %s: the page may read the answer", what, o.method, o.path)
			}
		}
	}
	if after := state(t, s); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

// bodyFor would do harm if it were accepted.
func bodyFor(o operation) string {
	switch {
	case strings.HasSuffix(o.path, "/bulk"):
		return `{"action":"delete","q":""}`
	case o.method == "PATCH":
		return `{"notes":"changed","name":"changed","theme":"dark"}`
	case strings.HasSuffix(o.path, "/roots"):
		return `{"path":"/tmp"}`
	case strings.HasSuffix(o.path, "/searches"):
		return `{"name":"x","q":"y"}`
	case strings.HasSuffix(o.path, "/deliveries"):
		return `{"prompt":"x","mode":"file"}`
	case strings.HasSuffix(o.path, "/engines"):
		return `{"name":"x","kind":"a1111","url":"http://127.0.0.1:9"}`
	case strings.HasSuffix(o.path, "/compositions"), strings.HasSuffix(o.path, "/presets"):
		return `{"name":"x","entries":[],"params":{"prompt":"x"}}`
	case strings.HasSuffix(o.path, "generate"), strings.HasSuffix(o.path, "-generation"):
		return `{"prompt":"x"}`
	}
	return "{}"
}

// A form sends what a page wants without the browser naming the page, as some old
// ones do: then the type of the body gives it away.
func TestRow11_FormsAreNoJSON(t *testing.T) {
	t.Parallel()
	s, _, a := one(t, harness.Options{})
	changing, _ := operations(t, s, a.ID)
	before := state(t, s)
	for _, o := range changing {
		for _, kind := range []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "text/plain; x=application/json", "text/json-x", "image/png", "application/jsonx", "application/x+jsonp"} {
			r := s.Ask(o.method, o.path, bodyFor(o), "Content-Type: "+kind)
			if picture := strings.HasSuffix(o.path, "/pictures") || strings.HasSuffix(o.path, "/read-picture"); picture && kind == "image/png" && r.Status == 422 {
				continue // no form sends that
			}
			if strings.HasSuffix(o.path, "/import") && strings.HasPrefix(kind, "multipart/") && r.Status == 422 {
				continue // the contract's form; where a browser names the page, another site's is refused
			}
			if r.Status != 415 {
				t.Errorf("%s %s as %s: %d %.200s", o.method, o.path, kind, r.Status, r.Body)
			}
		}
	}
	if after := state(t, s); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

// A picture tag or a link can make a browser read any address; that must change nothing.
func TestRow11_ReadingChangesNothing(t *testing.T) {
	t.Parallel()
	s, _, a := one(t, harness.Options{})
	changing, reading := operations(t, s, a.ID)
	before := state(t, s)
	for _, o := range reading {
		if r := s.Ask("GET", o.path, "", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image", "Referer: https://evil.example/"); r.Status >= 500 {
			t.Errorf("GET %s: %d %s", o.path, r.Status, r.Body)
		}
	}
	for _, o := range changing {
		// Nor can the method be smuggled in.
		for _, header := range []string{"X-HTTP-Method-Override: " + o.method, "X-Method-Override: " + o.method} {
			s.Ask("GET", o.path+"?_method="+o.method, "", header)
		}
	}
	if after := state(t, s); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

func TestRow11_OtherSitesCannotReadAnswers(t *testing.T) {
	t.Parallel()
	s, _, a := one(t, harness.Options{})
	for _, origin := range []string{"https://evil.example", "null", "http://127.0.0.1:9", "http://localhost.evil.example:8000", "http://localhost:8000.evil.example", "http://localhost:80000", "HTTP://LOCALHOST:5173/x", "file://"} {
		for _, path := range []string{"/api/v1/adapters", "/api/v1/adapters/" + a.ID, "/frontend/settings", "/api/openapi.json", "/"} {
			if r := s.Ask("GET", path, "", "Origin: "+origin); r.Header.Get("Access-Control-Allow-Origin") != "" || r.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s may read %s: %v", origin, path, r.Header)
			}
		}
		r := s.Ask("OPTIONS", "/api/v1/adapters/bulk", "", "Origin: "+origin, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type")
		if r.Status < 400 || r.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s gets past the preflight: %d %v", origin, r.Status, r.Header)
		}
	}
}

// Who may: the app itself, scripts, and the pages that were named.
func TestRow11_OurOwnPagesAndScriptsStillWork(t *testing.T) {
	t.Parallel()
	s, _, a := one(t, harness.Options{Env: []string{"CORS_ORIGINS=https://friend.example"}})
	for what, headers := range map[string][]string{
		"a script":         {},
		"the app":          {"Origin: " + s.Base, "Sec-Fetch-Site: same-origin"},
		"an old browser":   {"Origin: " + s.Base},
		"a page we trust":  {"Origin: https://friend.example", "Sec-Fetch-Site: cross-site"},
		"the address line": {"Sec-Fetch-Site: none"},
	} {
		if r := s.Ask("PATCH", "/api/v1/adapters/"+a.ID, asJSON(t, map[string]string{"notes": what}), headers...); r.Status != 200 {
			t.Errorf("%s: %d %s", what, r.Status, r.Body)
		}
	}
}
