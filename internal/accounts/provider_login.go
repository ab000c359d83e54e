package accounts

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

const (
	providerTime = 10 * time.Minute // to sign in there
	providerKind = "oidc"
	maxNext      = 2048
	maxCode      = 8192
	startPage    = "/"
)

// errand is a sign-in at the provider that is under way.
type errand struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Next     string `json:"next"`
	Account  int64  `json:"account,omitempty"` // to be tied to the provider's; 0 to log in
	Session  string `json:"session,omitempty"` // that began it
}

// Return is what the provider sent the browser back with.
type Return struct{ State, Code, Issuer, Error string }

// OIDCStart returns where the browser signs in at the provider, and a secret that goes into a
// cookie of the browser: the sign-in can be finished with it alone. next is the page of the
// app that is shown afterwards.
func (a *Accounts) OIDCStart(ctx context.Context, next string, from From) (address string, flow guard.Secret, err error) {
	if err := a.begin(ctx, from); err != nil {
		return "", "", err
	}
	return a.depart(ctx, errand{Next: localPage(next)})
}

// LinkStart is OIDCStart for who wants to log in to the own account with the provider from
// now on.
func (a *Accounts) LinkStart(ctx context.Context, actor lora.Actor, password, next string) (address string, flow guard.Secret, err error) {
	if _, _, err := a.provenOwn(ctx, actor, password); err != nil {
		return "", "", err
	}
	return a.depart(ctx, errand{Next: localPage(next), Account: actor.Account, Session: actor.SessionID})
}

// Unlink takes the provider from the actor's account.
func (a *Accounts) Unlink(ctx context.Context, actor lora.Actor, issuer, password string) error {
	if _, _, err := a.provenOwn(ctx, actor, password); err != nil {
		return err
	}
	return a.store.RemoveIdentity(ctx, actor.Account, issuer)
}

func (a *Accounts) depart(ctx context.Context, e errand) (address string, flow guard.Secret, err error) {
	if a.provider == nil {
		return "", "", noProvider()
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	d, err := a.provider.discover(ctx)
	if err != nil {
		return "", "", err
	}
	e.State, e.Nonce, e.Verifier = newSecret(), newSecret(), oauth2.GenerateVerifier()
	secret := newSecret()
	if err := a.putFlow(ctx, secret, providerKind, e, a.now().Add(providerTime)); err != nil {
		return "", "", err
	}
	return d.oauth.AuthCodeURL(e.State, oidc.Nonce(e.Nonce), oauth2.S256ChallengeOption(e.Verifier)), guard.Secret(secret), nil
}

func noProvider() error {
	return lora.Errorf(lora.NotFound, "No sign-in provider is set up.")
}

// localPage is a page of this app; the start page for everything else.
func localPage(next string) string {
	u, err := url.Parse(next)
	if err != nil || len(next) > maxNext || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) ||
		u.Scheme != "" || u.Host != "" || u.User != nil || guard.DisplayName(next) != next {
		return startPage
	}
	return next
}

// OIDCFinish completes a sign-in with what the provider sent the browser back with, and with
// the secret from the browser's cookie. When an account was tied to the provider the result
// has no cookie.
func (a *Accounts) OIDCFinish(ctx context.Context, flow string, back Return, from From) (Result, error) {
	if a.provider == nil {
		return Result{}, noProvider()
	}
	leave, err := a.enter(ctx, byAddress(from))
	if err != nil {
		return Result{}, err
	}
	e, who, err := a.arrive(ctx, flow, back)
	leave(lora.CodeOf(err) == lora.Unauthorized)
	if err != nil {
		return Result{}, err
	}
	if e.Account != 0 {
		return Result{Next: e.Next}, a.link(ctx, e, who)
	}
	account, err := a.provided(ctx, who)
	if err != nil {
		return Result{}, err
	}
	result, err := a.start(ctx, account, byProvider, from, "")
	result.Next = e.Next
	return result, err
}

