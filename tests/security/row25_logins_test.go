package security

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

func TestRow25_GuessingIsSlowedAndTheOwnerStillComesIn(t *testing.T) {
	t.Parallel()
	g := withAccounts(t)
	g.person("anna", lora.Editor)
	tooMany := 0
	for i := range 15 {
		switch r := g.try("anna", "guess number "+strconv.Itoa(i)); r.Status {
		case http.StatusUnauthorized:
			if tooMany > 0 {
				t.Errorf("guess %d was judged after one was refused", i)
			}
		case http.StatusTooManyRequests:
			if seconds, err := strconv.Atoi(r.Header.Get("Retry-After")); err != nil || seconds < 1 {
				t.Errorf("guess %d: Retry-After is %q", i, r.Header.Get("Retry-After"))
			}
			tooMany++
		default:
			t.Fatalf("guess %d: %d %s", i, r.Status, r.Body)
		}
	}
	if tooMany < 5 {
		t.Errorf("%d of 15 guesses were refused unjudged, want at least 5", tooMany)
	}
	// Who is in stays in, whatever others try.
	g.as(g.boss, "GET", "/account", nil, nil)
}

func TestRow25_AnAnswerDoesNotTellWhichNamesExist(t *testing.T) {
	t.Parallel()
	g := withAccounts(t)
	there, not := g.try("boss", "a wrong password"), g.try("nobody", "a wrong password")
	a, b := there.Problem(t), not.Problem(t)
	if there.Status != http.StatusUnauthorized || a != b {
		t.Errorf("%+v for a name that exists, %+v for one that does not", a, b)
	}
	for name, values := range there.Header {
		if name != "X-Request-Id" && name != "Date" && strings.Join(values, ",") != strings.Join(not.Header.Values(name), ",") {
			t.Errorf("%s: %v and %v", name, values, not.Header.Values(name))
		}
	}
}

func TestRow25_ASessionChosenByAnAttackerIsNone(t *testing.T) {
	t.Parallel()
	g := withAccounts(t)
	name, _, _ := strings.Cut(strings.TrimPrefix(g.boss, "Cookie: "), "=")
	planted := "Cookie: " + name + "=" + strings.Repeat("A", 43)
	r := g.Ask("POST", "/api/v1/session", asJSON(t, map[string]string{"name": "boss", "password": bossSecret}), planted)
	if r.Status != http.StatusOK {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	fresh := cookieOf(t, r)
	if fresh == planted || fresh == g.boss {
		t.Error("a login keeps a session that was there before")
	}
	if r := g.Ask("GET", "/api/v1/account", "", planted); r.Status != http.StatusUnauthorized {
		t.Errorf("the planted session: %d", r.Status)
	}
	g.as(fresh, "GET", "/account", nil, nil)
	g.as(fresh, "DELETE", "/session", nil, nil)
	if r := g.Ask("GET", "/api/v1/account", "", fresh); r.Status != http.StatusUnauthorized {
		t.Errorf("a session that was logged out: %d", r.Status)
	}
}

func TestRow25_APasswordChangeEndsEveryOtherSession(t *testing.T) {
	t.Parallel()
	g := withAccounts(t)
	stolen := cookieOf(t, g.try("boss", bossSecret))
	r := g.Ask("POST", "/api/v1/account/password", asJSON(t, map[string]string{"current": bossSecret, "new": "another row of old lamps"}), g.boss)
	if r.Status > 299 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if after := g.Ask("GET", "/api/v1/account", "", stolen); after.Status != http.StatusUnauthorized {
		t.Errorf("the other session: %d", after.Status)
	}
	if old := g.try("boss", bossSecret); old.Status != http.StatusUnauthorized {
		t.Errorf("the old password: %d", old.Status)
	}
}
