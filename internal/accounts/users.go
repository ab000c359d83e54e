package accounts

import (
	"context"
	"slices"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// maxQuota bounds how many jobs an account may be allowed.
const maxQuota = 1_000_000

// List returns everybody's account, by name.
func (a *Accounts) List(ctx context.Context) ([]lora.Account, error) { return a.store.Accounts(ctx) }

// User returns an account; NotFound for an unknown id.
func (a *Accounts) User(ctx context.Context, id string) (lora.Account, error) {
	return a.store.Account(ctx, id)
}

// Add makes an account with the name, display name, role and quota of one. Without a password
// it is given one, which is returned. Either way it must be changed at the first login.
func (a *Accounts) Add(ctx context.Context, account lora.Account, password string) (lora.Account, guard.Secret, error) {
	account = lora.Account{Name: account.Name, DisplayName: account.DisplayName, Role: account.Role, JobQuota: account.JobQuota, MustChange: true}
	err := checkAccount(&account)
	var made guard.Secret
	switch {
	case err != nil:
	case password == "":
		made = newPassword()
		password = made.Reveal()
	default:
		err = checkPassword("password", password, account.Name)
	}
	if err != nil {
		return lora.Account{}, "", err
	}
	phc, err := a.hashes.hash(ctx, password)
	if err == nil {
		account, err = a.store.AddAccount(ctx, account, lora.Credentials{Password: phc})
	}
	return account, made, err
}

// checkAccount makes names clean and refuses what cannot be.
func checkAccount(account *lora.Account) (err error) {
	if account.Name, err = cleanName(account.Name); err != nil {
		return err
	}
	if account.DisplayName, err = cleanDisplayName(account.DisplayName); err != nil {
		return err
	}
	if !slices.Contains(lora.Roles, account.Role) {
		return lora.FieldErrorf(lora.Invalid, "role", "A role is viewer, editor, operator or administrator.")
	}
	if account.JobQuota < 0 || account.JobQuota > maxQuota {
		return lora.FieldErrorf(lora.Invalid, "job_quota", "A quota is 0 to %d jobs; 0 is any number.", maxQuota)
	}
	return nil
}

// Edit lets edit change the name, display name, role, quota and disabling of an account. What
// it loses is lost at once: sessions of an account that was disabled end, and the live
// connections of one whose role changed. Conflict when no enabled administrator would be
// left, or the name is taken.
func (a *Accounts) Edit(ctx context.Context, id string, edit func(account *lora.Account) error) (lora.Account, error) {
	all := false // connections end
	account, _, err := a.store.EditAccount(ctx, id, func(account *lora.Account) error {
		before := *account
		if err := edit(account); err != nil {
			return err
		}
		account.MustChange = before.MustChange
		all = account.Role != before.Role || account.Disabled
		return checkAccount(account)
	})
	switch {
	case err != nil:
		return lora.Account{}, err
	case all:
		a.announce(account.ID, nil, nil)
	default:
		a.announce(account.ID, []string{}, []string{})
	}
	return account, nil
}

// Remove removes an account with its sessions, keys and marks. Its jobs stay, and what the
// log says of it. Conflict for the last enabled administrator.
func (a *Accounts) Remove(ctx context.Context, id string) error {
	account, _, err := a.store.RemoveAccount(ctx, id)
	if err == nil {
		a.announce(account.ID, nil, nil)
	}
	return err
}

// ResetPassword gives an account a password that must be changed at the next login, and
// returns it. Its sessions end.
func (a *Accounts) ResetPassword(ctx context.Context, id string) (guard.Secret, error) {
	account, err := a.store.Account(ctx, id)
	if err != nil {
		return "", err
	}
	password := newPassword()
	phc, err := a.hashes.hash(ctx, password.Reveal())
	if err != nil {
		return "", err
	}
	gone, err := a.store.PutPassword(ctx, account.Key, phc, true, "")
	if err != nil {
		return "", err
	}
	a.ended(account.ID, gone)
	return password, nil
}

// RemoveSecondFactor turns the authenticator app of an account off, for who lost it.
func (a *Accounts) RemoveSecondFactor(ctx context.Context, id string) error {
	account, err := a.store.Account(ctx, id)
	if err == nil {
		err = a.removeTOTP(ctx, account)
	}
	return err
}

// EndSessions logs an account out everywhere.
func (a *Accounts) EndSessions(ctx context.Context, id string) error {
	account, err := a.store.Account(ctx, id)
	if err != nil {
		return err
	}
	gone, err := a.store.EndSessions(ctx, account.Key, "")
	a.ended(account.ID, gone)
	return err
}
