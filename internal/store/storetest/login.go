package storetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"loramanager/internal/lora"
)

// login begins a session of an account and returns it.
func (s *suite) login(a lora.Account, id string, begun time.Time) lora.Session {
	s.Helper()
	session := lora.Session{
		ID: id, Account: a.Key, Method: "password", Address: "192.0.2.1", Agent: "browser",
		CreatedAt: begun, SeenAt: begun, ExpiresAt: begun.Add(time.Hour),
	}
	s.ok(s.PutSession(s.ctx, session))
	return session
}

// once checks that of several at once exactly one gets what counts once.
func (s *suite) once(what string, use func() (bool, error)) {
	s.Helper()
	var all sync.WaitGroup
	var got atomic.Int32
	for range 6 {
		all.Go(func() {
			used, err := use()
			if err != nil {
				s.Errorf("%s: %v", what, err)
			}
			if used {
				got.Add(1)
			}
		})
	}
	all.Wait()
	if n := got.Load(); n != 1 {
		s.Errorf("%s was taken by %d", what, n)
	}
}

var loginTests = []test{
	{"codes, passkeys' counters and sign-ins are taken once, however many ask", func(s *suite) {
		a := s.person("a", lora.Administrator)
		s.ok(s.PutTOTP(s.ctx, a.Key, lora.Credentials{TOTPSecret: "secret", TOTPOn: true, TOTPStep: 7, RecoveryCodes: []string{"c1", "c2"}}))
		s.once("a step", func() (bool, error) { return s.UseTOTPStep(s.ctx, a.Key, 9) })
		if used, err := s.UseTOTPStep(s.ctx, a.Key, 8); used || err != nil {
			s.Errorf("an earlier step was taken: %v", err)
		}
		s.once("a recovery code", func() (bool, error) { return s.UseRecoveryCode(s.ctx, a.Key, "c1") })
		s.ok(s.PutTOTP(s.ctx, a.Key, lora.Credentials{TOTPSecret: "secret", TOTPOn: true, TOTPStep: 7, RecoveryCodes: []string{"c3"}}))
		c, err := s.Credentials(s.ctx, a.Key)
		s.ok(err)
		if c.TOTPStep != 9 || !c.TOTPOn || c.TOTPSecret != "secret" || !slices.Equal(c.RecoveryCodes, []string{"c3"}) || c.Password != "$argon2id$a" {
			s.Errorf("credentials %+v", c)
		}
		if used, err := s.UseRecoveryCode(s.ctx, a.Key, "c2"); used || err != nil {
			s.Errorf("a code that was replaced: %v", err)
		}
		p, err := s.AddPasskey(s.ctx, lora.Passkey{ID: "p", Account: a.Key, Name: "phone", Body: json.RawMessage(`{"count":1}`)})
		s.ok(err)
		s.once("a counter", func() (bool, error) { return s.UsePasskey(s.ctx, "p", p.Body, json.RawMessage(`{"count":2}`)) })
		s.ok(s.PutFlow(s.ctx, "f", "oidc", json.RawMessage(`{"state":1}`), time.Now().Add(time.Hour)))
		s.once("a sign-in", func() (bool, error) {
			body, found, err := s.TakeFlow(s.ctx, "f", "oidc")
			return found && string(body) == `{"state":1}`, err
		})
	}},
	{"a sign-in that is over or of another kind is not there", func(s *suite) {
		s.ok(s.PutFlow(s.ctx, "old", "totp", json.RawMessage(`1`), time.Now().Add(-time.Second)))
		s.ok(s.PutFlow(s.ctx, "new", "totp", json.RawMessage(`2`), time.Now().Add(time.Hour)))
		for hash, kind := range map[string]string{"old": "totp", "new": "oidc", "unknown": "totp"} {
			if body, found, err := s.TakeFlow(s.ctx, hash, kind); found || body != nil || err != nil {
				s.Errorf("%s as %s: %s, %v", hash, kind, body, err)
			}
		}
		if body, found, err := s.TakeFlow(s.ctx, "new", "totp"); !found || string(body) != "2" || err != nil {
			s.Errorf("%s, %v, %v", body, found, err)
		}
	}},
	{"passkeys are an account's own", func(s *suite) {
		a, b := s.person("a", lora.Administrator), s.person("b", lora.Viewer)
		p, err := s.AddPasskey(s.ctx, lora.Passkey{ID: "p", Account: b.Key, Name: "phone", Body: json.RawMessage(`{}`)})
		s.ok(err)
		_, err = s.AddPasskey(s.ctx, lora.Passkey{ID: "p", Account: a.Key, Body: json.RawMessage(`{}`)})
		s.fails(err, lora.Conflict)
		s.fails(s.RenamePasskey(s.ctx, a.Key, "p", "mine"), lora.NotFound)
		s.fails(s.RemovePasskey(s.ctx, a.Key, "p"), lora.NotFound)
		s.ok(s.RenamePasskey(s.ctx, b.Key, "p", "key"))
		used, err := s.UsePasskey(s.ctx, "p", p.Body, json.RawMessage(`{"n":1}`))
		s.ok(err)
		list, err := s.Passkeys(s.ctx, b.Key)
		s.ok(err)
		if !used || len(list) != 1 || list[0].Name != "key" || list[0].Account != b.Key || string(list[0].Body) != `{"n":1}` || list[0].LastUsedAt == nil || !list[0].CreatedAt.Equal(p.CreatedAt) {
			s.Errorf("%+v", list)
		}
		if b, err = s.Account(s.ctx, b.ID); err != nil || b.Passkeys != 1 {
			s.Errorf("%+v, %v", b, err)
		}
		s.ok(s.RemovePasskey(s.ctx, b.Key, "p"))
		if b, err = s.Account(s.ctx, b.ID); err != nil || b.Passkeys != 0 {
			s.Errorf("removed and there: %+v, %v", b, err)
		}
	}},
	{"a session acts as its account is now, until it is over, ended, or its account disabled", sessionsAct},
	{"a new password ends the sessions, but the one that is kept", func(s *suite) {
		now := time.Now().UTC().Truncate(time.Microsecond)
		a := s.person("a", lora.Administrator)
		for i := range 3 {
			s.login(a, fmt.Sprint("s", i), now.Add(time.Duration(i)*time.Second))
		}
		ended, err := s.PutPassword(s.ctx, a.Key, "new", true, "s1")
		s.ok(err)
		slices.Sort(ended)
		s.same("ended", ended, []string{"s0", "s2"})
		s.ok(s.RehashPassword(s.ctx, a.Key, "$argon2id$a", "stale"))
		s.ok(s.RehashPassword(s.ctx, a.Key, "new", "newer"))
		c, err := s.Credentials(s.ctx, a.Key)
		s.ok(err)
		a, err = s.Account(s.ctx, a.ID)
		s.ok(err)
		if c.Password != "newer" || !a.MustChange || a.LastLoginAt == nil || !a.LastLoginAt.Equal(now.Add(2*time.Second)) {
			s.Errorf("%+v, %+v", c, a)
		}
		ended, err = s.EndSessions(s.ctx, a.Key, "")
		s.ok(err)
		s.same("the rest", ended, []string{"s1"})
		_, err = s.PutPassword(s.ctx, 999, "x", false, "")
		s.fails(err, lora.NotFound)
	}},
	{"a key acts for its account with its scopes, until it is over, removed, or its account disabled", keysAct},
	{"wrong tries are counted by whom they came from and by the minute", func(s *suite) {
		for minute := int64(100); minute < 103; minute++ {
			for i := 1; i <= 2; i++ {
				n, err := s.Wrong(s.ctx, "192.0.2.1", minute)
				s.ok(err)
				if n != i {
					s.Errorf("%d in minute %d, want %d", n, minute, i)
				}
			}
		}
		for since, want := range map[int64]int{99: 6, 101: 4, 103: 0} {
			n, err := s.WrongSince(s.ctx, "192.0.2.1", since)
			s.ok(err)
			if other, err := s.WrongSince(s.ctx, "192.0.2.2", since); n != want || other != 0 || err != nil {
				s.Errorf("since %d: %d and %d, %v", since, n, other, err)
			}
		}
	}},
}

