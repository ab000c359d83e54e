package accounts_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"loramanager/internal/accounts"
	"loramanager/internal/lora"
)

func TestPromise1_AnUnknownNameCostsAndSaysTheSameAsAWrongPassword(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.first()
	k.add("otto", lora.Viewer)
	for _, c := range []struct{ why, name, password string }{
		{"a wrong password", "anna", "wrong horse battery"},
		{"an unknown name", "nobody", goodPassword},
		{"an empty name and password", "", ""},
		{"a name as long as a book", strings.Repeat("ä", 10_000), goodPassword},
		{"a password as long as a book", "anna", strings.Repeat("x", 100_000)},
		{"a password that only begins rightly", "anna", goodPassword + "!"},
		{"control characters", "an\x00na", "\x00\x1b"},
		{"bytes that are no text", "\xff\xfe", "\xff"},
	} {
		before := k.Hashes()
		_, err := k.Login(t.Context(), c.name, c.password, accounts.From{Address: fmt.Sprintf("192.0.2.%d", 10+len(c.why))})
		if got := k.Hashes() - before; got != 1 {
			t.Errorf("%s: %d hashes were computed, want 1", c.why, got)
		}
		if lora.CodeOf(err) != lora.Unauthorized || err.Error() != "The name or the password is wrong." {
			t.Errorf("%s: %v", c.why, err)
		}
	}
	if strings.Contains(k.log.String(), "horse") {
		t.Error("a password is in the log")
	}
}

func TestANameIsTypedInAnyForm(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.first()
	k.add("Zoé Müller", lora.Viewer)
	for _, name := range []string{"Zoé Müller", "zoé müller", "ZOÉ MÜLLER", "Zoe\u0301 Mu\u0308ller", "  zoé   müller "} {
		if result := k.login(name, home); result.Actor.Name != "Zoé Müller" {
			t.Errorf("%q logged in as %q", name, result.Actor.Name)
		}
	}
	_, _, err := k.Add(t.Context(), lora.Account{Name: "ZOE\u0301 MÜLLER", Role: lora.Viewer}, "")
	wantCode(t, "a second account under another form of the name", err, lora.Conflict)
}

func TestAPasswordIsOneInBothFormsOfItsLetters(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.first()
	_, _, err := k.Add(t.Context(), lora.Account{Name: "otto", Role: lora.Viewer}, "größe und stärke")
	must(t, 0, err)
	if _, err := k.Login(t.Context(), "otto", "gro\u0308ße und sta\u0308rke", home); err != nil {
		t.Error(err)
	}
}

func TestADisabledAccountIsToldSoOnlyWithItsPassword(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.first()
	otto := k.add("otto", lora.Viewer)
	must(t, 0, second(k.Edit(t.Context(), otto.ID, func(a *lora.Account) error { a.Disabled = true; return nil })))
	_, err := k.Login(t.Context(), "otto", "wrong horse battery", home)
	wantCode(t, "a wrong password", err, lora.Unauthorized)
	_, err = k.Login(t.Context(), "otto", goodPassword, home)
	wantCode(t, "the right one", err, lora.Forbidden)
}

// second leaves the value out.
func second[T any](_ T, err error) error { return err }

func TestPromise3_ALoginHasANewIDAndEndsByIdlenessAndAge(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	one := k.first()
	two := k.login("anna", home)
	if one.Cookie == two.Cookie || one.Actor.SessionID == two.Actor.SessionID {
		t.Fatal("two logins have one session")
	}
	// A cookie that an attacker planted is never taken up.
	planted := strings.Repeat("A", len(one.Cookie.Reveal()))
	for _, cookie := range []string{planted, "", "short", one.Actor.SessionID, strings.Repeat("x", 1<<20)} {
		_, err := k.Actor(t.Context(), cookie)
		wantCode(t, "a cookie that nobody was given", err, lora.Unauthorized)
	}
	k.clock.pass(6 * 24 * time.Hour)
	if actor, err := k.Actor(t.Context(), two.Cookie.Reveal()); err != nil || actor.Name != "anna" || actor.Via != "session" {
		t.Errorf("after six days: %+v, %v", actor, err)
	}
	k.clock.pass(24 * time.Hour)
	if !k.isOut(one) || k.isOut(two) {
		t.Error("not exactly the session that was not used for seven days is over")
	}
	for range 5 { // 37 days in all
		k.clock.pass(6 * 24 * time.Hour)
		if k.clock.now().Before(two.Actor.ExpiresAt) && k.isOut(two) {
			t.Fatal("a session in use ended early")
		}
	}
	if !k.isOut(two) {
		t.Error("a session is older than thirty days")
	}
}

