package accounts_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc/oidctest"

	"loramanager/internal/accounts"
	"loramanager/internal/lora"
	"loramanager/internal/store/pgtest"
)

func TestPromise7_ASignInMakesAnAccountOnceAndFindsItAgain(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	k := newKit(t, withProvider(t, p))
	result, err := k.visit(p, home)
	if err != nil || result.Actor.Name != "anna" || result.Actor.DisplayName != "Anna A." || result.Actor.Role != lora.Editor || result.Next != "/library?q=x" || k.isOut(result) {
		t.Fatalf("%+v, %v", result, err)
	}
	p.person["preferred_username"], p.person["name"] = "renamed", "Somebody else"
	again, err := k.visit(p, home)
	if err != nil || again.Actor.AccountID != result.Actor.AccountID || again.Actor.Name != "anna" || again.Cookie == result.Cookie {
		t.Errorf("the second time: %+v, %v", again, err)
	}
	account, err := k.User(t.Context(), result.Actor.AccountID)
	if err != nil || account.HasPassword || len(account.Providers) != 1 || account.Providers[0] != p.URL {
		t.Errorf("%+v, %v", account, err)
	}
	if p.asked["/.well-known/openid-configuration"] != 1 || k.ProviderName() != "Home" {
		t.Errorf("asked %v of %q", p.asked, k.ProviderName())
	}
	p.rotate("key 2")
	must(t, 0, second(k.visit(p, home)))
}

func TestPromise7_ANameThatIsTakenIsNeverTakenOver(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	k := newKit(t, withProvider(t, p))
	local := k.first() // anna, an administrator
	p.person["email"], p.person["email_verified"] = "anna@example.com", true
	result, err := k.visit(p, home)
	if err != nil || result.Actor.AccountID == local.Actor.AccountID || result.Actor.Name != "anna-2" || result.Actor.Role != lora.Editor {
		t.Errorf("%+v, %v", result.Actor, err)
	}
	for _, c := range []struct{ claim, want string }{
		{"a\u202ee\x00vil", "aevil"}, {strings.Repeat("ä", 1000), strings.Repeat("ä", 56)}, {"", "anna-3"}, {"\x00", "anna-4"},
	} {
		p.person["sub"], p.person["preferred_username"] = "somebody "+c.want, c.claim
		if result, err := k.visit(p, home); err != nil || result.Actor.Name != c.want {
			t.Errorf("%.20q became %q, want %q; %v", c.claim, result.Actor.Name, c.want, err)
		}
	}
}

// unsigned is a token under another algorithm.
func unsigned(alg string, key []byte) func(claims string) string {
	return func(claims string) string {
		b64 := base64.RawURLEncoding.EncodeToString
		head := b64([]byte(`{"alg":"`+alg+`","typ":"JWT","kid":"key 1"}`)) + "." + b64([]byte(claims))
		if key == nil {
			return head + "."
		}
		mac := hmac.New(sha256.New, key)
		_, _ = mac.Write([]byte(head))
		return head + "." + b64(mac.Sum(nil))
	}
}

