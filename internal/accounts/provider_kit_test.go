package accounts_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc/oidctest"

	"loramanager/internal/accounts"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

const (
	clientID     = "lora-manager"
	clientSecret = "the client's secret"
	redirectURL  = publicURL + "/api/v1/session/oidc/callback"
)

// provider is a sign-in provider that speaks OpenID Connect over HTTP, and has the faults
// that a test gives it.
type provider struct {
	*httptest.Server
	t *testing.T

	mu     sync.Mutex
	key    *ecdsa.PrivateKey
	keyID  string
	person map[string]any         // claims about who signs in
	info   map[string]any         // what its user info says
	codes  map[string]url.Values  // codes that were not used, with what the browser brought
	claims func(c map[string]any) // spoils the claims
	sign   func(claims string) string
	answer func(w http.ResponseWriter, r *http.Request) bool // takes a request over
	about  func(doc map[string]any)                          // spoils the discovery document
	asked  map[string]int                                    // calls by path
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{t: t, codes: map[string]url.Values{}, asked: map[string]int{}, person: map[string]any{"sub": "anna-at-home", "preferred_username": "anna", "name": "Anna A.", "groups": []string{"makers"}}}
	p.rotate("key 1")
	p.sign = p.signed
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

// rotate gives the provider another key.
func (p *provider) rotate(id string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p.key, p.keyID = must(p.t, key, err), id
}

func (p *provider) signed(claims string) string {
	return oidctest.SignIDToken(p.key, p.keyID, "ES256", claims)
}

// ServeHTTP implements http.Handler.
func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked[r.URL.Path]++
	answer := p.answer
	p.mu.Unlock()
	if answer != nil && answer(w, r) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		doc := map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"userinfo_endpoint": p.URL + "/info", "id_token_signing_alg_values_supported": []string{"ES256", "HS256", "none"},
		}
		if p.about != nil {
			p.about(doc)
		}
		p.send(w, doc)
	case "/keys":
		b64 := base64.RawURLEncoding.EncodeToString
		point, err := p.key.PublicKey.ECDH()
		if err != nil {
			p.t.Error(err)
			return
		}
		xy := point.Bytes()[1:]
		p.send(w, map[string]any{"keys": []any{map[string]any{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": p.keyID, "x": b64(xy[:32]), "y": b64(xy[32:])}}})
	case "/token":
		p.token(w, r)
	case "/info":
		if p.info == nil || r.Header.Get("Authorization") != "Bearer access" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		p.send(w, p.info)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (p *provider) send(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.t.Error(err)
	}
}

// token gives an ID token for a code, once, and to who began with its verifier.
func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	code := r.PostFormValue("code")
	began, known := p.codes[code]
	delete(p.codes, code)
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	clientSecretSent, _ := url.QueryUnescape(secret)
	if !known || id != clientID || clientSecretSent != clientSecret || r.PostFormValue("redirect_uri") != redirectURL ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != began.Get("code_challenge") || began.Get("code_challenge_method") != "S256" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		return
	}
	p.send(w, map[string]any{"access_token": "access", "token_type": "Bearer", "id_token": p.sign(began.Get("claims"))})
}

// signIn is what the browser does there: it arrives with an address and is sent back.
func (p *provider) signIn(k *kit, address string) accounts.Return {
	p.t.Helper()
	u, err := url.Parse(address)
	must(p.t, u, err)
	began := u.Query()
	if u.Path != "/authorize" || began.Get("client_id") != clientID || began.Get("redirect_uri") != redirectURL || began.Get("response_type") != "code" || began.Get("scope") != "openid profile" {
		p.t.Errorf("the browser arrives with %s", address)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := k.clock.now().Unix()
	claims := map[string]any{"iss": p.URL, "aud": clientID, "iat": now, "exp": now + 300, "nonce": began.Get("nonce")}
	maps.Copy(claims, p.person)
	if p.claims != nil {
		p.claims(claims)
	}
	text, err := json.Marshal(claims)
	must(p.t, text, err)
	began.Set("claims", string(text))
	code := fmt.Sprint("code ", len(p.codes), " of ", began.Get("state"))
	p.codes[code] = began
	return accounts.Return{State: began.Get("state"), Code: code}
}

// withProvider has a server sign people in at a provider.
func withProvider(t *testing.T, p *provider) func(*accounts.Options) {
	t.Helper()
	client, err := guard.ProviderClient(p.URL, []string{"localhost"})
	must(t, client, err)
	t.Cleanup(client.Close)
	return func(o *accounts.Options) {
		o.Provider = &accounts.ProviderOptions{
			Name: "Home", Issuer: p.URL, ClientID: clientID, ClientSecret: clientSecret, RedirectURL: redirectURL, Client: client,
			Roles: map[string]lora.Role{"makers": lora.Editor, "keepers": lora.Operator, "bosses": lora.Administrator},
		}
	}
}

// visit signs in at the provider.
func (k *kit) visit(p *provider, from accounts.From) (accounts.Result, error) {
	k.t.Helper()
	address, flow, err := k.OIDCStart(k.t.Context(), "/library?q=x", from)
	must(k.t, 0, err)
	return k.OIDCFinish(k.t.Context(), flow.Reveal(), p.signIn(k, address), from)
}