func TestPromise3_AChangedPasswordEndsAllSessionsAndBeginsANewOne(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own, other := k.first(), k.login("anna", away)
	k.heard.take()
	const next = "a quite different one"
	for _, c := range []struct {
		why, current, next string
		want               lora.Code
	}{
		{"a wrong current one", "wrong horse battery", next, lora.Forbidden},
		{"no current one", "", next, lora.Forbidden},
		{"a short one", goodPassword, "short", lora.Invalid},
		{"the same one", goodPassword, goodPassword, lora.Invalid},
		{"the name", goodPassword, "anna000000", lora.Invalid},
	} {
		_, err := k.ChangePassword(t.Context(), own.Actor, c.current, c.next, home)
		wantCode(t, c.why, err, c.want)
	}
	fresh, err := k.ChangePassword(t.Context(), own.Actor, goodPassword, next, home)
	must(t, fresh, err)
	if !k.isOut(own) || !k.isOut(other) || k.isOut(fresh) {
		t.Error("not exactly the new session is alive")
	}
	if heard := k.heard.take(); len(heard) != 1 || len(heard[0].SessionIDs) != 2 {
		t.Errorf("live connections heard %+v", heard)
	}
	if _, err := k.Login(t.Context(), "anna", goodPassword, home); lora.CodeOf(err) != lora.Unauthorized {
		t.Errorf("the old password: %v", err)
	}
	if _, err := k.Login(t.Context(), "anna", next, home); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

func TestPromise3_ARevokedSessionIsOverAtOnceOnEveryServer(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own, other := k.first(), k.login("anna", away)
	elsewhere := k.another()
	otto := k.add("otto", lora.Viewer)
	ottos := k.login("otto", home)
	k.heard.take()

	wantCode(t, "somebody else's session", k.Revoke(t.Context(), ottos.Actor, own.Actor.SessionID), lora.NotFound)
	must(t, 0, k.Revoke(t.Context(), own.Actor, other.Actor.SessionID))
	if _, err := elsewhere.Actor(t.Context(), other.Cookie.Reveal()); lora.CodeOf(err) != lora.Unauthorized {
		t.Errorf("on the other server: %v", err)
	}
	if alive, err := elsewhere.Alive(t.Context(), other.Actor); alive || err != nil {
		t.Errorf("its live connections: %v, %v", alive, err)
	}
	if heard := k.heard.take(); len(heard) != 1 || heard[0].AccountID != own.Actor.AccountID || heard[0].SessionIDs[0] != other.Actor.SessionID {
		t.Errorf("heard %+v", heard)
	}
	third := k.login("anna", away)
	must(t, 0, k.RevokeOthers(t.Context(), own.Actor))
	if !k.isOut(third) || k.isOut(own) || k.isOut(ottos) {
		t.Error("logging out everywhere else ended the wrong sessions")
	}
	must(t, 0, k.EndSessions(t.Context(), otto.ID))
	if !k.isOut(ottos) {
		t.Error("an administrator could not log somebody out")
	}
	list, err := k.Sessions(t.Context(), own.Actor)
	if err != nil || len(list) != 1 || list[0].Address != home.Address || list[0].Agent != home.Agent || list[0].Method != "setup" {
		t.Errorf("sessions: %+v, %v", list, err)
	}
}

func TestALoginWhilePasswordsChangeDoesNotOutliveIt(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	slow := &changing{Store: k.store}
	k.Accounts = k.another(func(o *accounts.Options) { o.Store = slow })
	own := k.first()
	slow.before = func() {
		must(t, 0, second(k.another().ChangePassword(t.Context(), own.Actor, goodPassword, "a quite different one", home)))
	}
	_, err := k.Login(t.Context(), "anna", goodPassword, away)
	wantCode(t, "a login with the old password that ends after the change", err, lora.Unauthorized)
	if sessions, err := k.store.Sessions(t.Context(), own.Actor.Account, k.clock.now()); err != nil || len(sessions) != 1 {
		t.Errorf("sessions: %+v, %v", sessions, err)
	}
}

// changing is a store in which something happens just before a session begins.
type changing struct {
	accounts.Store
	before func()
}

func (c *changing) PutSession(ctx context.Context, session lora.Session) error {
	if before := c.before; before != nil {
		c.before = nil
		before()
	}
	return c.Store.PutSession(ctx, session)
}

func TestPromise2_NothingInTheDatabaseLetsAnybodyIn(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	token, _, err := k.SetupToken(t.Context())
	must(t, token, err)
	own, err := k.Setup(t.Context(), token.Reveal(), "anna", goodPassword, home)
	must(t, own, err)
	_, codes := k.app(own.Actor)
	_, key, err := k.AddKey(t.Context(), own.Actor, "script", []lora.Scope{lora.ScopeRead}, nil)
	must(t, key, err)
	begun := k.login("anna", away)
	all := k.dump()
	if !strings.Contains(all, begun.Actor.SessionID) || !strings.Contains(all, "browser at home") {
		t.Fatal("this is not all of the database")
	}
	for name, secret := range map[string]string{
		"the set-up token": token.Reveal(), "the password": goodPassword, "the cookie": own.Cookie.Reveal(), "the key": key.Reveal(),
		"a recovery code": codes[0], "a login under way": begun.Flow,
	} {
		if secret == "" || strings.Contains(all, secret) || strings.Contains(all, strings.ReplaceAll(secret, "-", "")) {
			t.Errorf("%s is in the database", name)
		}
		if strings.Contains(k.log.String(), secret) {
			t.Errorf("%s is in the log", name)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", own, own, own); strings.Contains(text, own.Cookie.Reveal()) {
		t.Error("a result prints its cookie")
	}
}

// dump is every byte of the database.
func (k *kit) dump() string {
	k.t.Helper()
	all := ""
	for _, name := range []string{k.path, k.path + "-wal"} {
		bytes, err := os.ReadFile(name)
		all += string(must(k.t, bytes, err))
	}
	return all
}
