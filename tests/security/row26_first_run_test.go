package security

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"loramanager/tests/harness"
)

func TestRow26_AServerForOthersAsksForAKeyOrAccounts(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:0"} {
		r := harness.Run(t, "serve", "--listen", address, "--data", t.TempDir())
		if r.Code == 0 || !strings.Contains(r.Stderr, "API_KEY") || !strings.Contains(r.Stderr, "accounts") {
			t.Errorf("%s: exit code %d, %s", address, r.Code, r.Stderr)
		}
	}
}

func TestRow26_NobodyTakesANewServerWithoutItsToken(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{Flags: []string{"--accounts"}})
	take := func(token, name string) *harness.Reply {
		return s.Ask("POST", "/api/v1/session/setup", asJSON(t, map[string]string{"token": token, "name": name, "password": "a long row of lamps"}))
	}
	for _, token := range []string{"", "guess", strings.Repeat("A", 43)} {
		if r := take(token, "thief"); r.Status < 400 || r.Status > 499 {
			t.Errorf("%q: %d %s", token, r.Status, r.Body)
		}
	}
	if r := s.Ask("GET", "/api/v1/adapters", ""); r.Status != http.StatusUnauthorized {
		t.Errorf("before the set-up the library answers %d", r.Status)
	}
	token := regexp.MustCompile(`(?i)token[^A-Za-z0-9_-]+([A-Za-z0-9_-]{20,})`).FindStringSubmatch(s.Log())
	if token == nil {
		t.Fatalf("no token in the log:\n%s", s.Log())
	}
	if r := take(token[1], "owner"); r.Status != http.StatusOK {
		t.Fatalf("with the token: %d %s", r.Status, r.Body)
	}
	if r := take(token[1], "thief"); r.Status < 400 || r.Status > 499 {
		t.Errorf("the token opens a second time: %d", r.Status)
	}
}
