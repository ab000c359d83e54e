package httpapi

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"loramanager/internal/lora"
)

const goodPassword = "a ladder to the moon"

// signIn logs in and returns the state with the cookie, if there is one.
func (c *club) signIn(t *testing.T, path, body string, status int) (LoginReply, string) {
	t.Helper()
	r := c.ask(t, "POST", apiPrefix+path, body)
	if r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s may be kept: %q", path, r.Header.Get("Cache-Control"))
	}
	if r.StatusCode != status {
		t.Fatalf("%s: %d %s", path, r.StatusCode, text(t, r))
	}
	var reply LoginReply
	if err := json.Unmarshal([]byte(text(t, r)), &reply); err != nil {
		t.Fatal(err)
	}
	if cookies := r.Cookies(); len(cookies) == 1 {
		cookie := cookies[0]
		if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.MaxAge <= 0 {
			t.Errorf("cookie %+v", cookie)
		}
		return reply, "Cookie: " + cookie.Name + "=" + cookie.Value
	}
	return reply, ""
}

func TestTheFirstAccountIsMadeWithTheTokenOfTheServer(t *testing.T) {
	t.Parallel()
	c := openClub(t, 0)
	token, needed, err := c.accounts.SetupToken(t.Context())
	if err != nil || !needed {
		t.Fatal(needed, err)
	}
	var state SessionState
	stranger := c.with()
	stranger.do("GET", "/session", nil, 200, &state)
	if state.Mode != "accounts" || !state.SetupNeeded || !state.Required || state.User != nil || !state.Methods.Password || !state.Methods.Passkey || state.Methods.OIDC != nil {
		t.Errorf("before: %+v", state)
	}
	stranger.fails("POST", "/session/setup", `{"token":"a guess of it","name":"ada","password":"`+goodPassword+`"}`, 403, lora.Forbidden)
	reply, cookie := c.signIn(t, "/session/setup", `{"token":"`+token.Reveal()+`","name":"ada","password":"`+goodPassword+`"}`, 200)
	if cookie == "" || reply.User == nil || reply.User.Role != lora.Administrator || reply.SetupNeeded || len(reply.User.Permissions) != len(lora.Administrator.Permissions()) {
		t.Fatalf("%+v", reply)
	}
	ada := c.with(cookie)
	ada.do("GET", "/users", nil, 200, nil)
	if again, needed, err := c.accounts.SetupToken(t.Context()); needed || err != nil || again != "" {
		t.Error("a token is made though there is an account")
	}
	if r := c.ask(t, "DELETE", apiPrefix+"/session", "", cookie); r.StatusCode != 204 || r.Cookies()[0].MaxAge >= 0 {
		t.Errorf("logout: %d", r.StatusCode)
	}
	problem(t, c.ask(t, "GET", apiPrefix+"/users", "", cookie), 401, lora.Unauthorized)
}

