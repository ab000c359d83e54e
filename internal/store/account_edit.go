package store

import (
	"context"

	"loramanager/internal/lora"
)

// EditAccount lets edit change the name, display name, role, quota, disabled and
// must-change of an account and returns what it became. Disabling it ends its sessions,
// whose ids are returned. An error of edit takes everything back, as does Conflict when the
// name is taken, or when no enabled administrator would be left; NotFound for an unknown
// id. edit must not call the store.
func (s *Store) EditAccount(ctx context.Context, id string, edit func(a *lora.Account) error) (a lora.Account, ended []string, err error) {
	err = s.durably(ctx, "change an account", func(ctx context.Context, q querier) error {
		before, others, err := q.holdAccount(ctx, id)
		if err != nil {
			return err
		}
		a = before
		if err := edit(&a); err != nil {
			return err
		}
		if administers(before) && !administers(a) && others == 0 {
			return lastAdministrator()
		}
		taken, err := q.number(ctx, "SELECT COUNT(*) FROM account WHERE folded = ? AND key <> ?", foldedName(a.Name), before.Key)
		if err == nil && taken > 0 {
			err = accountNameTaken(a.Name)
		}
		if err == nil {
			_, err = q.exec(ctx, "UPDATE account SET name = ?, folded = ?, display_name = ?, role = ?, job_quota = ?, disabled = ?, must_change = ? WHERE key = ?",
				clean(a.Name), foldedName(a.Name), clean(a.DisplayName), string(a.Role), int64(a.JobQuota), a.Disabled, a.MustChange, before.Key)
		}
		if err == nil && a.Disabled {
			ended, err = q.endSessions(ctx, before.Key, "")
		}
		if err == nil {
			a, err = q.account(ctx, "WHERE a.key = ?", before.Key)
		}
		return err
	})
	if err != nil {
		return lora.Account{}, nil, err
	}
	return a, ended, nil
}

// RemoveAccount removes an account with its sessions, whose ids are returned, its keys,
// passkeys, settings and marks. Its jobs and what the audit log says of it stay. Conflict
// for the last enabled administrator, NotFound for an unknown id.
func (s *Store) RemoveAccount(ctx context.Context, id string) (a lora.Account, ended []string, err error) {
	err = s.durably(ctx, "remove an account", func(ctx context.Context, q querier) error {
		var others int64
		if a, others, err = q.holdAccount(ctx, id); err != nil {
			return err
		}
		if administers(a) && others == 0 {
			return lastAdministrator()
		}
		if ended, err = q.endSessions(ctx, a.Key, ""); err == nil {
			_, err = q.exec(ctx, "DELETE FROM account WHERE key = ?", a.Key)
		}
		return err
	})
	if err != nil {
		return lora.Account{}, nil, err
	}
	return a, ended, nil
}

// holdAccount keeps others from an account, and from the number of enabled administrators
// beside it, until the transaction ends. It takes them in one order, so that no two wait
// for each other.
func (q querier) holdAccount(ctx context.Context, id string) (a lora.Account, others int64, err error) {
	err = q.each(ctx, "SELECT id FROM account WHERE role = 'administrator' AND NOT disabled ORDER BY key"+q.pool.dialect.locked, nil, func(r *record) error {
		if r.text() != id {
			others++
		}
		return nil
	})
	if err == nil {
		_, err = q.number(ctx, "SELECT key FROM account WHERE id = ?"+q.pool.dialect.locked, clean(id))
	}
	if err == nil {
		a, err = q.account(ctx, "WHERE a.id = ?", clean(id))
	}
	return a, others, err
}

func administers(a lora.Account) bool { return a.Role == lora.Administrator && !a.Disabled }

func lastAdministrator() error {
	return lora.Errorf(lora.Conflict, "This is the last enabled administrator. Make another one first.")
}