func TestPromise7_WhatCannotBeTrusted(t *testing.T) {
	t.Parallel()
	set := func(name string, value any) func(*provider) {
		return func(p *provider) { p.claims = func(c map[string]any) { c[name] = value } }
	}
	for _, c := range []struct {
		why   string
		spoil func(p *provider)
		want  lora.Code
	}{
		{"another nonce", set("nonce", "replayed"), lora.Unauthorized},
		{"no nonce", set("nonce", nil), lora.Unauthorized},
		{"for another client", set("aud", "somebody-else"), lora.Unauthorized},
		{"for us among others, asked for by another", func(p *provider) {
			p.claims = func(c map[string]any) { c["aud"], c["azp"] = []string{clientID, "other"}, "other" }
		}, lora.Unauthorized},
		{"for us among others, asked for by nobody", set("aud", []string{clientID, "other"}), lora.Unauthorized},
		{"over since an hour", set("exp", time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC).Unix()), lora.Unauthorized},
		{"of another issuer", set("iss", "https://evil.example"), lora.Unauthorized},
		{"of nobody", set("sub", ""), lora.Unauthorized},
		{"of somebody with a very long name", set("sub", strings.Repeat("x", 256)), lora.Unauthorized},
		{"larger than any token", set("padding", strings.Repeat("x", 70_000)), lora.Unauthorized},
		{"signed by nothing", func(p *provider) { p.sign = unsigned("none", nil) }, lora.Unauthorized},
		{"signed by the secret we share", func(p *provider) { p.sign = unsigned("HS256", []byte(clientSecret)) }, lora.Unauthorized},
		{"signed by another key of the same name", func(p *provider) {
			other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			must(p.t, other, err)
			p.sign = func(claims string) string { return oidctest.SignIDToken(other, "key 1", "ES256", claims) }
		}, lora.Unauthorized},
		{"no token", func(p *provider) { p.sign = func(string) string { return "" } }, lora.Unauthorized},
		{"text that is no token", func(p *provider) { p.sign = func(string) string { return "a.b.c" } }, lora.Unauthorized},
		{"user info about somebody else", func(p *provider) {
			delete(p.person, "groups")
			p.info = map[string]any{"sub": "the boss", "groups": []string{"bosses"}}
		}, lora.Unauthorized},
		{"user info that fails", func(p *provider) { delete(p.person, "groups") }, lora.Unavailable},
		{"no group that has a role", set("groups", []string{"guests"}), lora.Forbidden},
		{"groups that are no list", set("groups", map[string]any{"bosses": true}), lora.Forbidden},
		{"groups without end", set("groups", make([]string, 10_001)), lora.Forbidden},
	} {
		p := newProvider(t)
		k := newKit(t, withProvider(t, p))
		c.spoil(p)
		result, err := k.visit(p, home)
		wantCode(t, c.why, err, c.want)
		if list, err := k.List(t.Context()); err != nil || len(list) > 0 || result.Cookie != "" {
			t.Errorf("%s: accounts %+v, %v", c.why, list, err)
		}
		if err != nil && strings.Contains(err.Error(), clientSecret) {
			t.Errorf("%s: the secret is in the error", c.why)
		}
	}
}

func TestPromise7_ASignInIsFinishedOnceInTheBrowserThatBegan(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	k := newKit(t, withProvider(t, p))
	start := func() (accounts.Return, string) {
		address, flow, err := k.OIDCStart(t.Context(), "/", home)
		must(t, 0, err)
		return p.signIn(k, address), flow.Reveal()
	}
	finish := func(flow string, back accounts.Return) error {
		return second(k.OIDCFinish(t.Context(), flow, back, home))
	}
	mine, myFlow := start()
	evil, evilFlow := start()
	wantCode(t, "an attacker's code in my browser", finish(myFlow, evil), lora.Unauthorized)
	wantCode(t, "my code in my browser, after that", finish(myFlow, mine), lora.Unauthorized)
	wantCode(t, "my code in the attacker's browser", finish(evilFlow, mine), lora.Unauthorized)

	mine, myFlow = start()
	forged := mine
	forged.State = strings.Repeat("A", 43)
	wantCode(t, "another state", finish(myFlow, forged), lora.Unauthorized)
	mine, _ = start()
	wantCode(t, "no cookie", finish("", mine), lora.Unauthorized)

	mine, myFlow = start()
	other, otherFlow := start()
	other.Code = mine.Code
	must(t, 0, finish(myFlow, mine))
	wantCode(t, "a code that was used", finish(otherFlow, other), lora.Unauthorized)
	wantCode(t, "the same again", finish(myFlow, mine), lora.Unauthorized)

	k.clock.pass(time.Minute)
	mine, myFlow = start()
	mine.Issuer = "https://evil.example"
	wantCode(t, "sent back by another provider", finish(myFlow, mine), lora.Unauthorized)
	_, myFlow = start()
	wantCode(t, "refused by its user", finish(myFlow, accounts.Return{State: mine.State, Error: "access_denied"}), lora.Unauthorized)
	mine, myFlow = start()
	mine.Code, mine.Error = "", "access\x1b[2J_denied"
	err := finish(myFlow, mine)
	wantCode(t, "refused by its user", err, lora.Unauthorized)
	if strings.Contains(err.Error(), "\x1b") {
		t.Errorf("what a stranger wrote is shown as it is: %q", err)
	}
	mine, myFlow = start()
	k.clock.pass(11 * time.Minute)
	wantCode(t, "after eleven minutes", finish(myFlow, mine), lora.Unauthorized)
}

