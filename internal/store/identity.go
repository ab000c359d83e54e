package store

import (
	"context"

	"loramanager/internal/lora"
)

// AccountByIdentity finds the account that an account of a sign-in provider stands for.
func (s *Store) AccountByIdentity(ctx context.Context, issuer, subject string) (a lora.Account, found bool, err error) {
	list, err := querier{pool: s.reader}.accounts(ctx, "WHERE a.key = (SELECT i.account_key FROM identity i WHERE i.issuer = ? AND i.subject = ?)", clean(issuer), clean(subject))
	if err != nil || len(list) == 0 {
		return lora.Account{}, false, s.failed("read an account", err)
	}
	return list[0], true, nil
}

// AddIdentity ties an account to one of a sign-in provider. Conflict when that one
// stands for an account already.
func (s *Store) AddIdentity(ctx context.Context, account int64, issuer, subject string) error {
	return s.durably(ctx, "tie an account to a provider", func(ctx context.Context, q querier) error {
		return q.addIdentity(ctx, account, issuer, subject, s.momentNow().UnixMicro())
	})
}

func (q querier) addIdentity(ctx context.Context, account int64, issuer, subject string, now int64) error {
	n, err := q.exec(ctx, `INSERT INTO identity (issuer, subject, account_key, created_at)
		SELECT CAST(? AS TEXT), CAST(? AS TEXT), key, CAST(? AS BIGINT) FROM account WHERE key = ? ON CONFLICT DO NOTHING`,
		clean(issuer), clean(subject), now, account)
	if err == nil && n == 0 {
		err = lora.Errorf(lora.Conflict, "This account of the sign-in provider is tied to an account already.")
	}
	return err
}

// RemoveIdentity unties an account from a sign-in provider; NotFound when it is not tied
// to it.
func (s *Store) RemoveIdentity(ctx context.Context, account int64, issuer string) error {
	return s.durably(ctx, "untie an account from a provider", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, "DELETE FROM identity WHERE account_key = ? AND issuer = ?", account, clean(issuer))
		if err == nil && n == 0 {
			err = lora.Errorf(lora.NotFound, "The account is not tied to this sign-in provider.")
		}
		return err
	})
}