func sessionsAct(s *suite) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	s.person("admin", lora.Administrator)
	a, err := s.AddAccount(s.ctx, lora.Account{Name: "a", DisplayName: "A", Role: lora.Editor, JobQuota: 3}, lora.Credentials{})
	s.ok(err)
	session := s.login(a, "s", now)
	acts := func(id string, at time.Time) bool {
		s.Helper()
		_, _, found, err := s.SessionActor(s.ctx, id, at)
		s.ok(err)
		return found
	}
	actor, found, there, err := s.SessionActor(s.ctx, "s", now)
	s.ok(err)
	s.same("the session", found, session)
	s.same("the actor", actor, lora.Actor{
		Account: a.Key, AccountID: a.ID, Name: "a", DisplayName: "A", Role: lora.Editor, Via: "session", SessionID: "s", JobQuota: 3, ExpiresAt: session.ExpiresAt,
	})
	if !there || acts("S", now) || acts("", now) || acts("s", now.Add(time.Hour)) {
		s.Errorf("there: %v; another's or a session that is over acts", there)
	}
	_, _, err = s.EditAccount(s.ctx, a.ID, makes(lora.Viewer))
	s.ok(err)
	if actor, _, _, err := s.SessionActor(s.ctx, "s", now); err != nil || actor.Role != lora.Viewer {
		s.Errorf("after the role sank: %+v, %v", actor, err)
	}
	s.ok(s.SeeSession(s.ctx, "s", now.Add(time.Minute)))
	s.ok(s.SeeSession(s.ctx, "s", now.Add(time.Second))) // another process was faster
	s.login(a, "t", now)
	list, err := s.Sessions(s.ctx, a.Key, now)
	s.ok(err)
	if len(list) != 2 || list[0].ID != "s" || !list[0].SeenAt.Equal(now.Add(time.Minute)) {
		s.Errorf("sessions %+v", list)
	}
	if ended, err := s.EndSession(s.ctx, a.Key+1, "t"); ended || err != nil {
		s.Errorf("another's session ended: %v", err)
	}
	if ended, err := s.EndSession(s.ctx, a.Key, "t"); !ended || err != nil || acts("t", now) {
		s.Errorf("ended: %v, %v", ended, err)
	}
	_, ended, err := s.EditAccount(s.ctx, a.ID, disables)
	s.ok(err)
	s.same("ended with the account", ended, []string{"s"})
	if acts("s", now) {
		s.Error("a disabled account acts")
	}
	session.ID = "late"
	s.fails(s.PutSession(s.ctx, session), lora.Unauthorized)
	for i := range 102 { // the oldest make room
		s.login(s.byName("admin"), fmt.Sprint("many-", i), now.Add(time.Duration(i)*time.Second))
	}
	if acts("many-1", now) || !acts("many-2", now) {
		s.Error("an account keeps another number of sessions than 100")
	}
}

