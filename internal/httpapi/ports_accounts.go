package httpapi

import (
	"context"
	"encoding/json"

	"loramanager/internal/lora"
)

type from struct{ Address, Agent string }

type loginResult struct {
	Cookie  string
	Flow    string
	Methods []string
	Next    string
}

// accountsPort is what the room of accounts does.
type accountsPort interface {
	// Actor is who a cookie stands for; nil when it stands for nobody any more.
	Actor(ctx context.Context, cookie string) (*lora.Actor, error)
	ActorOfKey(ctx context.Context, key string, f from) (*lora.Actor, error)
	SetupNeeded(ctx context.Context) (bool, error)
	Setup(ctx context.Context, token, name, password string, f from) (loginResult, error)
	Login(ctx context.Context, name, password string, f from) (loginResult, error)
	Second(ctx context.Context, flow, code string, f from) (loginResult, error)
	PasskeyBegin(ctx context.Context) (flow string, options json.RawMessage, err error)
	PasskeyFinish(ctx context.Context, flow string, credential json.RawMessage, f from) (loginResult, error)
	OIDCStart(ctx context.Context, next string) (url, flow string, err error)
	OIDCFinish(ctx context.Context, flow, state, code string, f from) (loginResult, error)
	Logout(ctx context.Context, a lora.Actor) error

	Account(ctx context.Context, a lora.Actor) (lora.Account, error)
	EditOwn(ctx context.Context, a lora.Actor, displayName *string) (lora.Account, error)
	ChangePassword(ctx context.Context, a lora.Actor, current, replacement string, f from) (cookie string, err error)
	Sessions(ctx context.Context, a lora.Actor) ([]lora.Session, error)
	Revoke(ctx context.Context, a lora.Actor, session string) error
	RevokeOthers(ctx context.Context, a lora.Actor) error
	BeginTOTP(ctx context.Context, a lora.Actor, password string) (secret, uri string, err error)
	ConfirmTOTP(ctx context.Context, a lora.Actor, code string) ([]string, error)
	RemoveTOTP(ctx context.Context, a lora.Actor, password string) error
	RenewRecoveryCodes(ctx context.Context, a lora.Actor, password string) ([]string, error)
	Passkeys(ctx context.Context, a lora.Actor) ([]lora.Passkey, error)
	BeginPasskey(ctx context.Context, a lora.Actor, password string) (flow string, options json.RawMessage, err error)
	AddPasskey(ctx context.Context, a lora.Actor, flow, name string, credential json.RawMessage) (lora.Passkey, error)
	RenamePasskey(ctx context.Context, a lora.Actor, id, name string) (lora.Passkey, error)
	RemovePasskey(ctx context.Context, a lora.Actor, id, password string) error
	Keys(ctx context.Context, a lora.Actor) ([]lora.APIKey, error)
	AddKey(ctx context.Context, a lora.Actor, k lora.APIKey) (lora.APIKey, string, error)
	RemoveKey(ctx context.Context, a lora.Actor, id string) error

	List(ctx context.Context) ([]lora.Account, error)
	User(ctx context.Context, id string) (lora.Account, error)
	Add(ctx context.Context, account lora.Account, password string) (lora.Account, string, error)
	Edit(ctx context.Context, id string, edit func(*lora.Account) error) (lora.Account, error)
	Remove(ctx context.Context, id string) error
	ResetPassword(ctx context.Context, id string) (string, error)
	RemoveSecondFactor(ctx context.Context, id string) error
	EndSessions(ctx context.Context, id string) error
	AllKeys(ctx context.Context) ([]lora.APIKey, error)
	RemoveAnyKey(ctx context.Context, id string) error

	Audit(ctx context.Context, q lora.AuditQuery) ([]lora.AuditEntry, error)
	ExportAudit(ctx context.Context, q lora.AuditQuery, each func(lora.AuditEntry) error) error
}

