package store

import (
	"context"
	"slices"

	"loramanager/internal/lora"
)

// Credentials returns what an account proves itself with; NotFound when there is none.
func (s *Store) Credentials(ctx context.Context, account int64) (lora.Credentials, error) {
	c, found, err := querier{pool: s.reader}.credentials(ctx, account)
	if err == nil && !found {
		err = noAccount()
	}
	return c, s.failed("read credentials", err)
}

func (q querier) credentials(ctx context.Context, account int64) (c lora.Credentials, found bool, err error) {
	found, err = q.one(ctx, "SELECT password, totp_secret, totp_on, totp_step, recovery_codes FROM account WHERE key = ?", []any{account}, func(r *record) error {
		c = lora.Credentials{Password: r.text(), TOTPSecret: r.text(), TOTPOn: r.truth(), TOTPStep: r.integer(), RecoveryCodes: r.list()}
		return nil
	})
	return c, found, err
}

// PutPassword gives an account a password, as a hash in PHC form, and says whether it
// must be changed at the next login. It ends the account's sessions but the one to keep,
// if any, and returns their ids.
func (s *Store) PutPassword(ctx context.Context, account int64, phc string, mustChange bool, keepSession string) (ended []string, err error) {
	err = s.durably(ctx, "change a password", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, "UPDATE account SET password = ?, must_change = ? WHERE key = ?", clean(phc), mustChange, account)
		if err == nil && n == 0 {
			err = noAccount()
		}
		if err == nil {
			ended, err = q.endSessions(ctx, account, keepSession)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return ended, nil
}

// RehashPassword replaces the hash of a password that stays the same. It does nothing
// when the password was changed meanwhile.
func (s *Store) RehashPassword(ctx context.Context, account int64, before, after string) error {
	return s.briefly(ctx, "hash a password anew", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, "UPDATE account SET password = ? WHERE key = ? AND password = ?", clean(after), account, clean(before))
		return err
	})
}

// PutTOTP replaces the second factor of an account: its secret, whether it is asked for,
// and the recovery codes; the password is not looked at. With the same secret the last
// step that was used never goes back.
func (s *Store) PutTOTP(ctx context.Context, account int64, c lora.Credentials) error {
	return s.durably(ctx, "change a second factor", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, `UPDATE account SET totp_step = CASE WHEN totp_secret = ? AND totp_step > ? THEN totp_step ELSE ? END,
			totp_secret = ?, totp_on = ?, recovery_codes = ? WHERE key = ?`,
			clean(c.TOTPSecret), c.TOTPStep, c.TOTPStep, clean(c.TOTPSecret), c.TOTPOn, listText(c.RecoveryCodes), account)
		if err == nil && n == 0 {
			err = noAccount()
		}
		return err
	})
}

// UseTOTPStep takes a time step of an account's second factor. It is false when that step
// or a later one was taken before: each code counts once, however many ask.
func (s *Store) UseTOTPStep(ctx context.Context, account, step int64) (used bool, err error) {
	err = s.durably(ctx, "use a code", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, "UPDATE account SET totp_step = ? WHERE key = ? AND totp_step < ?", step, account, step)
		used = n == 1
		return err
	})
	return used && err == nil, err
}

// UseRecoveryCode takes one of an account's recovery codes by its hash. It is false when
// the account does not have it, or no longer.
func (s *Store) UseRecoveryCode(ctx context.Context, account int64, hash string) (used bool, err error) {
	err = s.durably(ctx, "use a recovery code", func(ctx context.Context, q querier) error {
		var codes []string
		_, err := q.one(ctx, "SELECT recovery_codes FROM account WHERE key = ?"+q.pool.dialect.locked, []any{account}, func(r *record) error {
			codes = r.list()
			return nil
		})
		at := slices.Index(codes, hash)
		if err != nil || at < 0 {
			return err
		}
		used = true
		_, err = q.exec(ctx, "UPDATE account SET recovery_codes = ? WHERE key = ?", listText(slices.Delete(codes, at, at+1)), account)
		return err
	})
	return used && err == nil, err
}