// arrive asks the provider, once for each flow, who signed in.
func (a *Accounts) arrive(ctx context.Context, flow string, back Return) (errand, person, error) {
	var e errand
	if err := a.takeFlow(ctx, flow, providerKind, &e); err != nil {
		return errand{}, person{}, err
	}
	if !same(back.State, e.State) {
		return errand{}, person{}, over()
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	d, err := a.provider.discover(ctx)
	switch {
	case err != nil:
		return errand{}, person{}, err
	case back.Issuer != "" && back.Issuer != a.provider.o.Issuer, back.Issuer == "" && d.hasIss:
		return errand{}, person{}, distrusted(nil) // another provider sent the browser
	case back.Error != "" || back.Code == "" || len(back.Code) > maxCode:
		return errand{}, person{}, refusedThere(back.Error)
	}
	ctx = a.provider.o.Client.Context(ctx)
	token, err := d.oauth.Exchange(ctx, back.Code, oauth2.VerifierOption(e.Verifier))
	if refused := (*oauth2.RetrieveError)(nil); errors.As(err, &refused) && refused.ErrorCode != "" {
		return errand{}, person{}, refusedThere(refused.ErrorCode)
	}
	if err != nil {
		return errand{}, person{}, unreachable(err)
	}
	who, err := a.provider.vouch(ctx, d, token, e.Nonce)
	return e, who, err
}

func refusedThere(code string) error {
	return &lora.Error{Code: lora.Unauthorized, Message: "The sign-in provider did not sign you in. Begin again.", Err: told(errors.New("the provider says " + cut(code, maxName)))}
}

// link ties the account that began the errand to the provider's, if it is still logged in
// where it began.
func (a *Accounts) link(ctx context.Context, e errand, who person) error {
	actor, _, found, err := a.store.SessionActor(ctx, e.Session, a.now())
	if err == nil && (!found || actor.Account != e.Account) {
		err = nobody()
	}
	if err == nil {
		err = a.store.AddIdentity(ctx, e.Account, a.provider.o.Issuer, who.subject)
	}
	if err == nil {
		a.announce(actor.AccountID, []string{}, []string{})
	}
	return err
}

// provided returns the account that somebody whom the provider vouches for has here, and
// makes one at the first time. Accounts with a password of their own keep the role that they
// were given here; the others follow the provider.
func (a *Accounts) provided(ctx context.Context, who person) (lora.Account, error) {
	account, found, err := a.store.AccountByIdentity(ctx, a.provider.o.Issuer, who.subject)
	switch {
	case err != nil:
		return lora.Account{}, err
	case found && account.Disabled:
		return lora.Account{}, disabled()
	case found && account.HasPassword:
		return account, nil
	case who.role == "":
		return lora.Account{}, orElse(a.putOut(ctx, account), roleless())
	case found && account.Role == who.role:
		return account, nil
	case found:
		return a.Edit(ctx, account.ID, func(account *lora.Account) error {
			account.Role = who.role
			return nil
		})
	}
	account, err = a.store.AddProvidedAccount(ctx, lora.Account{Name: who.name, DisplayName: who.display, Role: who.role}, a.provider.o.Issuer, who.subject)
	if lora.CodeOf(err) == lora.Conflict { // signed in twice at once
		if account, found, err = a.store.AccountByIdentity(ctx, a.provider.o.Issuer, who.subject); err == nil && !found {
			err = over()
		}
	}
	return account, err
}

func roleless() error {
	return lora.Errorf(lora.Forbidden, "The sign-in provider knows you, but gives you no role here. Ask an administrator.")
}

// putOut ends the sessions and keys of an account, if there is one, to which the provider
// gives no role any more.
func (a *Accounts) putOut(ctx context.Context, account lora.Account) error {
	if account.Key == 0 {
		return nil
	}
	_, err := a.store.EndSessions(ctx, account.Key, "")
	var keys []lora.APIKey
	if err == nil {
		keys, err = a.store.APIKeys(ctx, account.Key)
	}
	for _, key := range keys {
		if err == nil {
			_, err = a.store.RemoveAPIKey(ctx, account.Key, key.ID)
		}
	}
	a.announce(account.ID, nil, nil)
	return err
}
