package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"loramanager/internal/lora"
)

// person adds an account.
func (s *suite) person(name string, role lora.Role) lora.Account {
	s.Helper()
	a, err := s.AddAccount(s.ctx, lora.Account{Name: name, DisplayName: name, Role: role}, lora.Credentials{Password: "$argon2id$" + name})
	s.ok(err)
	return a
}

// makes is an edit that gives an account a role.
func makes(role lora.Role) func(a *lora.Account) error {
	return func(a *lora.Account) error {
		a.Role = role
		return nil
	}
}

func disables(a *lora.Account) error {
	a.Disabled = true
	return nil
}

var accountTests = []test{
	{"an account is found by its name in whatever case it was typed, and no other gets that name", func(s *suite) {
		ada := s.person("Ada Löve", lora.Administrator)
		if ada.ID == "" || ada.Key == 0 || ada.CreatedAt.IsZero() || !ada.HasPassword || ada.HasTOTP || ada.LastLoginAt != nil {
			s.Errorf("added %+v", ada)
		}
		for _, name := range []string{"Ada Löve", "ADA LÖVE", "ada löve"} {
			found, c, there, err := s.AccountByName(s.ctx, name)
			s.ok(err)
			if !there || found.ID != ada.ID || c.Password != "$argon2id$Ada Löve" {
				s.Errorf("%q is %+v", name, found)
			}
		}
		if _, _, there, err := s.AccountByName(s.ctx, "nobody"); there || err != nil {
			s.Errorf("nobody is there: %v", err)
		}
		_, err := s.AddAccount(s.ctx, lora.Account{Name: "aDa lÖve", Role: lora.Viewer}, lora.Credentials{})
		s.fails(err, lora.Conflict)
		bob := s.person("Bob", lora.Viewer)
		_, _, err = s.EditAccount(s.ctx, bob.ID, func(a *lora.Account) error { a.Name = "ada löve"; return nil })
		s.fails(err, lora.Conflict)
		_, err = s.Account(s.ctx, "unknown")
		s.fails(err, lora.NotFound)
		byID, err := s.Account(s.ctx, bob.ID)
		s.ok(err)
		byKey, err := s.AccountByKey(s.ctx, bob.Key)
		s.ok(err)
		s.same("by id and key", byID, byKey)
		list, err := s.Accounts(s.ctx)
		s.ok(err)
		s.same("all", list, []lora.Account{ada, bob})
	}},
	{"an edit changes what it says, and nothing when it fails", func(s *suite) {
		s.person("Ada", lora.Administrator)
		bob := s.person("Bob", lora.Viewer)
		want := bob
		want.Name, want.DisplayName, want.Role, want.JobQuota, want.MustChange = "Robert", "R\x00", lora.Operator, 12, true
		got, ended, err := s.EditAccount(s.ctx, bob.ID, func(a *lora.Account) error { *a = want; return nil })
		s.ok(err)
		want.DisplayName = "R" // as both databases can keep it
		s.same("changed", got, want)
		if len(ended) != 0 {
			s.Errorf("sessions %v ended", ended)
		}
		refusal := errors.New("no")
		if _, _, err := s.EditAccount(s.ctx, bob.ID, func(a *lora.Account) error { a.Name = "x"; return refusal }); !errors.Is(err, refusal) {
			s.Errorf("a refused edit: %v", err)
		}
		_, _, err = s.EditAccount(s.ctx, "unknown", disables)
		s.fails(err, lora.NotFound)
		_, _, err = s.RemoveAccount(s.ctx, "unknown")
		s.fails(err, lora.NotFound)
		got, err = s.Account(s.ctx, bob.ID)
		s.ok(err)
		s.same("afterwards", got, want)
	}},
	{"one enabled administrator is left, however many are demoted, disabled and removed at once", func(s *suite) {
		off := s.person("off", lora.Administrator)
		first := s.person("admin", lora.Administrator)
		_, _, err := s.EditAccount(s.ctx, off.ID, disables)
		s.ok(err)
		for _, edit := range []func(a *lora.Account) error{makes(lora.Operator), disables} {
			_, _, err = s.EditAccount(s.ctx, first.ID, edit)
			s.fails(err, lora.Conflict)
		}
		_, _, err = s.RemoveAccount(s.ctx, first.ID)
		s.fails(err, lora.Conflict)
		administrators := []lora.Account{first}
		for i := range 8 {
			administrators = append(administrators, s.person(fmt.Sprint("admin-", i), lora.Administrator))
		}
		var all sync.WaitGroup
		var refused atomic.Int32
		for i, a := range administrators {
			all.Go(func() {
				var err error
				switch i % 3 {
				case 0:
					_, _, err = s.EditAccount(s.ctx, a.ID, makes(lora.Viewer))
				case 1:
					_, _, err = s.EditAccount(s.ctx, a.ID, disables)
				default:
					_, _, err = s.RemoveAccount(s.ctx, a.ID)
				}
				if lora.CodeOf(err) == lora.Conflict {
					refused.Add(1)
				} else if err != nil {
					s.Error(err)
				}
			})
		}
		all.Wait()
		list, err := s.Accounts(s.ctx)
		s.ok(err)
		left := slices.DeleteFunc(list, func(a lora.Account) bool { return a.Disabled || a.Role != lora.Administrator })
		if len(left) != 1 || refused.Load() != 1 {
			s.Errorf("%d are left and %d were refused: %+v", len(left), refused.Load(), left)
		}
	}},
	{"the first account is made once, by whom holds a token", func(s *suite) {
		for i := range 4 {
			needed, err := s.PutSetupToken(s.ctx, fmt.Sprint("token-", i))
			s.ok(err)
			if !needed {
				s.Error("no account is needed")
			}
		}
		_, err := s.AddFirstAccount(s.ctx, "guessed", lora.Account{Name: "x", Role: lora.Administrator}, lora.Credentials{})
		s.fails(err, lora.Forbidden)
		var all sync.WaitGroup
		var made atomic.Int32
		for i := range 4 {
			all.Go(func() {
				a, err := s.AddFirstAccount(s.ctx, fmt.Sprint("token-", i), lora.Account{Name: fmt.Sprint("a", i), Role: lora.Administrator}, lora.Credentials{Password: "p"})
				if err == nil && a.Key != 0 && a.HasPassword {
					made.Add(1)
				} else if lora.CodeOf(err) != lora.Conflict {
					s.Error(a, err)
				}
			})
		}
		all.Wait()
		there, err := s.HasAccounts(s.ctx)
		s.ok(err)
		needed, err := s.PutSetupToken(s.ctx, "late")
		s.ok(err)
		if made.Load() != 1 || !there || needed {
			s.Errorf("%d were made; there: %v, needed: %v", made.Load(), there, needed)
		}
	}},
	{"an account of a provider stands for one of ours, under a name that is free", func(s *suite) {
		s.person("Ada", lora.Administrator)
		names := []string{}
		for i := range 3 {
			a, err := s.AddProvidedAccount(s.ctx, lora.Account{Name: "ada", Role: lora.Viewer}, "https://id", fmt.Sprint("s", i))
			s.ok(err)
			names = append(names, a.Name)
			found, there, err := s.AccountByIdentity(s.ctx, "https://id", fmt.Sprint("s", i))
			s.ok(err)
			if !there || found.ID != a.ID || !slices.Equal(found.Providers, []string{"https://id"}) || found.HasPassword {
				s.Errorf("%+v", found)
			}
		}
		s.same("names", names, []string{"ada-2", "ada-3", "ada-4"})
		_, err := s.AddProvidedAccount(s.ctx, lora.Account{Name: "twice", Role: lora.Viewer}, "https://id", "s1")
		s.fails(err, lora.Conflict)
		if _, _, there, err := s.AccountByName(s.ctx, "twice"); there || err != nil {
			s.Errorf("a refused account stays: %v", err)
		}
		ada, _, _, err := s.AccountByName(s.ctx, "ada")
		s.ok(err)
		s.fails(s.AddIdentity(s.ctx, ada.Key, "https://id", "s1"), lora.Conflict)
		s.ok(s.AddIdentity(s.ctx, ada.Key, "https://other", "s1"))
		s.ok(s.RemoveIdentity(s.ctx, ada.Key, "https://other"))
		s.fails(s.RemoveIdentity(s.ctx, ada.Key, "https://other"), lora.NotFound)
		if _, there, err := s.AccountByIdentity(s.ctx, "https://other", "s1"); there || err != nil {
			s.Errorf("untied and there: %v", err)
		}
	}},
	{"settings of an account are its own", func(s *suite) {
		a, b := s.person("a", lora.Administrator), s.person("b", lora.Viewer)
		all, err := s.PatchAccountSettings(s.ctx, a.Key, map[string]json.RawMessage{"theme": []byte(`"dark"`), "columns": []byte(`["x"]`)})
		s.ok(err)
		s.same("set", all, map[string]json.RawMessage{"theme": []byte(`"dark"`), "columns": []byte(`["x"]`)})
		all, err = s.PatchAccountSettings(s.ctx, a.Key, map[string]json.RawMessage{"theme": []byte(`"light"`), "columns": []byte(`null`)})
		s.ok(err)
		s.same("changed", all, map[string]json.RawMessage{"theme": []byte(`"light"`)})
		all, err = s.AccountSettings(s.ctx, b.Key)
		s.ok(err)
		s.same("another's", all, map[string]json.RawMessage{})
		_, err = s.PatchAccountSettings(s.ctx, 999, map[string]json.RawMessage{"theme": []byte(`1`)})
		s.fails(err, lora.NotFound)
	}},
}
