package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"loramanager/internal/lora"
)

// PasskeyBegin returns what the browser's navigator.credentials.get is to be told, in
// WebAuthn's JSON, and a flow to send along with what it answers. Nobody is named: the
// passkey says whose it is.
func (a *Accounts) PasskeyBegin(ctx context.Context, from From) (flow string, options json.RawMessage, err error) {
	if a.passkeys == nil {
		return "", nil, noPasskeys()
	}
	if err := a.begin(ctx, from); err != nil {
		return "", nil, err
	}
	assertion, session, err := a.passkeys.BeginDiscoverableLogin()
	if err != nil {
		return "", nil, err
	}
	return a.challenge(ctx, passkeyKind, session, assertion.Response)
}

// PasskeyFinish logs in with what the browser's passkey answered. As the passkey verified its
// user it stands for both factors.
func (a *Accounts) PasskeyFinish(ctx context.Context, flow string, answer json.RawMessage, from From) (Result, error) {
	if a.passkeys == nil {
		return Result{}, noPasskeys()
	}
	leave, err := a.enter(ctx, byAddress(from))
	if err != nil {
		return Result{}, err
	}
	account, err := a.ownerOf(ctx, flow, answer, from)
	leave(lora.CodeOf(err) == lora.Unauthorized)
	if err != nil {
		return Result{}, err
	}
	return a.start(ctx, account, byPasskey, from, "")
}

// ownerOf finds the account whose passkey answered.
func (a *Accounts) ownerOf(ctx context.Context, flow string, answer json.RawMessage, from From) (lora.Account, error) {
	var session webauthn.SessionData
	if err := a.takeFlow(ctx, flow, passkeyKind, &session); err != nil {
		return lora.Account{}, err
	}
	if len(answer) > maxPasskeyBytes {
		return lora.Account{}, strangePasskey(nil)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return lora.Account{}, strangePasskey(err)
	}
	var owner holder
	var kept []lora.Passkey
	var failed error // what is not the passkey's fault
	key, err := a.passkeys.ValidateDiscoverableLogin(func(_, userHandle []byte) (webauthn.User, error) {
		account, err := a.store.Account(ctx, string(userHandle))
		if err == nil {
			owner, kept, err = a.holderOf(ctx, account)
		}
		if err != nil && lora.CodeOf(err) != lora.NotFound {
			failed = err
		}
		return owner, err
	}, session, parsed)
	switch {
	case failed != nil:
		return lora.Account{}, failed
	case err != nil:
		return lora.Account{}, strangePasskey(err)
	case owner.account.Disabled:
		return lora.Account{}, disabled()
	}
	return owner.account, a.usePasskey(ctx, owner.account, kept, key, from)
}

// usePasskey keeps the counter of a passkey, and refuses one whose counter went back: then
// there are two of it.
func (a *Accounts) usePasskey(ctx context.Context, account lora.Account, kept []lora.Passkey, key *webauthn.Credential, from From) error {
	id := passkeyID(key.ID)
	if key.Authenticator.CloneWarning {
		err := a.Record(ctx, lora.AuditEntry{
			AccountID: account.ID, Actor: account.Name, Via: "none", Address: from.Address, RequestID: from.RequestID,
			Action: "passkeyCopied", Target: id, Status: http.StatusUnauthorized,
		})
		return orElse(err, &lora.Error{Code: lora.Unauthorized, Message: "This passkey was used in another place since: it may have been copied. Log in another way and remove it.", Err: errCopied})
	}
	after, err := json.Marshal(key)
	if err != nil {
		return err
	}
	for _, p := range kept {
		if p.ID != id {
			continue
		}
		used, err := a.store.UsePasskey(ctx, id, p.Body, after)
		if err == nil && !used {
			err = over()
		}
		return err
	}
	return strangePasskey(nil)
}

var errCopied = errors.New("the counter of the passkey went back")

func strangePasskey(err error) error {
	return &lora.Error{Code: lora.Unauthorized, Message: "This passkey is not known here, or did not verify who uses it.", Err: err}
}
