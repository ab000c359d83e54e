package accounts

import (
	"context"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// minSetupToken is how many characters a configured set-up token has at least.
const minSetupToken = 16

// SetupNeeded reports whether there is no account yet.
func (a *Accounts) SetupNeeded(ctx context.Context) (bool, error) {
	there, err := a.store.HasAccounts(ctx)
	return !there && err == nil, err
}

// SetupToken returns a token with which the first account can be made, while there is none.
// Each process makes its own and prints it where only its operator reads it; all are void
// once one was used.
func (a *Accounts) SetupToken(ctx context.Context) (token guard.Secret, needed bool, err error) {
	if token = a.o.SetupToken; token == "" {
		token = guard.Secret(newSecret())
	}
	needed, err = a.store.PutSetupToken(ctx, hashed(token.Reveal()))
	if err != nil || !needed {
		return "", false, err
	}
	return token, true, nil
}

// Setup makes the first account, an administrator, and logs in to it.
func (a *Accounts) Setup(ctx context.Context, token, name, password string, from From) (Result, error) {
	name, err := cleanName(name)
	if err == nil {
		err = checkPassword("password", password, name)
	}
	if err != nil {
		return Result{}, err
	}
	if needed, err := a.SetupNeeded(ctx); err != nil || !needed {
		return Result{}, orElse(err, lora.Errorf(lora.Conflict, "The first account was made already. Log in with it."))
	}
	leave, err := a.enter(ctx, byAddress(from))
	if err != nil {
		return Result{}, err
	}
	phc, err := a.hashes.hash(ctx, password)
	var account lora.Account
	if err == nil {
		account, err = a.store.AddFirstAccount(ctx, hashed(cut(token, maxTyped)), lora.Account{Name: name, Role: lora.Administrator}, lora.Credentials{Password: phc})
	}
	leave(lora.CodeOf(err) == lora.Forbidden)
	if err != nil {
		return Result{}, err
	}
	return a.start(ctx, account, bySetup, from, phc)
}
