package security

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

const (
	setupToken = "the-token-of-a-test-0123456789abcdef"
	bossSecret = "long lamps above the harbour"
)

// members is a server with accounts and its first administrator.
type members struct {
	*harness.Server
	t    *testing.T
	boss string // the cookie of the administrator, as a header
}

// withAccounts starts a server with accounts and makes the first administrator.
func withAccounts(t *testing.T, flags ...string) members {
	t.Helper()
	s := harness.Start(t, harness.Options{Flags: append([]string{"--accounts"}, flags...), Env: []string{"LORAMANAGER_SETUP_TOKEN=" + setupToken}})
	r := s.Ask("POST", "/api/v1/session/setup", asJSON(t, map[string]string{"token": setupToken, "name": "boss", "password": bossSecret}))
	if r.Status != http.StatusOK {
		t.Fatalf("set-up: %d %s", r.Status, r.Body)
	}
	return members{Server: s, t: t, boss: cookieOf(t, r)}
}

// cookieOf is the session's cookie of an answer, as a header of the next request.
func cookieOf(t *testing.T, r *harness.Reply) string {
	t.Helper()
	for _, line := range r.Header.Values("Set-Cookie") {
		pair, attributes, _ := strings.Cut(line, ";")
		if name, value, _ := strings.Cut(pair, "="); strings.Contains(name, "session") && value != "" {
			for _, wanted := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
				if !strings.Contains(attributes, wanted) {
					t.Errorf("the cookie lacks %s: %s", wanted, attributes)
				}
			}
			return "Cookie: " + pair
		}
	}
	t.Fatalf("no cookie of a session in %v", r.Header)
	return ""
}

// as sends a request with a cookie and reads the answer, which must be a success.
func (g members) as(cookie, method, path string, body, into any) {
	g.t.Helper()
	text := ""
	if body != nil {
		text = asJSON(g.t, body)
	}
	r := g.Ask(method, "/api/v1"+path, text, cookie)
	if r.Status < 200 || r.Status > 299 {
		g.t.Fatalf("%s %s: %d %s", method, path, r.Status, r.Body)
	}
	if into != nil {
		if err := json.Unmarshal(r.Body, into); err != nil {
			g.t.Fatalf("%s %s: %v in %s", method, path, err, r.Body)
		}
	}
}

// try logs in and returns the answer.
func (g members) try(name, password string) *harness.Reply {
	g.t.Helper()
	return g.Ask("POST", "/api/v1/session", asJSON(g.t, map[string]string{"name": name, "password": password}))
}

// person makes an account and logs it in.
func (g members) person(name string, role lora.Role) (id, cookie string) {
	g.t.Helper()
	const first, own = "only for the first login", "grey pebbles under the bridge"
	var made struct {
		User lora.Account `json:"user"`
	}
	g.as(g.boss, "POST", "/users", map[string]any{"name": name, "role": role, "password": first}, &made)
	r := g.try(name, first)
	if r.Status != http.StatusOK {
		g.t.Fatalf("%s: %d %s", name, r.Status, r.Body)
	}
	cookie = cookieOf(g.t, r)
	change := g.Ask("POST", "/api/v1/account/password", asJSON(g.t, map[string]string{"current": first, "new": own}), cookie)
	if change.Status > 299 {
		g.t.Fatalf("%s changes the password: %d %s", name, change.Status, change.Body)
	}
	if len(change.Header.Values("Set-Cookie")) > 0 {
		cookie = cookieOf(g.t, change)
	}
	return made.User.ID, cookie
}
