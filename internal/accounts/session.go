package accounts

import (
	"context"
	"slices"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// seenEvery is how often the use of a session or key is written down at most.
const seenEvery = time.Minute

// start begins a session under a new id. phc is the hash that a password matched, empty
// without one: if it was changed in the meantime, whoever changed it meant this login too.
func (a *Accounts) start(ctx context.Context, account lora.Account, method string, from From, phc string) (Result, error) {
	cookie, now := newSecret(), a.now()
	session := lora.Session{
		ID: hashed(cookie), Account: account.Key, Method: method, Address: cut(from.Address, maxName), Agent: guard.DisplayName(cut(from.Agent, maxAgent)),
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(a.o.SessionAge),
	}
	if err := a.store.PutSession(ctx, session); err != nil {
		return Result{}, err
	}
	if phc != "" {
		credentials, err := a.store.Credentials(ctx, account.Key)
		if err == nil && !same(credentials.Password, phc) {
			_, err = a.store.EndSession(ctx, account.Key, session.ID)
			err = orElse(err, over())
		}
		if err != nil {
			return Result{}, err
		}
	}
	actor := lora.Actor{
		Account: account.Key, AccountID: account.ID, Name: account.Name, DisplayName: account.DisplayName, Role: account.Role, Via: "session",
		SessionID: session.ID, JobQuota: account.JobQuota, MustChange: account.MustChange, ExpiresAt: session.ExpiresAt,
	}
	return Result{Cookie: guard.Secret(cookie), Actor: actor}, nil
}

// nobody is the answer to a request that is not, or no longer, let in.
func nobody() error {
	return lora.Errorf(lora.Unauthorized, "You are not logged in, or no longer. Log in.")
}

// Actor returns who is logged in with a cookie; Unauthorized when nobody is. It is one
// question to the database, so that what is revoked is over at once on every server.
func (a *Accounts) Actor(ctx context.Context, cookie string) (lora.Actor, error) {
	if len(cookie) != secretLength {
		return lora.Actor{}, nobody()
	}
	now := a.now()
	actor, session, found, err := a.store.SessionActor(ctx, hashed(cookie), now)
	idle := now.Sub(session.SeenAt)
	switch {
	case err != nil:
		return lora.Actor{}, err
	case !found:
		return lora.Actor{}, nobody()
	case idle >= a.o.SessionIdle:
		_, err := a.store.EndSession(ctx, session.Account, session.ID)
		return lora.Actor{}, orElse(err, nobody())
	case idle >= seenEvery:
		if err := a.store.SeeSession(ctx, session.ID, now); err != nil {
			a.log.Warn("the use of a session was not written down", "error", err)
		}
	}
	return actor, nil
}

// Alive reports whether what an actor came in with still lets it in, for connections that
// stay open: each may ask from time to time, should the event have been lost.
func (a *Accounts) Alive(ctx context.Context, actor lora.Actor) (bool, error) {
	now := a.now()
	if !actor.ExpiresAt.IsZero() && !actor.ExpiresAt.After(now) {
		return false, nil
	}
	if actor.Via == "api_key" {
		account, err := a.store.AccountByKey(ctx, actor.Account)
		if lora.CodeOf(err) == lora.NotFound || err == nil && (account.Disabled || account.Role != actor.Role) {
			return false, nil
		}
		keys, keysErr := a.store.APIKeys(ctx, actor.Account)
		return slices.ContainsFunc(keys, func(k lora.APIKey) bool { return k.ID == actor.KeyID }), orElse(err, keysErr)
	}
	current, _, found, err := a.store.SessionActor(ctx, actor.SessionID, now)
	return found && current.Role == actor.Role, err
}

// Sessions lists where the actor's account is logged in, the one seen last first.
func (a *Accounts) Sessions(ctx context.Context, actor lora.Actor) ([]lora.Session, error) {
	return a.store.Sessions(ctx, actor.Account, a.now())
}

// Revoke ends a session of the actor's account, its own included, with its live connections.
func (a *Accounts) Revoke(ctx context.Context, actor lora.Actor, session string) error {
	if err := own(actor); err != nil {
		return err
	}
	there, err := a.store.EndSession(ctx, actor.Account, session)
	if err == nil && !there {
		err = lora.Errorf(lora.NotFound, "There is no such session, or it is over.")
	}
	if err == nil {
		a.ended(actor.AccountID, []string{session})
	}
	return err
}

// RevokeOthers ends all sessions of the actor's account but its own.
func (a *Accounts) RevokeOthers(ctx context.Context, actor lora.Actor) error {
	if err := own(actor); err != nil {
		return err
	}
	gone, err := a.store.EndSessions(ctx, actor.Account, actor.SessionID)
	a.ended(actor.AccountID, gone)
	return err
}

// freshFor is how long after a login its password is not asked for again.
const freshFor = 10 * time.Minute

// isFresh reports whether the actor logged in just now.
func (a *Accounts) isFresh(ctx context.Context, actor lora.Actor) (bool, error) {
	now := a.now()
	sessions, err := a.store.Sessions(ctx, actor.Account, now)
	return slices.ContainsFunc(sessions, func(s lora.Session) bool { return s.ID == actor.SessionID && now.Sub(s.CreatedAt) < freshFor }), err
}
