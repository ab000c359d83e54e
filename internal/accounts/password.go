package accounts

import (
	"context"
	"crypto/rand"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// ChangePassword replaces the actor's password. All sessions of the account end, and a new
// one begins for the actor.
func (a *Accounts) ChangePassword(ctx context.Context, actor lora.Actor, current, replacement string, from From) (Result, error) {
	if err := own(actor); err != nil {
		return Result{}, err
	}
	account, err := a.store.AccountByKey(ctx, actor.Account)
	if err == nil {
		err = ours(account)
	}
	if err == nil {
		err = a.proveAnew(ctx, actor, current, "current")
	}
	if err == nil {
		err = checkPassword("new", replacement, account.Name)
	}
	if err == nil && same(current, replacement) {
		err = lora.FieldErrorf(lora.Invalid, "new", "This is the password that you have.")
	}
	if err != nil {
		return Result{}, err
	}
	phc, err := a.hashes.hash(ctx, replacement)
	if err != nil {
		return Result{}, err
	}
	gone, err := a.store.PutPassword(ctx, account.Key, phc, false, "")
	if err != nil {
		return Result{}, err
	}
	a.ended(account.ID, gone)
	account.MustChange = false
	return a.start(ctx, account, byPassword, from, phc)
}

// ours refuses accounts that live with a sign-in provider: who was put out there would still
// get in with something of ours.
func ours(account lora.Account) error {
	if !account.HasPassword && len(account.Providers) > 0 {
		return lora.Errorf(lora.Forbidden, "This account logs in with the sign-in provider only: its password and second factor are changed there.")
	}
	return nil
}

// prove asks for the actor's password again, where the login was not just now.
func (a *Accounts) prove(ctx context.Context, actor lora.Actor, password string) error {
	if err := own(actor); err != nil {
		return err
	}
	if password == "" {
		if fresh, err := a.isFresh(ctx, actor); err != nil || fresh {
			return err
		}
	}
	return a.proveAnew(ctx, actor, password, "password")
}

// proveAnew asks for the actor's password again.
func (a *Accounts) proveAnew(ctx context.Context, actor lora.Actor, password, field string) error {
	if password == "" {
		return lora.FieldErrorf(lora.Forbidden, field, "Type your password to do this.")
	}
	leave, err := a.enter(ctx, limit{who: "proof " + actor.AccountID, minutes: tryMinutes, most: wrongProofs})
	if err != nil {
		return err
	}
	credentials, err := a.store.Credentials(ctx, actor.Account)
	right := false
	if err == nil {
		right, err = a.isPassword(ctx, lora.Account{Key: actor.Account, ID: actor.AccountID}, &credentials, password)
	}
	leave(err == nil && !right)
	if err == nil && !right {
		err = lora.FieldErrorf(lora.Forbidden, field, "This is not your password.")
	}
	return err
}

// newPassword is one that is typed once: 128 bits.
func newPassword() guard.Secret { return guard.Secret(rand.Text()) }
