package store_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/store"
)

// without is a dump in which some tables have no rows.
func (d *dump) without(tables ...string) *dump {
	c := d.clone()
	for _, table := range tables {
		head, _, _ := bytes.Cut(d.tables[table].Bytes(), []byte("\n"))
		c.tables[table] = bytes.NewBuffer(append(bytes.Clone(head), '\n'))
	}
	return c
}

func load(t *testing.T, s *store.Store, d *dump) error {
	t.Helper()
	_, err := s.Load(t.Context(), d.schema, d.source, func(string) error { return nil })
	return err
}

// accountsOf writes down everything that accounts are.
func accountsOf(t *testing.T, s *store.Store) string {
	t.Helper()
	text := ""
	note := func(v any, err error) {
		if err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintf("%+v\n", v)
	}
	list, err := s.Accounts(t.Context())
	note(len(list), err)
	for _, a := range list {
		a.LastLoginAt = nil // a pointer
		note(a, nil)
		c, err := s.Credentials(t.Context(), a.Key)
		note(c, err)
		passkeys, err := s.Passkeys(t.Context(), a.Key)
		note(passkeys, err)
		settings, err := s.AccountSettings(t.Context(), a.Key)
		note(settings, err)
	}
	return text
}

// TestPromise14_ALoadLocksNobodyOut restores backups with and without accounts.
func TestPromise14_ALoadLocksNobodyOut(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c database) {
		f := furnishQuickly(t, c)
		ctx, now := t.Context(), time.Now()
		ada, _, _, err := f.AccountByName(ctx, "ada")
		second := lora.Credentials{TOTPSecret: secondFactor, TOTPOn: true, TOTPStep: 9, RecoveryCodes: []string{"code"}}
		for _, step := range []func() error{
			func() error { return f.PutTOTP(ctx, ada.Key, second) },
			func() error {
				return f.PutSession(ctx, lora.Session{ID: "s", Account: ada.Key, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour)})
			},
			func() error { return f.PutFlow(ctx, "flow", "totp", []byte(`{}`), now.Add(time.Hour)) },
			func() error { return f.AddAudit(ctx, lora.AuditEntry{Target: "since"}) },
		} {
			if err == nil {
				err = step()
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		acts := func() bool {
			_, _, session, err := f.SessionActor(ctx, "s", now)
			_, _, key, err2 := f.KeyActor(ctx, "hash-of-key", now.AddDate(-30, 0, 0))
			if err != nil || err2 != nil || !key {
				t.Errorf("the key acts: %v; %v, %v", key, err, err2)
			}
			return session
		}
		d, before := furnishedDump(t), accountsOf(t, f.Store)
		marks := dumpOf(t, f.Store).tables["adapter_mark"].String()
		none := d.without("account", "passkey", "identity", "api_key", "account_setting", "adapter_mark", "result_mark", "audit")
		if err := load(t, f.Store, none); err != nil {
			t.Fatal(err)
		}
		if after := accountsOf(t, f.Store); after != before || !acts() {
			t.Errorf("without accounts in the backup there are\n%s, not\n%s, or their sessions ended", after, before)
		}
		if after := dumpOf(t, f.Store).tables["adapter_mark"].String(); after != marks {
			t.Errorf("marks are %s, not %s", after, marks)
		}
		if err := load(t, f.Store, d); err != nil {
			t.Fatal(err)
		}
		if after := accountsOf(t, f.Store); after != before || acts() {
			t.Errorf("after a backup with accounts:\n%s, not\n%s, or sessions did not end", after, before)
		}
		if _, found, err := f.TakeFlow(ctx, "flow", "totp"); found || err != nil {
			t.Errorf("a sign-in outlasts a restore: %v", err)
		}
		log, err := f.Audit(ctx, lora.AuditQuery{Limit: 10})
		if err != nil || len(log) != 2 || log[0].Target != "since" || log[1].Target != odd {
			t.Errorf("the audit log %+v, %v", log, err)
		}
		powerless := d.clone()
		powerless.tables["account"] = bytes.NewBuffer(bytes.ReplaceAll(d.tables["account"].Bytes(), []byte("administrator"), []byte("viewer")))
		if err := load(t, f.Store, powerless); lora.CodeOf(err) != lora.Invalid {
			t.Errorf("a backup without an administrator: %v", err)
		}
		next, err := f.AddAccount(ctx, lora.Account{Name: "next", Role: lora.Viewer}, lora.Credentials{})
		if err != nil || next.Key <= ada.Key {
			t.Errorf("the next number is %d after %d: %v", next.Key, ada.Key, err)
		}
	})
}