func TestPromise7_AProviderThatNamesItselfMustDoSo(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.about = func(doc map[string]any) { doc["authorization_response_iss_parameter_supported"] = true }
	k := newKit(t, withProvider(t, p))
	_, err := k.visit(p, home)
	wantCode(t, "no issuer in the way back", err, lora.Unauthorized)
	address, flow, err := k.OIDCStart(t.Context(), "/", home)
	must(t, 0, err)
	back := p.signIn(k, address)
	back.Issuer = p.URL
	must(t, 0, second(k.OIDCFinish(t.Context(), flow.Reveal(), back, home)))
}

func TestPromise8_RolesFollowTheProviderAtEachSignIn(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	k := newKit(t, withProvider(t, p))
	k.first()
	p.person["groups"] = []string{"makers", "keepers", "others"}
	result, err := k.visit(p, home)
	if err != nil || result.Actor.Role != lora.Operator {
		t.Fatalf("the strongest of two: %+v, %v", result.Actor, err)
	}
	_, key, err := k.AddKey(t.Context(), result.Actor, "script", []lora.Scope{lora.ScopeAdmin}, nil)
	must(t, 0, err)
	p.person["groups"] = "makers"
	sunk, err := k.visit(p, away)
	if err != nil || sunk.Actor.Role != lora.Editor {
		t.Errorf("one that sank, told as a text: %+v, %v", sunk.Actor, err)
	}
	if actor, err := k.Actor(t.Context(), result.Cookie.Reveal()); err != nil || actor.Role != lora.Editor {
		t.Errorf("in the other browser: %+v, %v", actor, err)
	}
	delete(p.person, "groups")
	p.info = map[string]any{"sub": "anna-at-home", "groups": []string{"bosses"}}
	if risen, err := k.visit(p, home); err != nil || risen.Actor.Role != lora.Administrator {
		t.Errorf("told by user info: %+v, %v", risen.Actor, err)
	}
	k.heard.take()
	p.info["groups"] = []string{}
	_, err = k.visit(p, home)
	wantCode(t, "no role any more", err, lora.Forbidden)
	if !k.isOut(result) || !k.isOut(sunk) {
		t.Error("sessions from before live on")
	}
	if _, err := k.ActorOfKey(t.Context(), key.Reveal()); lora.CodeOf(err) != lora.Unauthorized {
		t.Errorf("a key from before: %v", err)
	}
	if heard := k.heard.take(); len(heard) != 1 || heard[0].SessionIDs != nil {
		t.Errorf("heard %+v", heard)
	}
	p.info["groups"] = []string{"makers"}
	again, err := k.visit(p, home)
	must(t, again, err)
	must(t, 0, second(k.Edit(t.Context(), again.Actor.AccountID, func(a *lora.Account) error { a.Disabled = true; return nil })))
	_, err = k.visit(p, home)
	wantCode(t, "disabled here", err, lora.Forbidden)
}

func TestPromise8_TheLastAdministratorIsNotDemotedByTheProvider(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	k := newKit(t, withProvider(t, p))
	p.person["groups"] = []string{"bosses"}
	result, err := k.visit(p, home)
	must(t, result, err)
	p.person["groups"] = []string{"makers"}
	_, err = k.visit(p, home)
	wantCode(t, "a sign-in that would leave nobody", err, lora.Conflict)
}

func TestPromise7_WhoseProviderPutsThemOutHasNothingOfOursToGetInWith(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	k := newKit(t, withProvider(t, p))
	result, err := k.visit(p, home)
	must(t, result, err)
	_, _, passkey := k.BeginPasskey(t.Context(), result.Actor, "")
	_, _, link := k.LinkStart(t.Context(), result.Actor, "", "/")
	for what, err := range map[string]error{
		"a password": second(k.ChangePassword(t.Context(), result.Actor, "", goodPassword, home)), "an app": second(k.BeginTOTP(t.Context(), result.Actor, "")),
		"a passkey": passkey, "another tie": link, "no tie": k.Unlink(t.Context(), result.Actor, p.URL, ""),
	} {
		wantCode(t, what, err, lora.Forbidden)
	}
	_, err = k.Login(t.Context(), "anna", "", home)
	wantCode(t, "an empty password", err, lora.Unauthorized)
}

