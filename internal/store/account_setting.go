package store

import (
	"context"
	"encoding/json"
)

// AccountSettings returns the settings that an account has changed for itself, by name, as
// JSON.
func (s *Store) AccountSettings(ctx context.Context, account int64) (map[string]json.RawMessage, error) {
	settings := make(map[string]json.RawMessage)
	err := querier{pool: s.reader}.each(ctx, "SELECT name, value FROM account_setting WHERE account_key = ?", []any{account}, func(r *record) error {
		settings[r.text()] = json.RawMessage(r.text())
		return nil
	})
	return settings, s.failed("read settings", err)
}

// PatchAccountSettings changes the settings named for an account and returns all of its
// own. A setting that is given null is the server's again. NotFound when the account is
// gone.
func (s *Store) PatchAccountSettings(ctx context.Context, account int64, patch map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	err := s.briefly(ctx, "change settings", func(ctx context.Context, q querier) error {
		found, err := q.number(ctx, "SELECT COUNT(*) FROM account WHERE key = ?", account)
		if err == nil && found == 0 {
			err = noAccount()
		}
		for name, value := range patch {
			switch {
			case err != nil:
				return err
			case string(value) == "null":
				_, err = q.exec(ctx, "DELETE FROM account_setting WHERE account_key = ? AND name = ?", account, clean(name))
			default:
				_, err = q.exec(ctx, "INSERT INTO account_setting (account_key, name, value) VALUES (?, ?, ?) ON CONFLICT (account_key, name) DO UPDATE SET value = excluded.value",
					account, clean(name), clean(string(value)))
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.AccountSettings(ctx, account)
}
