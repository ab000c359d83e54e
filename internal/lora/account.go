package lora

import (
	"encoding/json"
	"slices"
	"time"
)

// Account is a person who may log in.
type Account struct {
	Key         int64      `json:"-"` // 0 only on a server without accounts
	ID          string     `json:"id"`
	Name        string     `json:"name" doc:"To log in with"`
	DisplayName string     `json:"display_name"`
	Role        Role       `json:"role" enum:"viewer,editor,operator,administrator"`
	JobQuota    int        `json:"job_quota" doc:"Jobs that may wait or run at once; 0 is any number"`
	Disabled    bool       `json:"disabled"`
	MustChange  bool       `json:"must_change" doc:"The password must be changed before anything else"`
	CreatedAt   time.Time  `json:"created_at"`
	LastLoginAt *time.Time `json:"last_login_at"`
	HasPassword bool       `json:"has_password"`
	HasTOTP     bool       `json:"has_totp"`
	Passkeys    int        `json:"passkeys"`
	Providers   []string   `json:"providers" doc:"Issuers of the sign-in providers it is tied to"`
}

// Credentials are what an account proves itself with. They never leave the server.
type Credentials struct {
	Password      string // argon2id in PHC form; empty when there is none
	TOTPSecret    string // base32
	TOTPOn        bool
	TOTPStep      int64    // last time step that was used
	RecoveryCodes []string // SHA-256 of each that is left, hexadecimal
}

// Session is one login of a browser.
type Session struct {
	ID        string    `json:"id" doc:"Names the session; the cookie cannot be made from it"`
	Account   int64     `json:"-"`
	Method    string    `json:"method" enum:"password,totp,passkey,oidc,setup"`
	Address   string    `json:"address"`
	Agent     string    `json:"agent"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Passkey is a WebAuthn credential of an account.
type Passkey struct {
	ID         string          `json:"id"`
	Account    int64           `json:"-"`
	Name       string          `json:"name"`
	Body       json.RawMessage `json:"-"` // the credential
	CreatedAt  time.Time       `json:"created_at"`
	LastUsedAt *time.Time      `json:"last_used_at"`
}

// APIKey lets a program in with some of the rights of the account it belongs to.
type APIKey struct {
	ID          string     `json:"id"`
	Account     int64      `json:"-"`
	AccountID   string     `json:"account_id"`
	AccountName string     `json:"account_name"`
	Name        string     `json:"name"`
	Start       string     `json:"start" doc:"Its first characters"`
	Scopes      []Scope    `json:"scopes" enum:"read,run,edit,files,admin"`
	CreatedAt   time.Time  `json:"created_at"`
	ExpiresAt   *time.Time `json:"expires_at"`
	LastUsedAt  *time.Time `json:"last_used_at"`
}

// AuditEntry says who changed what, when and from where.
type AuditEntry struct {
	Key       int64           `json:"key"`
	At        time.Time       `json:"at"`
	AccountID string          `json:"account_id"`
	Actor     string          `json:"actor"`
	Via       string          `json:"via" enum:"session,api_key,key,local,none"`
	Address   string          `json:"address"`
	RequestID string          `json:"request_id"`
	Action    string          `json:"action" doc:"Id of the operation"`
	Target    string          `json:"target"`
	Status    int             `json:"status" doc:"HTTP status of the answer"`
	Detail    json.RawMessage `json:"detail"`
}

// AuditQuery narrows the audit log. Zero values narrow nothing.
type AuditQuery struct {
	AccountID, Action, Text string
	Since, Until            time.Time
	Before                  int64 // only entries with a smaller key
	Limit                   int
}

// Actor is who makes a request: an account through a session or an API key, the holder
// of the server's one key, or the only user of a server without either.
type Actor struct {
	Account     int64 // 0 for the last two
	AccountID   string
	Name        string
	DisplayName string
	Role        Role
	Via         string // session, api_key, key or local
	SessionID   string
	KeyID       string
	JobQuota    int
	MustChange  bool
	Scopes      []Scope // of an API key
	ExpiresAt   time.Time
}

// May reports whether the actor has a permission.
func (a Actor) May(p Permission) bool {
	if !slices.Contains(a.Role.Permissions(), p) {
		return false
	}
	if a.Via != "api_key" {
		return true
	}
	for _, s := range a.Scopes {
		if slices.Contains(s.Permissions(), p) {
			return true
		}
	}
	return false
}
