package accounts

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"loramanager/internal/lora"
)

const (
	passkeyTime     = 5 * time.Minute
	passkeyAddKind  = "passkey_add"
	passkeyKind     = "passkey"
	maxPasskeyBytes = 64 << 10 // of what a browser answers
)

// relyingParty is what passkeys are made for: the host of the server's public address. It
// is nil where browsers make none: without such an address, or where it has no name.
func relyingParty(address string) (*webauthn.WebAuthn, error) {
	if address == "" {
		return nil, nil //nolint:nilnil // no passkeys, no error
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return nil, lora.FieldErrorf(lora.Invalid, "public_url", "The public address is not one; write it as https://lora.example.com.")
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return nil, nil //nolint:nilnil // no passkeys, no error
	}
	return webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: "LoRA Manager", RPOrigins: []string{u.Scheme + "://" + u.Host}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired},
	})
}

// holder is an account as WebAuthn sees it.
type holder struct {
	account lora.Account
	keys    []webauthn.Credential
}

// WebAuthnID implements webauthn.User.
func (h holder) WebAuthnID() []byte { return []byte(h.account.ID) }

// WebAuthnName implements webauthn.User.
func (h holder) WebAuthnName() string { return h.account.Name }

// WebAuthnDisplayName implements webauthn.User.
func (h holder) WebAuthnDisplayName() string {
	if h.account.DisplayName != "" {
		return h.account.DisplayName
	}
	return h.account.Name
}

// WebAuthnCredentials implements webauthn.User.
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

// holderOf reads the passkeys of an account. One that cannot be read counts as none.
func (a *Accounts) holderOf(ctx context.Context, account lora.Account) (holder, []lora.Passkey, error) {
	h := holder{account: account}
	kept, err := a.store.Passkeys(ctx, account.Key)
	for _, p := range kept {
		var key webauthn.Credential
		if err := json.Unmarshal(p.Body, &key); err != nil {
			a.log.Error("a passkey cannot be read; remove it and register it anew", "account", account.ID, "passkey", p.ID)
			continue
		}
		h.keys = append(h.keys, key)
	}
	return h, kept, err
}

func noPasskeys() error {
	return lora.Errorf(lora.Unavailable, "Passkeys need an address with a name, such as https://lora.example.com. An administrator sets it as public-url.")
}

// adding is a registration that is under way.
type adding struct {
	Account int64                `json:"account"`
	Session webauthn.SessionData `json:"session"`
}

// BeginPasskey returns what the browser's navigator.credentials.create is to be told, in
// WebAuthn's JSON, and a flow to send along with what it answers.
func (a *Accounts) BeginPasskey(ctx context.Context, actor lora.Actor, password string) (flow string, options json.RawMessage, err error) {
	if a.passkeys == nil {
		return "", nil, noPasskeys()
	}
	account, _, err := a.provenOwn(ctx, actor, password)
	if err != nil {
		return "", nil, err
	}
	h, _, err := a.holderOf(ctx, account)
	if err != nil {
		return "", nil, err
	}
	creation, session, err := a.passkeys.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.keys).CredentialDescriptors()))
	if err != nil {
		return "", nil, err
	}
	return a.challenge(ctx, passkeyAddKind, adding{Account: account.Key, Session: *session}, creation.Response)
}

// challenge keeps what a browser is asked.
func (a *Accounts) challenge(ctx context.Context, kind string, keep, ask any) (flow string, options json.RawMessage, err error) {
	if options, err = json.Marshal(ask); err != nil {
		return "", nil, err
	}
	flow = newSecret()
	return flow, options, a.putFlow(ctx, flow, kind, keep, a.now().Add(passkeyTime))
}

// AddPasskey gives the actor's account the passkey that the browser made.
func (a *Accounts) AddPasskey(ctx context.Context, actor lora.Actor, flow, name string, answer json.RawMessage) (lora.Passkey, error) {
	if a.passkeys == nil {
		return lora.Passkey{}, noPasskeys()
	}
	name, err := cleanName(name)
	if err == nil {
		err = own(actor)
	}
	if err != nil {
		return lora.Passkey{}, err
	}
	var begun adding
	if err := a.takeFlow(ctx, flow, passkeyAddKind, &begun); err != nil || begun.Account != actor.Account {
		return lora.Passkey{}, orElse(err, over())
	}
	account, err := a.store.AccountByKey(ctx, actor.Account)
	if err != nil {
		return lora.Passkey{}, err
	}
	key, err := a.register(account, begun.Session, answer)
	if err != nil {
		return lora.Passkey{}, err
	}
	body, err := json.Marshal(key)
	if err != nil {
		return lora.Passkey{}, err
	}
	p, err := a.store.AddPasskey(ctx, lora.Passkey{ID: passkeyID(key.ID), Account: account.Key, Name: name, Body: body})
	if err == nil {
		a.announce(account.ID, []string{}, []string{})
	}
	return p, err
}

// register checks what a browser made.
func (a *Accounts) register(account lora.Account, session webauthn.SessionData, answer json.RawMessage) (*webauthn.Credential, error) {
	if len(answer) > maxPasskeyBytes {
		return nil, refusedPasskey(nil)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, refusedPasskey(err)
	}
	key, err := a.passkeys.CreateCredential(holder{account: account}, session, parsed)
	if err != nil {
		return nil, refusedPasskey(err)
	}
	return key, nil
}

func refusedPasskey(err error) error {
	return &lora.Error{Code: lora.Invalid, Field: "credential", Message: "The passkey was not accepted. Try again, or use another one.", Err: err}
}

func passkeyID(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

// OwnPasskeys lists the passkeys of the actor's account, oldest first.
func (a *Accounts) OwnPasskeys(ctx context.Context, actor lora.Actor) ([]lora.Passkey, error) {
	return a.store.Passkeys(ctx, actor.Account)
}

// RenamePasskey gives a passkey of the actor's account another name.
func (a *Accounts) RenamePasskey(ctx context.Context, actor lora.Actor, id, name string) error {
	name, err := cleanName(name)
	if err == nil {
		err = own(actor)
	}
	if err != nil {
		return err
	}
	return a.store.RenamePasskey(ctx, actor.Account, id, name)
}

// RemovePasskey takes a passkey from the actor's account.
func (a *Accounts) RemovePasskey(ctx context.Context, actor lora.Actor, id, password string) error {
	if err := a.prove(ctx, actor, password); err != nil {
		return err
	}
	err := a.store.RemovePasskey(ctx, actor.Account, id)
	if err == nil {
		a.announce(actor.AccountID, []string{}, []string{})
	}
	return err
}