func (s *suite) byName(name string) lora.Account {
	s.Helper()
	a, _, _, err := s.AccountByName(s.ctx, name)
	s.ok(err)
	return a
}

func keysAct(s *suite) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	s.person("admin", lora.Administrator)
	a := s.person("a", lora.Editor)
	expires := now.Add(time.Hour)
	k, err := s.AddAPIKey(s.ctx, lora.APIKey{Account: a.Key, Name: "script", Start: "lm_ab", Scopes: []lora.Scope{lora.ScopeRead, lora.ScopeRun}, ExpiresAt: &expires}, "hash")
	s.ok(err)
	_, err = s.AddAPIKey(s.ctx, lora.APIKey{Account: 999}, "other")
	s.fails(err, lora.NotFound)
	actor, found, there, err := s.KeyActor(s.ctx, "hash", now)
	s.ok(err)
	if !there {
		s.Fatal("the key does not act")
	}
	s.same("the key", found, k)
	s.same("the actor", actor, lora.Actor{
		Account: a.Key, AccountID: a.ID, Name: "a", DisplayName: "a", Role: lora.Editor, Via: "api_key", KeyID: k.ID, Scopes: k.Scopes, ExpiresAt: expires,
	})
	acts := func(at time.Time) bool {
		_, _, there, err := s.KeyActor(s.ctx, "hash", at)
		s.ok(err)
		return there
	}
	s.ok(s.SeeAPIKey(s.ctx, k.ID, now))
	s.ok(s.SeeAPIKey(s.ctx, k.ID, now.Add(-time.Second)))
	for account, want := range map[int64]int{a.Key: 1, 0: 1, a.Key + 1: 0} {
		list, err := s.APIKeys(s.ctx, account)
		s.ok(err)
		if len(list) != want || want == 1 && (list[0].AccountName != "a" || list[0].LastUsedAt == nil || !list[0].LastUsedAt.Equal(now)) {
			s.Errorf("keys of %d: %+v", account, list)
		}
	}
	if acts(expires) {
		s.Error("a key that is over acts")
	}
	_, _, err = s.EditAccount(s.ctx, a.ID, disables)
	s.ok(err)
	if acts(now) {
		s.Error("a key of a disabled account acts")
	}
	_, _, err = s.EditAccount(s.ctx, a.ID, func(a *lora.Account) error { a.Disabled = false; return nil })
	s.ok(err)
	_, err = s.RemoveAPIKey(s.ctx, a.Key+1, k.ID)
	s.fails(err, lora.NotFound)
	if !acts(now) {
		s.Error("another's removal took the key")
	}
	removed, err := s.RemoveAPIKey(s.ctx, 0, k.ID)
	s.ok(err)
	if removed.Account != a.Key || acts(now) {
		s.Errorf("removed %+v", removed)
	}
}
