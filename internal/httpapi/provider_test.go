package httpapi

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc/oidctest"

	"loramanager/internal/accounts"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// signInPage is a sign-in provider at which anna is signed in already.
type signInPage struct {
	*httptest.Server
	key   *ecdsa.PrivateKey
	nonce string
}

func openSignInPage(t *testing.T) *signInPage {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &signInPage{key: key}
	about := &oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: key.Public(), KeyID: "1", Algorithm: "ES256"}}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/token" {
			about.ServeHTTP(w, r)
			return
		}
		claims, _ := json.Marshal(map[string]any{
			"iss": p.URL, "aud": "lora", "sub": "anna", "preferred_username": "anna", "nonce": p.nonce, "groups": []string{"makers"},
			"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
		})
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": oidctest.SignIDToken(key, "1", "ES256", string(claims))})
	}))
	t.Cleanup(p.Close)
	about.SetIssuer(p.URL)
	return p
}

func TestASignInWithAProviderEndsInASessionOfTheMappedRole(t *testing.T) {
	t.Parallel()
	p := openSignInPage(t)
	client, err := guard.ProviderClient(p.URL, []string{"localhost"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	c := openClub(t, 0, func(o *accounts.Options) {
		o.Provider = &accounts.ProviderOptions{
			Name: "Home", Issuer: p.URL, ClientID: "lora", RedirectURL: "http://localhost:8000" + apiPrefix + "/session/oidc/callback",
			Roles: map[string]lora.Role{"makers": lora.Editor}, Client: client,
		}
	})
	c.join("boss", lora.Administrator)
	begun := c.ask(t, "GET", apiPrefix+"/session/oidc?next=/library", "")
	to, err := url.Parse(begun.Header.Get("Location"))
	if begun.StatusCode != http.StatusFound || err != nil || len(begun.Cookies()) != 1 {
		t.Fatalf("%d %v %s", begun.StatusCode, begun.Header, text(t, begun))
	}
	flow := begun.Cookies()[0]
	if !flow.HttpOnly || flow.SameSite != http.SameSiteLaxMode || flow.Path != "/" || flow.MaxAge > 600 {
		t.Errorf("%+v", flow)
	}
	p.nonce = to.Query().Get("nonce")
	back := apiPrefix + "/session/oidc/callback?code=x&state=" + url.QueryEscape(to.Query().Get("state"))

	other := text(t, c.ask(t, "GET", back, "")) // another browser
	if !strings.Contains(other, "/login?error=") || strings.Contains(other, "<script") {
		t.Errorf("another browser: %s", other)
	}
	done := c.ask(t, "GET", back, "", "Cookie: "+flow.Name+"="+flow.Value, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate")
	page := text(t, done)
	if done.StatusCode != 200 || !strings.Contains(page, `content="0;url=/library"`) || strings.Contains(page, "<script") || done.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %s", done.StatusCode, page)
	}
	for _, cookie := range done.Cookies() {
		if cookie.Name != cookieName {
			continue
		}
		var state SessionState
		c.with("Cookie: "+cookie.Name+"="+cookie.Value).do("GET", "/session", nil, 200, &state)
		if state.User == nil || state.User.Name != "anna" || state.User.Role != lora.Editor || state.Methods.OIDC.Name != "Home" {
			t.Errorf("%+v", state.User)
		}
		return
	}
	t.Error("no session began")
}
