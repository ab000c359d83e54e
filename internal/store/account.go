package store

import (
	"context"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

const accountColumns = `SELECT a.key, a.id, a.name, a.display_name, a.role, a.job_quota, a.disabled, a.must_change, a.created_at, a.last_login_at,
	a.password <> '', a.totp_on, (SELECT COUNT(*) FROM passkey p WHERE p.account_key = a.key) FROM account a `

// foldedName is what no two accounts share: names that differ in case, in accents or in
// the form of their letters are one name.
func foldedName(name string) string { return catalog.Fold(clean(name)) }

// HasAccounts reports whether anybody has an account.
func (s *Store) HasAccounts(ctx context.Context) (bool, error) {
	n, err := querier{pool: s.reader}.number(ctx, "SELECT COUNT(*) FROM (SELECT 1 FROM account LIMIT 1) a")
	return n > 0, s.failed("look for accounts", err)
}

// Accounts lists everybody's account, by name.
func (s *Store) Accounts(ctx context.Context) ([]lora.Account, error) {
	list, err := querier{pool: s.reader}.accounts(ctx, "ORDER BY a.folded"+s.dialect.bytewise)
	return list, s.failed("list accounts", err)
}

// Account returns the account with an id; NotFound when there is none.
func (s *Store) Account(ctx context.Context, id string) (lora.Account, error) {
	a, err := querier{pool: s.reader}.account(ctx, "WHERE a.id = ?", clean(id))
	return a, s.failed("read an account", err)
}

// AccountByKey returns the account with a key; NotFound when there is none.
func (s *Store) AccountByKey(ctx context.Context, key int64) (lora.Account, error) {
	a, err := querier{pool: s.reader}.account(ctx, "WHERE a.key = ?", key)
	return a, s.failed("read an account", err)
}

// AccountByName returns the account that logs in with a name, in whatever case it was
// typed, with what it proves itself with.
func (s *Store) AccountByName(ctx context.Context, name string) (a lora.Account, c lora.Credentials, found bool, err error) {
	q := querier{pool: s.reader}
	list, err := q.accounts(ctx, "WHERE a.folded = ?", foldedName(name))
	if err == nil && len(list) > 0 {
		a = list[0]
		c, found, err = q.credentials(ctx, a.Key)
	}
	if err != nil || !found {
		return lora.Account{}, lora.Credentials{}, false, s.failed("read an account", err)
	}
	return a, c, true, nil
}

// account reads one account; NotFound when there is none.
func (q querier) account(ctx context.Context, which string, args ...any) (lora.Account, error) {
	list, err := q.accounts(ctx, which, args...)
	if err == nil && len(list) == 0 {
		err = noAccount()
	}
	if err != nil {
		return lora.Account{}, err
	}
	return list[0], nil
}

func noAccount() error { return lora.Errorf(lora.NotFound, "There is no such account.") }

// accounts reads accounts with the providers they are tied to.
func (q querier) accounts(ctx context.Context, which string, args ...any) ([]lora.Account, error) {
	list, place, keys := []lora.Account{}, make(map[int64]int), []int64{}
	err := q.each(ctx, accountColumns+which, args, func(r *record) error {
		a := lora.Account{
			Key: r.integer(), ID: r.text(), Name: r.text(), DisplayName: r.text(), Role: lora.Role(r.text()), JobQuota: int(r.integer()),
			Disabled: r.truth(), MustChange: r.truth(), CreatedAt: r.moment(), LastLoginAt: r.momentOrNil(),
			HasPassword: r.truth(), HasTOTP: r.truth(), Passkeys: int(r.integer()), Providers: []string{},
		}
		place[a.Key] = len(list)
		list, keys = append(list, a), append(keys, a.Key)
		return nil
	})
	if err != nil || len(list) == 0 {
		return list, err
	}
	err = q.each(ctx, "SELECT account_key, issuer FROM identity WHERE account_key IN ("+q.pool.dialect.keys+") ORDER BY created_at, issuer, subject",
		[]any{q.pool.dialect.list(keys)}, func(r *record) error {
			a := &list[place[r.integer()]]
			a.Providers = append(a.Providers, r.text())
			return nil
		})
	return list, err
}
