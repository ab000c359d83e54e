package store

import (
	"context"
	"encoding/json"

	"loramanager/internal/lora"
)

// maxPasskeys bounds how many passkeys an account has.
const maxPasskeys = 50

// Passkeys lists the passkeys of an account, oldest first.
func (s *Store) Passkeys(ctx context.Context, account int64) ([]lora.Passkey, error) {
	list := []lora.Passkey{}
	err := querier{pool: s.reader}.each(ctx, "SELECT id, account_key, name, body, created_at, last_used_at FROM passkey WHERE account_key = ? ORDER BY created_at, id", []any{account}, func(r *record) error {
		list = append(list, lora.Passkey{
			ID: r.text(), Account: r.integer(), Name: r.text(), Body: json.RawMessage(r.text()), CreatedAt: r.moment(), LastUsedAt: r.momentOrNil(),
		})
		return nil
	})
	return list, s.failed("list passkeys", err)
}

// AddPasskey gives an account a passkey and returns it with the time it was added.
// Conflict when somebody has that credential, TooLarge when the account has too many.
func (s *Store) AddPasskey(ctx context.Context, p lora.Passkey) (lora.Passkey, error) {
	p.CreatedAt, p.LastUsedAt = s.momentNow(), nil
	err := s.durably(ctx, "add a passkey", func(ctx context.Context, q querier) error {
		n, err := q.number(ctx, "SELECT COUNT(*) FROM passkey WHERE account_key = ?", p.Account)
		if err == nil && n >= maxPasskeys {
			err = lora.Errorf(lora.TooLarge, "There are %d passkeys already. Remove one first.", n)
		}
		if err != nil {
			return err
		}
		added, err := q.exec(ctx, "INSERT INTO passkey (id, account_key, name, body, created_at) SELECT CAST(? AS TEXT), key, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT) FROM account WHERE key = ? ON CONFLICT DO NOTHING",
			clean(p.ID), clean(p.Name), clean(string(p.Body)), p.CreatedAt.UnixMicro(), p.Account)
		if err == nil && added == 0 {
			err = lora.Errorf(lora.Conflict, "This passkey was registered already.")
		}
		return err
	})
	if err != nil {
		return lora.Passkey{}, err
	}
	return p, nil
}

// UsePasskey replaces the credential of a passkey that was just used, whose counter has
// moved on. It is false when the credential is no longer the one before: somebody
// else has used it meanwhile, or it was removed.
func (s *Store) UsePasskey(ctx context.Context, id string, before, after json.RawMessage) (used bool, err error) {
	err = s.durably(ctx, "use a passkey", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, "UPDATE passkey SET body = ?, last_used_at = ? WHERE id = ? AND body = ?",
			clean(string(after)), s.momentNow().UnixMicro(), clean(id), clean(string(before)))
		used = n == 1
		return err
	})
	return used && err == nil, err
}

// RenamePasskey renames a passkey of an account; NotFound when it has none of that id.
func (s *Store) RenamePasskey(ctx context.Context, account int64, id, name string) error {
	return s.briefly(ctx, "rename a passkey", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, "UPDATE passkey SET name = ? WHERE id = ? AND account_key = ?", clean(name), clean(id), account)
		return orNoPasskey(n, err)
	})
}

// RemovePasskey takes a passkey from an account; NotFound when it has none of that id.
func (s *Store) RemovePasskey(ctx context.Context, account int64, id string) error {
	return s.durably(ctx, "remove a passkey", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, "DELETE FROM passkey WHERE id = ? AND account_key = ?", clean(id), account)
		return orNoPasskey(n, err)
	})
}

func orNoPasskey(n int, err error) error {
	if err == nil && n == 0 {
		err = lora.Errorf(lora.NotFound, "There is no such passkey.")
	}
	return err
}
