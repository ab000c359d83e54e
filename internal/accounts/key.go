package accounts

import (
	"context"
	"slices"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Keys of programs look like lm_ and 43 characters, of which the first ones are kept to know
// the key by.
const (
	keyPrefix = "lm_"
	keyStart  = len(keyPrefix) + 5
	maxKeyAge = 10 * 365 * day
)

// ActorOfKey returns whose key it is; Unauthorized when it is nobody's, or over.
func (a *Accounts) ActorOfKey(ctx context.Context, key string) (lora.Actor, error) {
	if len(key) != len(keyPrefix)+secretLength || !strings.HasPrefix(key, keyPrefix) {
		return lora.Actor{}, noKey()
	}
	now := a.now()
	actor, kept, found, err := a.store.KeyActor(ctx, hashed(key), now)
	if err == nil && !found {
		err = noKey()
	}
	if err != nil {
		return lora.Actor{}, err
	}
	if kept.LastUsedAt == nil || now.Sub(*kept.LastUsedAt) >= seenEvery {
		if err := a.store.SeeAPIKey(ctx, kept.ID, now); err != nil {
			a.log.Warn("the use of a key was not written down", "error", err)
		}
	}
	return actor, nil
}

func noKey() error {
	return lora.Errorf(lora.Unauthorized, "This API key is unknown, or over. Make another one in the settings of your account.")
}

// OwnKeys lists the keys of the actor's account, latest first.
func (a *Accounts) OwnKeys(ctx context.Context, actor lora.Actor) ([]lora.APIKey, error) {
	if actor.Account == 0 {
		return []lora.APIKey{}, nil
	}
	return a.store.APIKeys(ctx, actor.Account)
}

// AddKey makes a key of the actor's account with a name, scopes and perhaps an end, and
// returns the key itself, which nobody can see again.
func (a *Accounts) AddKey(ctx context.Context, actor lora.Actor, name string, scopes []lora.Scope, expires *time.Time) (lora.APIKey, guard.Secret, error) {
	if err := own(actor); err != nil {
		return lora.APIKey{}, "", err
	}
	name, err := cleanName(name)
	if err != nil {
		return lora.APIKey{}, "", err
	}
	scopes = slices.Compact(slices.Sorted(slices.Values(scopes)))
	if len(scopes) == 0 || slices.ContainsFunc(scopes, func(s lora.Scope) bool { return !slices.Contains(lora.Scopes, s) }) {
		return lora.APIKey{}, "", lora.FieldErrorf(lora.Invalid, "scopes", "A key has at least one of the scopes read, run, edit, files and admin.")
	}
	if now := a.now(); expires != nil && (!expires.After(now) || expires.Sub(now) > maxKeyAge) {
		return lora.APIKey{}, "", lora.FieldErrorf(lora.Invalid, "expires_at", "A key ends in the future, within ten years, or never.")
	}
	key := keyPrefix + newSecret()
	kept, err := a.store.AddAPIKey(ctx, lora.APIKey{Account: actor.Account, Name: name, Start: key[:keyStart], Scopes: scopes, ExpiresAt: expires}, hashed(key))
	return kept, guard.Secret(key), err
}

// RemoveKey revokes a key of the actor's account. A program may revoke its own.
func (a *Accounts) RemoveKey(ctx context.Context, actor lora.Actor, id string) error {
	if err := own(actor); err != nil && (actor.KeyID == "" || actor.KeyID != id) {
		return err
	}
	return a.removeKey(ctx, actor.Account, id)
}

// AllKeys lists everybody's keys, latest first.
func (a *Accounts) AllKeys(ctx context.Context) ([]lora.APIKey, error) {
	return a.store.APIKeys(ctx, 0)
}

// RemoveAnyKey revokes anybody's key.
func (a *Accounts) RemoveAnyKey(ctx context.Context, id string) error { return a.removeKey(ctx, 0, id) }

func (a *Accounts) removeKey(ctx context.Context, account int64, id string) error {
	gone, err := a.store.RemoveAPIKey(ctx, account, id)
	if err == nil {
		a.announce(gone.AccountID, []string{}, []string{gone.ID})
	}
	return err
}
