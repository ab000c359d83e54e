package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"loramanager/internal/lora"
)

// audited finds the targets of entries.
func (s *suite) audited(query lora.AuditQuery) []string {
	s.Helper()
	query.Limit = 100
	list, err := s.Audit(s.ctx, query)
	s.ok(err)
	targets := []string{}
	for _, e := range list {
		targets = append(targets, e.Target)
	}
	return targets
}

var auditTests = []test{
	{"the audit log is read latest first, by page, by whom, what, when and text", func(s *suite) {
		start := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
		for i := range 6 {
			s.ok(s.AddAudit(s.ctx, lora.AuditEntry{
				At: start.Add(time.Duration(i) * time.Minute), AccountID: fmt.Sprint("account-", i%2), Actor: "Ada Löve", Via: "session", Address: "192.0.2.1",
				RequestID: fmt.Sprint("r", i), Action: fmt.Sprint("action-", i%3), Target: fmt.Sprint("t", i), Status: 204, Detail: json.RawMessage(fmt.Sprintf(`{"fields":["n%d"]}`, i)),
			}))
		}
		s.ok(s.AddAudit(s.ctx, lora.AuditEntry{Actor: "late", Target: "t6"}))
		for name, c := range map[string]struct {
			query lora.AuditQuery
			want  []string
		}{
			"all":             {lora.AuditQuery{}, []string{"t6", "t5", "t4", "t3", "t2", "t1", "t0"}},
			"an account":      {lora.AuditQuery{AccountID: "account-1"}, []string{"t5", "t3", "t1"}},
			"an action":       {lora.AuditQuery{Action: "action-2"}, []string{"t5", "t2"}},
			"a time":          {lora.AuditQuery{Since: start.Add(time.Minute), Until: start.Add(3 * time.Minute)}, []string{"t2", "t1"}},
			"text of a name":  {lora.AuditQuery{Text: "LÖVE", AccountID: "account-0"}, []string{"t4", "t2", "t0"}},
			"text of details": {lora.AuditQuery{Text: `"N4"`}, []string{"t4"}},
			"nothing":         {lora.AuditQuery{Text: "100%_"}, []string{}},
		} {
			s.same(name, s.audited(c.query), c.want)
		}
		page, err := s.Audit(s.ctx, lora.AuditQuery{Limit: 3, Text: "ada"})
		s.ok(err)
		if len(page) != 3 || page[0].Target != "t5" {
			s.Fatalf("the first page %+v", page)
		}
		s.same("the next page", s.audited(lora.AuditQuery{Text: "ada", Before: page[2].Key}), []string{"t2", "t1", "t0"})
		want := lora.AuditEntry{
			Key: page[0].Key, At: start.Add(5 * time.Minute), AccountID: "account-1", Actor: "Ada Löve", Via: "session", Address: "192.0.2.1", RequestID: "r5",
			Action: "action-2", Target: "t5", Status: 204, Detail: json.RawMessage(`{"fields":["n5"]}`),
		}
		s.same("an entry", page[0], want)
	}},
	{"an export of the audit log has every entry, and what is too old is forgotten in parts", func(s *suite) {
		old := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
		for i := range 1003 {
			s.ok(s.AddAudit(s.ctx, lora.AuditEntry{At: old.Add(time.Duration(i) * time.Second), Target: fmt.Sprint(i)}))
		}
		targets := []string{}
		s.ok(s.ExportAudit(s.ctx, lora.AuditQuery{Limit: 1}, func(e lora.AuditEntry) error {
			targets = append(targets, e.Target)
			return nil
		}))
		if len(targets) != 1003 || targets[0] != "1002" || targets[1002] != "0" || len(slices.Compact(targets)) != 1003 {
			s.Errorf("%d entries", len(targets))
		}
		full := errors.New("the disk is full")
		if err := s.ExportAudit(s.ctx, lora.AuditQuery{}, func(lora.AuditEntry) error { return full }); !errors.Is(err, full) {
			s.Errorf("an export that fails: %v", err)
		}
		more, err := s.SweepAccounts(s.ctx, old, old, old.Add(1000*time.Second))
		s.ok(err)
		if left := s.audited(lora.AuditQuery{}); more || !slices.Equal(left, []string{"1002", "1001", "1000"}) {
			s.Errorf("left %v, more: %v", left, more)
		}
	}},
	{"sessions, sign-ins and wrong tries that are over are forgotten", func(s *suite) {
		now := time.Now().UTC().Truncate(time.Microsecond)
		a := s.person("a", lora.Administrator)
		s.login(a, "over", now.Add(-time.Hour))
		s.login(a, "idle", now.Add(-30*time.Minute))
		s.login(a, "lives", now)
		s.ok(s.PutFlow(s.ctx, "f", "oidc", json.RawMessage(`1`), now.Add(time.Hour)))
		minute := now.Unix() / 60
		for _, m := range []int64{minute - 61, minute} {
			_, err := s.Wrong(s.ctx, "x", m)
			s.ok(err)
		}
		_, err := s.SweepAccounts(s.ctx, now, now.Add(-10*time.Minute), now)
		s.ok(err)
		list, err := s.Sessions(s.ctx, a.Key, now.Add(-time.Hour))
		s.ok(err)
		if len(list) != 1 || list[0].ID != "lives" {
			s.Errorf("left %+v", list)
		}
		if n, err := s.WrongSince(s.ctx, "x", 0); n != 1 || err != nil {
			s.Errorf("%d tries are left: %v", n, err)
		}
		if _, found, err := s.TakeFlow(s.ctx, "f", "oidc"); !found || err != nil {
			s.Errorf("a sign-in under way is gone: %v", err)
		}
	}},
	{"what is an account's own goes with it; its jobs and the audit log stay", func(s *suite) {
		now := time.Now().UTC().Truncate(time.Microsecond)
		s.person("admin", lora.Administrator)
		a := s.person("a", lora.Operator)
		s.login(a, "s", now)
		_, err := s.AddPasskey(s.ctx, lora.Passkey{ID: "p", Account: a.Key, Body: json.RawMessage(`{}`)})
		s.ok(err)
		_, err = s.AddAPIKey(s.ctx, lora.APIKey{Account: a.Key}, "hash")
		s.ok(err)
		s.ok(s.AddIdentity(s.ctx, a.Key, "https://id", "x"))
		_, err = s.PatchAccountSettings(s.ctx, a.Key, map[string]json.RawMessage{"x": []byte(`1`)})
		s.ok(err)
		s.ok(s.AddAudit(s.ctx, lora.AuditEntry{AccountID: a.ID, Target: "kept"}))
		removed, ended, err := s.RemoveAccount(s.ctx, a.ID)
		s.ok(err)
		if removed.ID != a.ID || !slices.Equal(ended, []string{"s"}) {
			s.Errorf("removed %+v, ended %v", removed, ended)
		}
		_, _, session, err := s.SessionActor(s.ctx, "s", now)
		s.ok(err)
		_, _, key, err := s.KeyActor(s.ctx, "hash", now)
		s.ok(err)
		passkeys, err := s.Passkeys(s.ctx, a.Key)
		s.ok(err)
		_, identity, err := s.AccountByIdentity(s.ctx, "https://id", "x")
		s.ok(err)
		settings, err := s.AccountSettings(s.ctx, a.Key)
		s.ok(err)
		if session || key || len(passkeys) > 0 || identity || len(settings) > 0 {
			s.Errorf("left: session %v, key %v, passkeys %v, identity %v, settings %v", session, key, passkeys, identity, settings)
		}
		s.same("the log", s.audited(lora.AuditQuery{AccountID: a.ID}), []string{"kept"})
		if again := s.person("a", lora.Viewer); again.Key <= a.Key {
			s.Errorf("the number %d is given again after %d", again.Key, a.Key)
		}
	}},
}
