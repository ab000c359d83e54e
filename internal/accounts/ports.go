package accounts

import (
	"context"
	"encoding/json"
	"time"

	"loramanager/internal/lora"
)

// Store is everything that is kept. *store.Store is one.
type Store interface {
	Register
	Proofs
	Passkeys
	Identities
	Sessions
	Keys
	Flows
	Attempts
	AuditLog
	Leases
}

// Register keeps accounts.
type Register interface {
	HasAccounts(ctx context.Context) (bool, error)
	Accounts(ctx context.Context) ([]lora.Account, error)
	// Account returns NotFound for an unknown id.
	Account(ctx context.Context, id string) (lora.Account, error)
	AccountByKey(ctx context.Context, key int64) (lora.Account, error)
	// AddAccount returns Conflict when the name is taken, whatever its case.
	AddAccount(ctx context.Context, a lora.Account, c lora.Credentials) (lora.Account, error)
	// EditAccount lets edit change an account in one transaction, in which Conflict is
	// returned when no enabled administrator would be left. Disabling ends its sessions.
	EditAccount(ctx context.Context, id string, edit func(a *lora.Account) error) (a lora.Account, ended []string, err error)
	// RemoveAccount also ends its sessions and keys; Conflict as EditAccount.
	RemoveAccount(ctx context.Context, id string) (a lora.Account, ended []string, err error)
}

// Proofs keeps what accounts prove themselves with.
type Proofs interface {
	// AccountByName takes a name in whatever case it was typed.
	AccountByName(ctx context.Context, name string) (a lora.Account, c lora.Credentials, found bool, err error)
	Credentials(ctx context.Context, account int64) (lora.Credentials, error)
	// PutPassword ends all sessions of the account but one, if any.
	PutPassword(ctx context.Context, account int64, phc string, mustChange bool, keepSession string) (ended []string, err error)
	// RehashPassword changes nothing when the password is no longer the one before.
	RehashPassword(ctx context.Context, account int64, before, after string) error
	// PutTOTP replaces all but the password.
	PutTOTP(ctx context.Context, account int64, c lora.Credentials) error
	// UseTOTPStep is false when that step or a later one was used before.
	UseTOTPStep(ctx context.Context, account, step int64) (used bool, err error)
	// UseRecoveryCode takes a code by its hash; false when it is not there, or no longer.
	UseRecoveryCode(ctx context.Context, account int64, hash string) (used bool, err error)
}

// Passkeys keeps credentials of WebAuthn.
type Passkeys interface {
	Passkeys(ctx context.Context, account int64) ([]lora.Passkey, error)
	// AddPasskey returns Conflict when somebody has that credential.
	AddPasskey(ctx context.Context, p lora.Passkey) (lora.Passkey, error)
	// UsePasskey is false when the credential is no longer the one before.
	UsePasskey(ctx context.Context, id string, before, after json.RawMessage) (used bool, err error)
	RenamePasskey(ctx context.Context, account int64, id, name string) error
	RemovePasskey(ctx context.Context, account int64, id string) error
}

// Identities ties accounts to those of a sign-in provider.
type Identities interface {
	AccountByIdentity(ctx context.Context, issuer, subject string) (a lora.Account, found bool, err error)
	// AddIdentity returns Conflict when the provider's account is tied to one already.
	AddIdentity(ctx context.Context, account int64, issuer, subject string) error
	RemoveIdentity(ctx context.Context, account int64, issuer string) error
	// AddProvidedAccount adds an account, under another name where its own is taken, and
	// ties it; Conflict as AddIdentity.
	AddProvidedAccount(ctx context.Context, a lora.Account, issuer, subject string) (lora.Account, error)
}

// Sessions keeps logins of browsers, by the hash of their cookie.
type Sessions interface {
	// PutSession returns Unauthorized when the account is gone or disabled.
	PutSession(ctx context.Context, session lora.Session) error
	// SessionActor finds nothing when the session is over or the account disabled.
	SessionActor(ctx context.Context, hash string, now time.Time) (a lora.Actor, session lora.Session, found bool, err error)
	SeeSession(ctx context.Context, hash string, at time.Time) error
	Sessions(ctx context.Context, account int64, now time.Time) ([]lora.Session, error)
	EndSession(ctx context.Context, account int64, id string) (ended bool, err error)
	// EndSessions ends all of an account but one, if any.
	EndSessions(ctx context.Context, account int64, except string) (ended []string, err error)
}

// Keys keeps keys of programs, by their hash.
type Keys interface {
	// APIKeys lists everybody's for account 0.
	APIKeys(ctx context.Context, account int64) ([]lora.APIKey, error)
	AddAPIKey(ctx context.Context, k lora.APIKey, hash string) (lora.APIKey, error)
	// RemoveAPIKey takes anybody's for account 0; NotFound when there is none.
	RemoveAPIKey(ctx context.Context, account int64, id string) (lora.APIKey, error)
	// KeyActor finds nothing when the key is over or the account disabled.
	KeyActor(ctx context.Context, hash string, now time.Time) (a lora.Actor, k lora.APIKey, found bool, err error)
	SeeAPIKey(ctx context.Context, id string, at time.Time) error
}

// Flows keeps sign-ins that are under way, and the tokens that let the first account be
// made, by the hash of what the user holds.
type Flows interface {
	PutFlow(ctx context.Context, hash, kind string, body json.RawMessage, expires time.Time) error
	// TakeFlow gives each out once, and none that is over.
	TakeFlow(ctx context.Context, hash, kind string) (body json.RawMessage, found bool, err error)
	// PutSetupToken is false, and keeps nothing, when there are accounts already.
	PutSetupToken(ctx context.Context, hash string) (needed bool, err error)
	// AddFirstAccount returns Conflict when there is an account, and Forbidden for a token
	// that was not put.
	AddFirstAccount(ctx context.Context, tokenHash string, a lora.Account, c lora.Credentials) (lora.Account, error)
}

// Attempts counts wrong tries over all processes.
type Attempts interface {
	Wrong(ctx context.Context, who string, minute int64) (wrong int, err error)
	WrongSince(ctx context.Context, who string, minute int64) (int, error)
}

// AuditLog keeps who did what.
type AuditLog interface {
	AddAudit(ctx context.Context, e lora.AuditEntry) error
	Audit(ctx context.Context, query lora.AuditQuery) ([]lora.AuditEntry, error)
	ExportAudit(ctx context.Context, query lora.AuditQuery, visit func(e lora.AuditEntry) error) error
	// SweepAccounts forgets what is over; more says that there is more of it.
	SweepAccounts(ctx context.Context, now, seenBefore, auditBefore time.Time) (more bool, err error)
}

// Leases let one process at a time do a work.
type Leases interface {
	TakeLease(ctx context.Context, name, holder string, ttl time.Duration) (token int64, held bool, err error)
	DropLease(ctx context.Context, name, holder string, token int64) error
}

// Announcer tells everyone who listens, on all servers. It never blocks.
type Announcer interface {
	Announce(eventType string, data any)
}