func TestPromise7_AnAccountIsTiedByItsOwnerOnly(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	k := newKit(t, withProvider(t, p))
	own := k.first()
	k.clock.pass(time.Hour)
	_, _, err := k.LinkStart(t.Context(), own.Actor, "", "/settings")
	wantCode(t, "without the password", err, lora.Forbidden)
	link := func(actor lora.Actor) (accounts.Result, error) {
		address, flow, err := k.LinkStart(t.Context(), actor, goodPassword, "/settings")
		must(t, 0, err)
		return k.OIDCFinish(t.Context(), flow.Reveal(), p.signIn(k, address), home)
	}
	result, err := link(own.Actor)
	if err != nil || result.Cookie != "" || result.Next != "/settings" {
		t.Fatalf("%+v, %v", result, err)
	}
	result, err = k.visit(p, away)
	if err != nil || result.Actor.AccountID != own.Actor.AccountID || result.Actor.Role != lora.Administrator {
		t.Errorf("signing in afterwards: %+v, %v", result.Actor, err)
	}
	p.person["groups"] = []string{} // the role of an account with a password is given here
	if _, err = k.visit(p, away); err != nil {
		t.Errorf("without a role there: %v", err)
	}
	k.add("otto", lora.Viewer)
	_, err = link(k.login("otto", home).Actor)
	wantCode(t, "the same one of the provider to another account", err, lora.Conflict)
	wantCode(t, "untying without the password", k.Unlink(t.Context(), own.Actor, p.URL, ""), lora.Forbidden)
	must(t, 0, k.Unlink(t.Context(), own.Actor, p.URL, goodPassword))
	_, err = k.visit(p, away)
	wantCode(t, "signing in once it is untied", err, lora.Forbidden)

	address, flow, err := k.LinkStart(t.Context(), own.Actor, goodPassword, "/")
	must(t, 0, err)
	must(t, 0, k.Revoke(t.Context(), own.Actor, own.Actor.SessionID))
	_, err = k.OIDCFinish(t.Context(), flow.Reveal(), p.signIn(k, address), home)
	wantCode(t, "a tie whose session was revoked meanwhile", err, lora.Unauthorized)
}

func TestPromise4_TwoSignInsAtOnceMakeOneAccount(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(*testing.T) string{"sqlite": sqlite, "postgres": func(t *testing.T) string { t.Helper(); return pgtest.Database(t) }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			k := kitOn(t, database(t), withProvider(t, p))
			if in := together(6, func(i int) error { return second(k.visit(p, addressed(i))) }); in != 6 {
				t.Errorf("%d of 6 got in", in)
			}
			if list, err := k.List(t.Context()); err != nil || len(list) != 1 {
				t.Errorf("accounts: %+v, %v", list, err)
			}
		})
	}
}

func TestAProviderThatIsSick(t *testing.T) {
	t.Parallel()
	about := func(name string, value any) func(*provider) {
		return func(p *provider) { p.about = func(doc map[string]any) { doc[name] = value } }
	}
	reply := func(path string, write func(w http.ResponseWriter)) func(*provider) {
		return func(p *provider) {
			p.answer = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != path {
					return false
				}
				write(w)
				return true
			}
		}
	}
	giant := func(w http.ResponseWriter) {
		for range 4096 {
			if _, err := w.Write(make([]byte, 1024)); err != nil {
				return
			}
		}
	}
	broken := func(w http.ResponseWriter) {
		http.Error(w, "\x1b[2J<html>"+strings.Repeat("x", 1000), http.StatusBadGateway)
	}
	const discovery = "/.well-known/openid-configuration"
	for why, spoil := range map[string]func(*provider){
		"it says it is another": about("issuer", "https://evil.example"), "its keys are elsewhere and private": about("jwks_uri", "http://10.0.0.1/keys"),
		"tokens come from cloud metadata": about("token_endpoint", "http://169.254.169.254/token"), "tokens come from a file": about("token_endpoint", "file:///etc/passwd"),
		"browsers are sent into a script": about("authorization_endpoint", "javascript:alert(1)"), "it has no way to sign in": about("authorization_endpoint", nil),
		"a giant discovery": reply(discovery, giant), "a broken one": reply(discovery, broken), "giant tokens": reply("/token", giant), "broken tokens": reply("/token", broken),
	} {
		p := newProvider(t)
		k := newKit(t, withProvider(t, p))
		spoil(p)
		address, flow, err := k.OIDCStart(t.Context(), "/", home)
		if err == nil {
			_, err = k.OIDCFinish(t.Context(), flow.Reveal(), p.signIn(k, address), home)
		}
		wantCode(t, why, err, lora.Unavailable)
		if text := err.Error(); len(text) > 500 || strings.Contains(text, "\x1b") {
			t.Errorf("%s: the error is %.80q of %d bytes", why, text, len(text))
		}
	}
}

