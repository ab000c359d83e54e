package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

// maxAPIKeys bounds how many keys an account has.
const maxAPIKeys = 100

const (
	keyColumns = "k.id, k.account_key, a.id, a.name, k.name, k.start, k.scopes, k.created_at, k.expires_at, k.last_used_at"
	actorOfKey = "SELECT " + actorColumns + ", " + keyColumns +
		" FROM api_key k JOIN account a ON a.key = k.account_key WHERE k.hash = ? AND (k.expires_at IS NULL OR k.expires_at > ?) AND NOT a.disabled"
)

func readAPIKey(r *record) lora.APIKey {
	k := lora.APIKey{ID: r.text(), Account: r.integer(), AccountID: r.text(), AccountName: r.text(), Name: r.text(), Start: r.text(), Scopes: []lora.Scope{}}
	for _, scope := range r.list() {
		k.Scopes = append(k.Scopes, lora.Scope(scope))
	}
	k.CreatedAt, k.ExpiresAt, k.LastUsedAt = r.moment(), r.momentOrNil(), r.momentOrNil()
	return k
}

// APIKeys lists the keys of an account, or everybody's for account 0, latest first.
func (s *Store) APIKeys(ctx context.Context, account int64) ([]lora.APIKey, error) {
	which, args := "", []any{}
	if account != 0 {
		which, args = " WHERE k.account_key = ?", []any{account}
	}
	list := []lora.APIKey{}
	err := querier{pool: s.reader}.each(ctx, "SELECT "+keyColumns+" FROM api_key k JOIN account a ON a.key = k.account_key"+which+" ORDER BY k.created_at DESC, k.id", args, func(r *record) error {
		list = append(list, readAPIKey(r))
		return nil
	})
	return list, s.failed("list keys", err)
}

// AddAPIKey gives an account a key that is known by its hash, and returns it with the id
// and time it was given. TooLarge when the account has too many, NotFound when it is gone.
func (s *Store) AddAPIKey(ctx context.Context, k lora.APIKey, hash string) (lora.APIKey, error) {
	k.ID, k.CreatedAt = uuid.NewString(), s.momentNow()
	scopes := make([]string, len(k.Scopes))
	for i, scope := range k.Scopes {
		scopes[i] = string(scope)
	}
	err := s.durably(ctx, "add a key", func(ctx context.Context, q querier) error {
		owner, err := q.account(ctx, "WHERE a.key = ?", k.Account)
		if err != nil {
			return err
		}
		k.AccountID, k.AccountName = owner.ID, owner.Name
		n, err := q.number(ctx, "SELECT COUNT(*) FROM api_key WHERE account_key = ?", k.Account)
		if err == nil && n >= maxAPIKeys {
			err = lora.Errorf(lora.TooLarge, "There are %d keys already. Remove one first.", n)
		}
		if err == nil {
			_, err = q.exec(ctx, "INSERT INTO api_key (id, account_key, name, hash, start, scopes, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
				k.ID, k.Account, clean(k.Name), clean(hash), clean(k.Start), listText(scopes), k.CreatedAt.UnixMicro(), microsOrNil(k.ExpiresAt))
		}
		return err
	})
	if err != nil {
		return lora.APIKey{}, err
	}
	return k, nil
}

// RemoveAPIKey takes back a key of an account, or of anybody for account 0, and returns
// what it was; NotFound when there is none of that id.
func (s *Store) RemoveAPIKey(ctx context.Context, account int64, id string) (k lora.APIKey, err error) {
	err = s.durably(ctx, "remove a key", func(ctx context.Context, q querier) error {
		found, err := q.one(ctx, "SELECT "+keyColumns+" FROM api_key k JOIN account a ON a.key = k.account_key WHERE k.id = ?", []any{clean(id)}, func(r *record) error {
			k = readAPIKey(r)
			return nil
		})
		n := 0
		if err == nil && found && (account == 0 || account == k.Account) {
			n, err = q.exec(ctx, "DELETE FROM api_key WHERE id = ?", clean(id))
		}
		if err == nil && n == 0 {
			err = lora.Errorf(lora.NotFound, "There is no such key.")
		}
		return err
	})
	if err != nil {
		return lora.APIKey{}, err
	}
	return k, nil
}

// KeyActor returns whose key has a hash, unless it is over or the account is disabled. It
// is one question by keys, asked with every request.
func (s *Store) KeyActor(ctx context.Context, hash string, now time.Time) (a lora.Actor, k lora.APIKey, found bool, err error) {
	found, err = querier{pool: s.reader}.one(ctx, actorOfKey, []any{clean(hash), now.UnixMicro()}, func(r *record) error {
		a, k = readActor(r), readAPIKey(r)
		a.Via, a.KeyID, a.Scopes = "api_key", k.ID, k.Scopes
		if k.ExpiresAt != nil {
			a.ExpiresAt = *k.ExpiresAt
		}
		return nil
	})
	return a, k, found, s.failed("read a key", err)
}

// SeeAPIKey notes when a key was used last.
func (s *Store) SeeAPIKey(ctx context.Context, id string, at time.Time) error {
	return s.briefly(ctx, "note the use of a key", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, "UPDATE api_key SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)", at.UnixMicro(), clean(id), at.UnixMicro())
		return err
	})
}
