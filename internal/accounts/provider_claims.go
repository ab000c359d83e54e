package accounts

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Bounds of what a provider says of somebody.
const (
	maxToken   = 64 << 10 // bytes of an ID token
	maxSubject = 255      // as OpenID Connect says
	maxGroups  = 10_000
)

// person is whom a provider vouches for.
type person struct {
	subject string
	name    string
	display string
	role    lora.Role // empty for nobody
}

// vouch takes the ID token out of an answer and believes it only when it is signed by the
// provider, is for us and for this sign-in, and is not over.
func (p *provider) vouch(ctx context.Context, d *discovered, token *oauth2.Token, nonce string) (person, error) {
	raw, _ := token.Extra("id_token").(string)
	if raw == "" || len(raw) > maxToken {
		return person{}, distrusted(nil)
	}
	verified, err := d.provider.Verifier(&oidc.Config{ClientID: p.o.ClientID, SupportedSigningAlgs: signatures, Now: p.now}).Verify(ctx, raw)
	if err != nil {
		return person{}, distrusted(err)
	}
	claims := make(map[string]json.RawMessage)
	if err := verified.Claims(&claims); err != nil {
		return person{}, distrusted(err)
	}
	party := textOf(claims["azp"])
	if !same(verified.Nonce, nonce) || verified.Subject == "" || len(verified.Subject) > maxSubject ||
		(len(verified.Audience) > 1 || party != "") && party != p.o.ClientID {
		return person{}, distrusted(nil)
	}
	groups, said := p.groups(claims)
	if !said && d.provider.UserInfoEndpoint() != "" { // many providers tell groups there only
		if groups, err = p.askInfo(ctx, d, token, verified.Subject, claims); err != nil {
			return person{}, err
		}
	}
	return person{subject: verified.Subject, name: providedName(claims), display: providedDisplay(claims), role: p.role(groups)}, nil
}

// askInfo asks the provider's user info endpoint for groups, and for names it did not say.
func (p *provider) askInfo(ctx context.Context, d *discovered, token *oauth2.Token, subject string, claims map[string]json.RawMessage) ([]string, error) {
	info, err := d.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, unreachable(err)
	}
	more := make(map[string]json.RawMessage)
	if err := info.Claims(&more); err != nil || info.Subject != subject {
		return nil, distrusted(err)
	}
	for name, value := range more {
		if _, there := claims[name]; !there {
			claims[name] = value
		}
	}
	groups, _ := p.groups(claims)
	return groups, nil
}

func distrusted(err error) error {
	return &lora.Error{Code: lora.Unauthorized, Message: "What the sign-in provider said cannot be trusted. Begin again.", Err: told(err)}
}

// groups are those that the claims name, and whether they name any claim of them at all.
func (p *provider) groups(claims map[string]json.RawMessage) (groups []string, said bool) {
	value, said := claims[p.o.RolesClaim]
	for path := p.o.RolesClaim; !said; {
		first, rest, more := strings.Cut(path, ".")
		object, there := claims[first]
		if !there || !more {
			value, said = object, there && !more
			break
		}
		claims = make(map[string]json.RawMessage)
		if json.Unmarshal(object, &claims) != nil {
			break
		}
		path = rest
	}
	if one := textOf(value); one != "" {
		return []string{one}, said
	}
	if err := json.Unmarshal(value, &groups); err != nil || len(groups) > maxGroups {
		return nil, said
	}
	return groups, said
}

// role is the strongest that the groups give.
func (p *provider) role(groups []string) lora.Role {
	best := slices.Index(lora.Roles, p.o.Default)
	for _, group := range groups {
		best = max(best, slices.Index(lora.Roles, p.o.Roles[group]))
	}
	if best < 0 {
		return ""
	}
	return lora.Roles[best]
}

// textOf is a claim that is a text; empty when it is anything else.
func textOf(value json.RawMessage) (text string) {
	if json.Unmarshal(value, &text) != nil {
		return ""
	}
	return text
}

// providedName is a name to log in with that the claims suggest, within our rules.
func providedName(claims map[string]json.RawMessage) string {
	mail, _, _ := strings.Cut(textOf(claims["email"]), "@")
	for _, wish := range []string{textOf(claims["preferred_username"]), textOf(claims["nickname"]), mail} {
		// Room is left for the figures that tell it from a name that is taken.
		if name, err := cleanName(cutRunes(wish, maxName-8)); err == nil {
			return name
		}
	}
	return "user"
}

func providedDisplay(claims map[string]json.RawMessage) string {
	name, err := cleanDisplayName(cutRunes(textOf(claims["name"]), maxName))
	if err != nil {
		return ""
	}
	return name
}

// cutRunes keeps the first characters of a text, and none that cannot be seen.
func cutRunes(text string, n int) string {
	runes := make([]rune, 0, n)
	for _, r := range cut(text, maxTyped) {
		if len(runes) == n {
			break
		}
		if guard.DisplayName(string(r)) == string(r) {
			runes = append(runes, r)
		}
	}
	return strings.TrimSpace(string(runes))
}
