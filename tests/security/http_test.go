package security

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

func TestMethodsThatNobodyNeedsAreRefused(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	for _, method := range []string{"TRACE", "TRACK", "PROPFIND", "DEBUG"} {
		for _, path := range []string{"/", "/assets/", "/api/v1/adapters", "/health"} {
			if r := s.Ask(method, path, ""); r.Status != http.StatusMethodNotAllowed || strings.Contains(string(r.Body), "X-Mark") {
				t.Errorf("%s %s: %d", method, path, r.Status)
			}
		}
	}
}

func TestTheEndOfARequestIsNotInDoubt(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	host := strings.TrimPrefix(s.Base, "http://")
	ask := func(headers, body string) *http.Response {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if _, err := io.WriteString(conn, "POST /api/v1/searches HTTP/1.1\r\nHost: "+host+"\r\nContent-Type: application/json\r\nConnection: close\r\n"+headers+"\r\n"+body); err != nil {
			t.Fatal(err)
		}
		r, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%q: %v", headers, err)
		}
		_ = r.Body.Close()
		return r
	}
	for _, headers := range []string{
		"Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: +5\r\n", "Content-Length: 5, 6\r\n", "Transfer-Encoding: chunked, identity\r\n",
		"Transfer-Encoding: xchunked\r\n", "Content-Length : 5\r\n", "Transfer-Encoding : chunked\r\n", "X: a\rb\r\n",
	} {
		if r := ask(headers, "[1,2]"); r.StatusCode != http.StatusBadRequest && r.StatusCode != http.StatusNotImplemented {
			t.Errorf("%q: %d", headers, r.StatusCode)
		}
	}
}

func TestAParameterThatComesTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	for query, want := range map[string]int{"limit=1&limit=999999": http.StatusUnprocessableEntity, "limit=999999&limit=1": http.StatusOK} { // the last one
		if r := s.Ask("GET", "/api/v1/generation/results?"+query, ""); r.Status != want {
			t.Errorf("%s: %d %s", query, r.Status, r.Body)
		}
	}
	if r := s.Ask("POST", "/api/v1/searches?name=address", `{"q":""}`); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("a field in the address counts as one of the body: %d %s", r.Status, r.Body)
	}
}

func TestWhoIsRefusedIsLogged(t *testing.T) {
	t.Parallel()
	g := withAccounts(t, "--log-format", "json")
	_, viewer := g.person("viewer", lora.Viewer)
	for path, headers := range map[string][]string{
		"/api/v1/adapters": nil, "/api/v1/users": {viewer}, "/api/v1/roots": {"Authorization: Bearer lm_" + strings.Repeat("A", 43)},
	} {
		r := g.Ask("GET", path, "", headers...)
		line := `"path":"` + path + `","status":` + map[bool]string{true: "403", false: "401"}[headers != nil && headers[0] == viewer]
		if r.Status < 401 || !strings.Contains(g.Log(), line) {
			t.Errorf("%s: %d, and no line with %s", path, r.Status, line)
		}
	}
	if strings.Contains(g.Log(), "lm_AAAA") || strings.Contains(g.Log(), bossSecret) {
		t.Error("a key or a password is in the log")
	}
}

func TestWhatIsAboutAccountsIsKeptByNoCacheAndTakesItsOwnFieldsOnly(t *testing.T) {
	t.Parallel()
	g := withAccounts(t)
	_, viewer := g.person("viewer", lora.Viewer)
	for _, path := range []string{"/session", "/account", "/account/keys", "/account/sessions", "/users", "/audit", "/keys"} {
		if got := g.Ask("GET", "/api/v1"+path, "", g.boss).Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control is %q", path, got)
		}
	}
	for _, body := range []string{`{"display_name":"V","role":"administrator"}`, `{"display_name":"V","disabled":false}`, `{"id":"1","display_name":"V"}`} {
		if r := g.Ask("PATCH", "/api/v1/account", body, viewer); r.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", body, r.Status, r.Body)
		}
	}
	var account struct {
		User lora.Account `json:"user"`
	}
	g.as(g.boss, "GET", "/account", nil, &account)
	for _, word := range []string{"argon2", "secret", "recovery_code"} {
		if r := g.Ask("GET", "/api/v1/users", "", g.boss); strings.Contains(string(r.Body), word) {
			t.Errorf("a list of people has %q", word)
		}
	}
}
