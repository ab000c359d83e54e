package httpapi

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"loramanager/internal/lora"
)

func TestPromise3_NothingAnswersWithoutTheKey(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{Key: "correct horse"})
	for _, path := range []string{
		"/api/v1/adapters", "/api/v1/adapters/x/preview", "/api/v1/library/summary", "/api/v1/version", "/api/v1/ws/progress",
		"/api/v1/exports/x/parts/1", "/api/v1/imports/x", "/api/v1/transfers", "/api/v1/backups", "/api/v1/backups/x/download", "/api/v1/backups/history",
		"/api/v1/uploads/transfer/x", "/api/v1/hub", "/api/v1/downloads", "/api/v1/sidecars/formats",
		"/api/docs", "/api/openapi.json", "/api/v1/nothing", "/api/", "/api/v1/session/x",
	} {
		for _, header := range []string{"", "X-API-Key: wrong", "X-API-Key: correct hors", "Authorization: Bearer wrong", "Authorization: Basic correct horse", "Cookie: loramanager_session=forged"} {
			if strings.Contains(header, "wrong") || strings.Contains(header, "hors") {
				continue // counted as guesses, see below
			}
			headers := []string{}
			if header != "" {
				headers = append(headers, header)
			}
			p := problem(t, d.ask(t, "GET", path, "", headers...), 403, lora.Unauthorized)
			if p.Detail != "Invalid API Key" {
				t.Errorf("%s: detail %q", path, p.Detail)
			}
		}
	}
	for _, header := range []string{"X-API-Key: wrong", "X-API-Key: correct hors", "Authorization: Bearer wrong", "Authorization: Basic correct horse"} {
		problem(t, d.ask(t, "GET", "/api/v1/adapters", "", header), 403, lora.Unauthorized)
	}
	for _, header := range []string{"X-API-Key: correct horse", "Authorization: Bearer correct horse", "Authorization: bearer correct horse"} {
		if r := d.ask(t, "GET", "/api/openapi.json", "", header); r.StatusCode != 200 {
			t.Errorf("%s: %d", header, r.StatusCode)
		}
	}
	for _, path := range []string{"/health", "/api/health", "/livez", "/frontend/settings", "/api/v1/session", "/", "/library", "/assets/app.js"} {
		if r := d.ask(t, "GET", path, ""); r.StatusCode != 200 {
			t.Errorf("%s needs the key: %d", path, r.StatusCode)
		}
	}
}

func TestTheKeyComesBeforeValidation(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{Key: "k"})
	problem(t, d.ask(t, "POST", "/api/v1/adapters/bulk", `{"action":5}`), 403, lora.Unauthorized)
}

func TestALoginGivesACookieThatOpensEverything(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{Key: "k"})
	if got := text(t, d.ask(t, "GET", "/api/v1/session", "")); !strings.Contains(got, `"mode":"key","authenticated":false,"required":true,"setup_needed":false,"user":null`) {
		t.Errorf("before: %s", got)
	}
	r := d.ask(t, "POST", "/api/v1/session", `{"key":"k"}`)
	if r.StatusCode != 200 || len(r.Cookies()) != 1 {
		t.Fatalf("login: %d %v", r.StatusCode, r.Header)
	}
	c := r.Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.MaxAge != 30*24*3600 || c.Secure || strings.Contains(c.Value, "k=") {
		t.Errorf("cookie %+v", c)
	}
	cookie := "Cookie: " + c.Name + "=" + c.Value
	if got := text(t, d.ask(t, "GET", "/api/v1/session", "", cookie)); !strings.Contains(got, `"authenticated":true,"required":true`) || !strings.Contains(got, `"role":"administrator"`) {
		t.Errorf("after: %s", got)
	}
	if r := d.ask(t, "GET", "/api/openapi.json", "", cookie); r.StatusCode != 200 {
		t.Errorf("with the cookie: %d", r.StatusCode)
	}
	problem(t, d.ask(t, "GET", "/api/openapi.json", "", cookie[:len(cookie)-2]+"xx"), 403, lora.Unauthorized)
	if r := d.ask(t, "DELETE", "/api/v1/session", "", cookie); r.StatusCode != 204 || r.Cookies()[0].MaxAge >= 0 {
		t.Errorf("logout: %d %v", r.StatusCode, r.Cookies())
	}
}

func TestBehindTLSTheCookieIsBoundToTheHost(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{Key: "k"})
	c := d.ask(t, "POST", "/api/v1/session", `{"key":"k"}`, "X-Forwarded-Proto: https").Cookies()[0]
	if !c.Secure || !strings.HasPrefix(c.Name, "__Host-") {
		t.Errorf("cookie %+v", c)
	}
}

func TestCookiesEndAfterThirtyDaysAndWithTheKey(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	s := newSessions("k", clock)
	c := s.issue(false)
	request := func() *http.Request {
		r, _ := http.NewRequest(http.MethodGet, "/", http.NoBody)
		r.AddCookie(&c)
		return r
	}
	if _, _, ok := s.read(request()); !ok {
		t.Error("a new cookie is not valid")
	}
	if _, _, ok := newSessions("another key", clock).read(request()); ok {
		t.Error("the cookie outlived the key")
	}
	now = now.Add(sessionLifetime + time.Second)
	if _, _, ok := s.read(request()); ok {
		t.Error("the cookie is valid after 30 days")
	}
}

func TestGuessingTheKeyIsCutShort(t *testing.T) {
	t.Parallel()
	now := time.Now()
	d := openDoor(t, Options{Key: "k", Now: func() time.Time { return now }})
	for range guessesPerMinute {
		problem(t, d.ask(t, "POST", "/api/v1/session", `{"key":"guess"}`), 403, lora.Unauthorized)
	}
	r := d.ask(t, "POST", "/api/v1/session", `{"key":"k"}`)
	if r.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	problem(t, r, 429, lora.RateLimited)
	problem(t, d.ask(t, "GET", "/api/v1/adapters", "", "X-API-Key: guess"), 429, lora.RateLimited)
	if r := d.ask(t, "GET", "/api/openapi.json", "", "X-API-Key: k"); r.StatusCode != 200 {
		t.Errorf("the right key in a header is locked out too: %d", r.StatusCode)
	}
}
