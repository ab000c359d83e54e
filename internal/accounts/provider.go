package accounts

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// ProviderOptions say who vouches for people, by OpenID Connect. Issuer, ClientID,
// RedirectURL and Client are required.
type ProviderOptions struct {
	Name         string // for the button
	Issuer       string // as it names itself, such as https://id.example.com/realms/home
	ClientID     string
	ClientSecret guard.Secret // empty for a public client
	Scopes       []string     // asked for besides openid; profile when nil
	RedirectURL  string       // where it sends browsers back to
	// RolesClaim holds the groups somebody is in, a text or a list of them: "groups". Dots
	// lead into objects: realm_access.roles.
	RolesClaim string
	Roles      map[string]lora.Role // by group; the strongest counts
	// Default is the role of whom no group gives one; empty lets them in not at all.
	Default lora.Role

	Client ProviderClient
}

// ProviderClient calls the provider; *guard.Provider is one.
type ProviderClient interface {
	// Context returns a context in which the libraries of OpenID Connect make their calls:
	// bounded in time and size, to the issuer and the addresses that Reach named.
	Context(ctx context.Context) context.Context
	// Reach allows an address that the issuer refers to.
	Reach(address string) error
}

// discoveryAge is how long what the provider says of itself is not asked again, askAgain the
// same after it did not answer, and callTime how long one step of a sign-in may wait for it.
const (
	discoveryAge = time.Hour
	askAgain     = time.Minute
	callTime     = 20 * time.Second
)

// signatures are the algorithms a token may be signed with: by the provider's own key, never
// by a secret that we share with it, and never by nothing.
var signatures = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}

// provider asks the sign-in provider.
type provider struct {
	o     ProviderOptions
	now   func() time.Time
	turn  chan struct{} // holds who asks for the discovery
	known *discovered
}

// discovered is what the provider says of itself.
type discovered struct {
	at       time.Time
	provider *oidc.Provider
	oauth    oauth2.Config
	hasIss   bool // it names itself when it sends browsers back (RFC 9207)
}

func newProvider(o ProviderOptions, now func() time.Time) (*provider, error) {
	if o.RolesClaim == "" {
		o.RolesClaim = "groups"
	}
	if o.Scopes == nil {
		o.Scopes = []string{"profile"}
	}
	for _, role := range o.Roles {
		if !slices.Contains(lora.Roles, role) {
			return nil, lora.FieldErrorf(lora.Invalid, "oidc_role_map", "%q is no role. A role is viewer, editor, operator or administrator.", guard.DisplayName(string(role)))
		}
	}
	if o.Default != "" && !slices.Contains(lora.Roles, o.Default) {
		return nil, lora.FieldErrorf(lora.Invalid, "oidc_default_role", "%q is no role. A role is viewer, editor, operator or administrator.", guard.DisplayName(string(o.Default)))
	}
	if u, err := url.Parse(o.Issuer); err != nil || u.Host == "" || o.ClientID == "" {
		return nil, lora.FieldErrorf(lora.Invalid, "oidc_issuer", "A sign-in provider has an issuer, such as https://id.example.com, and gave this server a client id.")
	}
	if u, err := url.Parse(o.RedirectURL); err != nil || u.Host == "" {
		return nil, lora.FieldErrorf(lora.Invalid, "public_url", "A sign-in provider must know where to send browsers back to: set public-url.")
	}
	return &provider{o: o, now: now, turn: make(chan struct{}, 1)}, nil
}

// ProviderName is what the button of the sign-in provider says; empty when there is none.
func (a *Accounts) ProviderName() string {
	if a.provider == nil {
		return ""
	}
	if a.provider.o.Name == "" {
		return a.provider.o.Issuer
	}
	return a.provider.o.Name
}

// discover asks the provider what it is, where that was not asked for an hour. While it does
// not answer, what it said last stands.
func (p *provider) discover(ctx context.Context) (*discovered, error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, unreachable(ctx.Err())
	}
	if p.known != nil && p.now().Sub(p.known.at) < discoveryAge {
		return p.known, nil
	}
	fresh, err := p.ask(p.o.Client.Context(ctx))
	switch {
	case err == nil:
		p.known = fresh
	case p.known == nil:
		return nil, err
	default:
		stale := *p.known
		stale.at = p.now().Add(askAgain - discoveryAge)
		p.known = &stale
	}
	return p.known, nil
}

func (p *provider) ask(ctx context.Context) (*discovered, error) {
	found, err := oidc.NewProvider(ctx, p.o.Issuer)
	if err != nil {
		return nil, unreachable(err)
	}
	var says struct {
		Auth    string   `json:"authorization_endpoint"`
		Token   string   `json:"token_endpoint"`
		Keys    string   `json:"jwks_uri"`
		Info    string   `json:"userinfo_endpoint"`
		Methods []string `json:"token_endpoint_auth_methods_supported"`
		Iss     bool     `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&says); err != nil {
		return nil, unreachable(err)
	}
	for _, address := range []string{says.Token, says.Keys, says.Info} {
		if address == "" && address == says.Info {
			continue
		}
		if err := p.o.Client.Reach(address); err != nil {
			return nil, unreachable(err)
		}
	}
	auth, err := url.Parse(says.Auth)
	if err != nil || auth.Host == "" || auth.Scheme != "https" && auth.Scheme != "http" {
		return nil, unreachable(nil)
	}
	endpoint := found.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if p.o.ClientSecret == "" || len(says.Methods) > 0 && !slices.Contains(says.Methods, "client_secret_basic") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &discovered{at: p.now(), provider: found, hasIss: says.Iss, oauth: oauth2.Config{
		ClientID: p.o.ClientID, ClientSecret: p.o.ClientSecret.Reveal(), Endpoint: endpoint, RedirectURL: p.o.RedirectURL, Scopes: append([]string{oidc.ScopeOpenID}, p.o.Scopes...),
	}}, nil
}

// unreachable is the answer while the provider fails. What it sent is cut and made safe to
// show before it is logged.
func unreachable(err error) error {
	return &lora.Error{Code: lora.Unavailable, Message: "The sign-in provider does not answer as it should. Try again, or log in another way.", Err: told(err)}
}

// says is the text of an error of somebody else.
type says string

// Error implements error.
func (s says) Error() string { return string(s) }

func told(err error) error {
	if err == nil {
		return nil
	}
	return says(guard.DisplayName(cut(strings.ToValidUTF8(err.Error(), "?"), maxEntry)))
}