func TestAProviderThatHangsIsLeftAndLaterTakenUpAgain(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	k := newKit(t, withProvider(t, p))
	reached := make(chan struct{}, 8)
	p.answer = func(_ http.ResponseWriter, r *http.Request) bool {
		reached <- struct{}{}
		<-r.Context().Done()
		return true
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-reached; cancel() }()
	_, _, err := k.OIDCStart(ctx, "/", home)
	wantCode(t, "while it hangs", err, lora.Unavailable)
	p.mu.Lock()
	p.answer = nil
	p.mu.Unlock()
	must(t, 0, second(k.visit(p, home)))

	p.mu.Lock() // an hour later what it said last stands while it is away
	before := p.asked["/.well-known/openid-configuration"]
	p.answer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/token" || r.URL.Path == "/keys" {
			return false
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	p.mu.Unlock()
	k.clock.pass(2 * time.Hour)
	must(t, 0, second(k.visit(p, home)))
	must(t, 0, second(k.visit(p, home)))
	if asked := p.asked["/.well-known/openid-configuration"] - before; asked != 1 {
		t.Errorf("it was asked %d times within a minute", asked)
	}
	k.clock.pass(time.Minute)
	must(t, 0, second(k.visit(p, home)))
	if asked := p.asked["/.well-known/openid-configuration"] - before; asked < 2 {
		t.Error("it was not asked again a minute later")
	}
}

func TestASignInLeadsToPagesOfThisAppOnly(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"/library": "/library", "/library?q=a%20b#top": "/library?q=a%20b#top", "/": "/",
		"": "/", "library": "/", "//evil.example": "/", "///evil.example": "/", `/\evil.example`: "/", `\\evil.example`: "/", "https://evil.example": "/", "javascript:alert(1)": "/",
		"/\t/evil.example": "/", "/\n/evil.example": "/", "/%zz": "/", "/" + strings.Repeat("x", 3000): "/", "/a\u202eb": "/",
	} {
		if got := accounts.LocalPage(next); got != want {
			t.Errorf("%.40q leads to %q, want %q", next, got, want)
		}
	}
}

func TestHowAProviderIsConfigured(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	k := newKit(t)
	for why, spoil := range map[string]func(*accounts.ProviderOptions){
		"no issuer": func(o *accounts.ProviderOptions) { o.Issuer = "" }, "no client id": func(o *accounts.ProviderOptions) { o.ClientID = "" },
		"no way back": func(o *accounts.ProviderOptions) { o.RedirectURL = "/callback" }, "a role that is none": func(o *accounts.ProviderOptions) { o.Roles["x"] = "root" },
		"a default that is none": func(o *accounts.ProviderOptions) { o.Default = "root" },
	} {
		o := accounts.Options{Store: k.store}
		withProvider(t, p)(&o)
		spoil(o.Provider)
		if _, err := accounts.New(o); lora.CodeOf(err) != lora.Invalid {
			t.Errorf("%s: %v", why, err)
		}
	}
	_, _, err := k.OIDCStart(t.Context(), "/", home)
	wantCode(t, "no provider at all", err, lora.NotFound)
	_, err = k.OIDCFinish(t.Context(), "x", accounts.Return{}, home)
	wantCode(t, "coming back from none", err, lora.NotFound)
}

func TestRolesAreFoundWhereverTheProviderKeepsThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		claim, where string
		want         lora.Role
	}{
		{"realm_access.roles", `{"realm_access":{"roles":["bosses"]}}`, lora.Administrator},
		{"https://example.com/roles", `{"https://example.com/roles":["keepers"]}`, lora.Operator},
		{"realm_access.roles", `{"realm_access":["bosses"]}`, lora.Viewer},
		{"a.b.c.d", `{"a":{"b":{}}}`, lora.Viewer},
		{"groups", `{"groups":[1,2]}`, lora.Viewer},
	} {
		p := newProvider(t)
		delete(p.person, "groups")
		p.info = map[string]any{"sub": "anna-at-home"}
		must(t, 0, json.Unmarshal([]byte(c.where), &p.person))
		with := withProvider(t, p)
		k := newKit(t, func(o *accounts.Options) {
			with(o)
			o.Provider.RolesClaim, o.Provider.Default = c.claim, lora.Viewer
		})
		if result, err := k.visit(p, home); err != nil || result.Actor.Role != c.want {
			t.Errorf("%s in %s: %q, %v", c.claim, c.where, result.Actor.Role, err)
		}
	}
}
