package accounts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Options are what Accounts need. Store and Announcer are required.
type Options struct {
	Store     Store
	Announcer Announcer
	Logger    *slog.Logger     // slog.Default()
	Now       func() time.Time // time.Now

	// PublicURL is where browsers find the server, such as https://lora.example.com/app.
	// Passkeys are bound to its host; without it, or with an IP address, there are none.
	PublicURL string
	// SetupToken lets the first account be made; a random one when empty.
	SetupToken guard.Secret
	// SessionAge and SessionIdle are how long a session lasts at most, and unused: 30 days
	// and 7 days.
	SessionAge, SessionIdle time.Duration
	// AuditAge is how long the audit log is kept: a year.
	AuditAge time.Duration
	Provider *ProviderOptions // nil when there is no sign-in provider

	cost cost // of hashing a password; for tests
}

const day = 24 * time.Hour

func (o *Options) fill() {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.SessionAge <= 0 {
		o.SessionAge = 30 * day
	}
	if o.SessionIdle <= 0 {
		o.SessionIdle = 7 * day
	}
	if o.AuditAge <= 0 {
		o.AuditAge = 365 * day
	}
	if o.cost == (cost{}) {
		o.cost = usualCost
	}
}

// Accounts are the people who may log in. Its methods may be called from several
// goroutines. Errors that users see are *lora.Error; whoever is not let in gets
// Unauthorized, and RateLimited who tried too often, for as long as RetryAfter says.
type Accounts struct {
	o        Options
	store    Store
	log      *slog.Logger
	hashes   *hasher
	tries    tries
	passkeys *webauthn.WebAuthn // nil without passkeys
	provider *provider          // nil without a sign-in provider
}

// New returns Accounts at rest. It calls nobody.
func New(o Options) (*Accounts, error) {
	o.fill()
	a := &Accounts{o: o, store: o.Store, log: o.Logger, hashes: newHasher(o.cost), tries: tries{under: make(map[string]int)}}
	if token := o.SetupToken.Reveal(); token != "" && len(token) < minSetupToken {
		return nil, lora.FieldErrorf(lora.Invalid, "setup_token", "The set-up token has fewer than %d characters: it could be guessed.", minSetupToken)
	}
	var err error
	if a.passkeys, err = relyingParty(o.PublicURL); err != nil {
		return nil, err
	}
	if o.Provider != nil {
		a.provider, err = newProvider(*o.Provider, o.Now)
	}
	return a, err
}

// HasPasskeys reports whether passkeys can be used at the address of the server.
func (a *Accounts) HasPasskeys() bool { return a.passkeys != nil }

// From is where a request comes from.
type From struct {
	Address   string // of the client
	Agent     string // what its browser calls itself
	RequestID string
}

// Result is how a step of a login went: with a cookie for the new session, or with what is
// still asked for.
type Result struct {
	Cookie guard.Secret // for the browser alone; empty while a second factor is asked for
	Actor  lora.Actor   // who logged in, with a cookie
	// Flow is to be sent along with the second factor, and Methods says what may be: totp or
	// recovery.
	Flow    string
	Methods []string
	Next    string // page to show, after a sign-in with a provider
}

// Change is the data of the event account_changed: live connections of these sessions and
// keys end, and those that stay read anew what the account is. Null stands for all of them.
type Change struct {
	AccountID  string   `json:"account_id"`
	SessionIDs []string `json:"session_ids"`
	KeyIDs     []string `json:"key_ids"`
}

func (a *Accounts) announce(accountID string, sessions, keys []string) {
	a.o.Announcer.Announce("account_changed", Change{AccountID: accountID, SessionIDs: sessions, KeyIDs: keys})
}

// ended announces that some sessions are over, if any are.
func (a *Accounts) ended(accountID string, sessions []string) {
	if len(sessions) > 0 {
		a.announce(accountID, sessions, []string{})
	}
}

func (a *Accounts) now() time.Time { return a.o.Now().UTC().Truncate(time.Microsecond) }

// secretBytes make a text that cannot be guessed: 256 bits.
const secretBytes = 32

// secretLength is how many characters newSecret returns.
var secretLength = base64.RawURLEncoding.EncodedLen(secretBytes)

func newSecret() string {
	b := make([]byte, secretBytes)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashed is how a text that cannot be guessed is kept: it needs no salt and no slowness.
func hashed(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// own refuses actors that are no account, or a program with a key of one: what protects an
// account is changed by who logged in to it.
func own(actor lora.Actor) error {
	if actor.Account == 0 || actor.Via != "session" {
		return lora.Errorf(lora.Forbidden, "Log in with your account to do this. A key is not enough.")
	}
	return nil
}

// Own returns the actor's account.
func (a *Accounts) Own(ctx context.Context, actor lora.Actor) (lora.Account, error) {
	if actor.Account == 0 {
		return lora.Account{}, lora.Errorf(lora.NotFound, "You did not log in with an account.")
	}
	return a.store.AccountByKey(ctx, actor.Account)
}

// EditOwn changes how the actor's account is shown.
func (a *Accounts) EditOwn(ctx context.Context, actor lora.Actor, displayName string) (lora.Account, error) {
	displayName, err := cleanDisplayName(displayName)
	if err == nil {
		err = own(actor)
	}
	if err != nil {
		return lora.Account{}, err
	}
	account, _, err := a.store.EditAccount(ctx, actor.AccountID, func(account *lora.Account) error {
		account.DisplayName = displayName
		return nil
	})
	if err == nil {
		a.announce(account.ID, []string{}, []string{})
	}
	return account, err
}
