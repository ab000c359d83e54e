package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

// AddAccount adds an account and returns it with the id, key and time it was given.
// Conflict when its name is taken.
func (s *Store) AddAccount(ctx context.Context, a lora.Account, c lora.Credentials) (lora.Account, error) {
	err := s.durably(ctx, "add an account", func(ctx context.Context, q querier) (err error) {
		a, err = q.addAccount(ctx, s.newAccount(a), c)
		return err
	})
	if err != nil {
		return lora.Account{}, err
	}
	return a, nil
}

// AddFirstAccount adds an account while there is none, for whom holds one of the set-up
// tokens, and forgets all of them. Of several at once one succeeds: the others get
// Conflict, and Forbidden who holds no token.
func (s *Store) AddFirstAccount(ctx context.Context, tokenHash string, a lora.Account, c lora.Credentials) (lora.Account, error) {
	err := s.alone(ctx, func(q querier, _ int64) error {
		there, err := q.number(ctx, "SELECT COUNT(*) FROM account")
		if err == nil && there > 0 {
			err = lora.Errorf(lora.Conflict, "The first account was made already. Log in with it.")
		}
		if err != nil {
			return err
		}
		n, err := q.exec(ctx, "DELETE FROM setup_token WHERE hash = ?", clean(tokenHash))
		if err == nil && n == 0 {
			err = lora.FieldErrorf(lora.Forbidden, "token", "This is not the set-up token. The server prints it when it starts.")
		}
		if err == nil {
			_, err = q.exec(ctx, "DELETE FROM setup_token")
		}
		if err == nil {
			a, err = q.addAccount(ctx, s.newAccount(a), c)
		}
		return err
	})
	if err != nil {
		return lora.Account{}, s.failed("make the first account", err)
	}
	return a, nil
}

// AddProvidedAccount adds an account for somebody whom a sign-in provider knows by a
// subject. Where the name is taken it gets a number behind it. Conflict when the provider's
// account stands for one of ours already.
func (s *Store) AddProvidedAccount(ctx context.Context, a lora.Account, issuer, subject string) (lora.Account, error) {
	err := s.durably(ctx, "add an account", func(ctx context.Context, q querier) (err error) {
		wanted := a.Name
		for n := int64(2); ; n++ {
			taken, err := q.number(ctx, "SELECT COUNT(*) FROM account WHERE folded = ?", foldedName(a.Name))
			if err != nil {
				return err
			}
			if taken == 0 {
				break
			}
			a.Name = fmt.Sprint(wanted, "-", n)
		}
		if a, err = q.addAccount(ctx, s.newAccount(a), lora.Credentials{}); err != nil {
			return err
		}
		if err = q.addIdentity(ctx, a.Key, issuer, subject, a.CreatedAt.UnixMicro()); err == nil {
			a, err = q.account(ctx, "WHERE a.key = ?", a.Key)
		}
		return err
	})
	if err != nil {
		return lora.Account{}, err
	}
	return a, nil
}

func (s *Store) newAccount(a lora.Account) lora.Account {
	if a.ID == "" {
		a.ID = uuid.NewString()
	}
	a.CreatedAt = s.momentNow()
	return a
}

func (q querier) addAccount(ctx context.Context, a lora.Account, c lora.Credentials) (lora.Account, error) {
	var key int64
	added, err := q.one(ctx, `INSERT INTO account (id, name, folded, display_name, role, password, must_change, totp_secret, totp_on, totp_step, recovery_codes,
		job_quota, disabled, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING key`,
		[]any{
			clean(a.ID), clean(a.Name), foldedName(a.Name), clean(a.DisplayName), string(a.Role), clean(c.Password), a.MustChange, clean(c.TOTPSecret), c.TOTPOn,
			c.TOTPStep, listText(c.RecoveryCodes), int64(a.JobQuota), a.Disabled, a.CreatedAt.UnixMicro(),
		}, func(r *record) error {
			key = r.integer()
			return nil
		})
	if err == nil && !added {
		err = accountNameTaken(a.Name)
	}
	if err != nil {
		return lora.Account{}, err
	}
	return q.account(ctx, "WHERE a.key = ?", key)
}

func accountNameTaken(name string) error {
	return lora.FieldErrorf(lora.Conflict, "name", "There is an account called %q already.", name)
}