func TestALoginWithASecondFactorTakesTwoSteps(t *testing.T) {
	t.Parallel()
	c := openClub(t, 0)
	var made UserCreated
	c.do("POST", "/users", map[string]any{"name": "eve", "role": "editor", "password": goodPassword}, 201, &made)
	if made.Password != nil || !made.User.MustChange {
		t.Errorf("%+v", made)
	}
	wrong := c.ask(t, "POST", apiPrefix+"/session", `{"name":"eve","password":"something else"}`)
	if wrong.Header.Get("WWW-Authenticate") == "" || len(wrong.Cookies()) != 0 {
		t.Errorf("a wrong password: %v", wrong.Header)
	}
	problem(t, wrong, 401, lora.Unauthorized)

	_, cookie := c.signIn(t, "/session", `{"name":"EVE","password":"`+goodPassword+`"}`, 200)
	eve := c.with(cookie)
	if p := eve.fails("GET", "/adapters", "", 403, lora.Forbidden); !strings.Contains(p.Detail, "new password") {
		t.Errorf("before the password was changed: %s", p.Detail)
	}
	r := c.ask(t, "POST", apiPrefix+"/account/password", `{"current":"`+goodPassword+`","new":"`+goodPassword+` and back"}`, cookie)
	if r.StatusCode != 204 || len(r.Cookies()) != 1 {
		t.Fatalf("the change: %d %s", r.StatusCode, text(t, r))
	}
	problem(t, c.ask(t, "GET", apiPrefix+"/account", "", cookie), 401, lora.Unauthorized)
	eve = c.with("Cookie: " + r.Cookies()[0].Name + "=" + r.Cookies()[0].Value)
	eve.do("GET", "/adapters", nil, 200, nil)

	var secret TOTPSecret
	eve.do("POST", "/account/totp", map[string]any{}, 200, &secret)
	if !strings.HasPrefix(secret.QR, "data:image/png;base64,") || !strings.HasPrefix(secret.URI, "otpauth://totp/") {
		t.Errorf("%+v", secret)
	}
	code, err := totp.GenerateCode(secret.Secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var codes RecoveryCodes
	eve.do("POST", "/account/totp/confirm", map[string]any{"code": code}, 200, &codes)
	reply, cookie := c.signIn(t, "/session", `{"name":"eve","password":"`+goodPassword+` and back"}`, 200)
	if cookie != "" || reply.Authenticated || reply.Second == nil || reply.Second.Flow == "" {
		t.Fatalf("a password alone lets in: %+v", reply)
	}
	done, cookie := c.signIn(t, "/session/second", `{"flow":"`+reply.Second.Flow+`","code":"`+codes.RecoveryCodes[0]+`"}`, 200)
	if cookie == "" || done.User == nil || done.User.Name != "eve" {
		t.Errorf("%+v", done)
	}
}

func TestGuessingPasswordsAndKeysIsCutShortWithAccounts(t *testing.T) {
	t.Parallel()
	c := openClub(t, 0)
	for range 20 {
		r := c.ask(t, "POST", apiPrefix+"/session", `{"name":"nobody","password":"a guess"}`)
		if r.StatusCode == http.StatusTooManyRequests {
			if r.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			break
		}
		problem(t, r, 401, lora.Unauthorized)
	}
	problem(t, c.ask(t, "POST", apiPrefix+"/session", `{"name":"nobody","password":"a guess"}`), 429, lora.RateLimited)
	for range guessesPerMinute {
		c.ask(t, "GET", apiPrefix+"/adapters", "", "Authorization: Bearer lm_"+strings.Repeat("x", 43))
	}
	problem(t, c.ask(t, "GET", apiPrefix+"/adapters", "", "Authorization: Bearer guess"), 429, lora.RateLimited)
	c.do("GET", "/adapters", nil, 200, nil)
}

func TestAnAccountLooksAfterItself(t *testing.T) {
	t.Parallel()
	c := openClub(t, 0)
	ann := c.join("ann", lora.Viewer)
	second := c.enter(ann.account, time.Now().Add(time.Hour))
	var sessions AccountSessionList
	ann.do("GET", "/account/sessions", nil, 200, &sessions)
	current := 0
	for _, s := range sessions.Sessions {
		if s.Current {
			current++
		}
	}
	if len(sessions.Sessions) != 2 || current != 1 {
		t.Errorf("%+v", sessions)
	}
	ann.do("DELETE", "/account/sessions/"+second.session.ID, nil, 204, nil)
	second.fails("GET", "/account", "", 401, lora.Unauthorized)

	var key KeyCreated
	ann.do("POST", "/account/keys", map[string]any{"name": "script", "scopes": []string{"read"}}, 201, &key)
	script := c.with("X-API-Key: " + key.Secret)
	script.do("GET", "/adapters", nil, 200, nil)
	script.fails("GET", "/account", "", 403, lora.Forbidden)
	script.fails("POST", "/account/keys", `{"name":"more","scopes":["admin"]}`, 403, lora.Forbidden)
	c.do("DELETE", "/keys/"+key.Key.ID, nil, 204, nil)
	script.fails("GET", "/adapters", "", 401, lora.Unauthorized)

	var own AccountReply
	ann.do("PATCH", "/account", map[string]any{"display_name": "Ann"}, 200, &own)
	if own.Account.DisplayName != "Ann" || own.Account.ID != ann.account.ID {
		t.Errorf("%+v", own)
	}
	c.fails("GET", "/account", "", 403, lora.Forbidden) // the server's own key is nobody's
}

func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	c := openClub(t, 0)
	boss := c.join("boss", lora.Administrator)
	boss.fails("DELETE", "/users/"+boss.account.ID, "", 409, lora.Conflict)
	boss.fails("PATCH", "/users/"+boss.account.ID, `{"role":"viewer"}`, 409, lora.Conflict)
	boss.fails("PATCH", "/users/"+boss.account.ID, `{"disabled":true}`, 409, lora.Conflict)
	var other UserCreated
	boss.do("POST", "/users", map[string]any{"name": "next", "role": "viewer"}, 201, &other)
	if other.Password == nil || *other.Password == "" {
		t.Fatal("no password was made")
	}
	boss.do("PATCH", "/users/"+other.User.ID, map[string]any{"role": "administrator", "job_quota": 3}, 200, nil)
	boss.do("PATCH", "/users/"+boss.account.ID, map[string]any{"role": "viewer"}, 200, nil)
	boss.fails("GET", "/users", "", 403, lora.Forbidden)
}

func TestServersWithoutAccountsSaySo(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{})
	for _, path := range []string{"/account", "/users", "/account/keys"} {
		if p := problem(t, d.ask(t, "GET", apiPrefix+path, ""), 404, lora.NotFound); !strings.Contains(p.Detail, "--accounts") {
			t.Error(p.Detail)
		}
	}
	problem(t, d.ask(t, "POST", apiPrefix+"/session/setup", `{"token":"x","name":"x","password":"x"}`), 404, lora.NotFound)
	var state SessionState
	if err := json.Unmarshal([]byte(text(t, d.ask(t, "GET", apiPrefix+"/session", ""))), &state); err != nil {
		t.Fatal(err)
	}
	if state.Mode != "open" || !state.Authenticated || state.User.Role != lora.Administrator || state.User.Name != "local" {
		t.Errorf("%+v", state)
	}
}
