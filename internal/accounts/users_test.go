package accounts_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"loramanager/internal/accounts"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

func TestPromise4_TheFirstAccountIsMadeOnceAndWithATokenOnly(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, k *kit) {
		if needed, err := k.SetupNeeded(t.Context()); !needed || err != nil {
			t.Errorf("needed: %v, %v", needed, err)
		}
		for _, token := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("x", 1<<20), "' OR 1=1 --"} {
			_, err := k.Setup(t.Context(), token, "mallory", goodPassword, away)
			wantCode(t, "a token that nobody was given", err, lora.Forbidden)
		}
		one, _, err := k.SetupToken(t.Context())
		must(t, 0, err)
		two, needed, err := k.another().SetupToken(t.Context()) // of another server
		if err != nil || !needed || one == two {
			t.Fatalf("tokens: %v, %v", needed, err)
		}
		_, err = k.Setup(t.Context(), one.Reveal(), "anna", "password123", home)
		wantCode(t, "a password that everybody tries", err, lora.Invalid)
		tokens := []guard.Secret{one, two}
		if made := together(8, func(i int) error {
			return second(k.Setup(t.Context(), tokens[i%2].Reveal(), fmt.Sprint("anna", i), goodPassword, home))
		}); made != 1 {
			t.Errorf("%d first accounts were made", made)
		}
		list, err := k.List(t.Context())
		if err != nil || len(list) != 1 || list[0].Role != lora.Administrator || list[0].MustChange {
			t.Errorf("accounts: %+v, %v", list, err)
		}
		_, err = k.Setup(t.Context(), two.Reveal(), "mallory", goodPassword, home)
		wantCode(t, "the other token afterwards", err, lora.Conflict)
		if token, needed, err := k.SetupToken(t.Context()); needed || token != "" || err != nil {
			t.Errorf("a token is made although there is an account: %v, %v", needed, err)
		}
	})
}

func TestPromise5_SetUpTokensAreNotGuessed(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for range 10 {
		_, err := k.Setup(t.Context(), "guess", "mallory", goodPassword, away)
		wantCode(t, "a guess", err, lora.Forbidden)
	}
	_, err := k.Setup(t.Context(), "guess", "mallory", goodPassword, away)
	wantCode(t, "the eleventh in a minute", err, lora.RateLimited)
	k.first()
}

func TestAConfiguredSetUpToken(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	if _, err := accounts.New(accounts.Options{Store: k.store, SetupToken: "too short"}); lora.CodeOf(err) != lora.Invalid || strings.Contains(err.Error(), "too short") {
		t.Errorf("a token that can be guessed: %v", err)
	}
	a := k.another(func(o *accounts.Options) { o.SetupToken = "a token from a container" })
	if token, needed, err := a.SetupToken(t.Context()); token.Reveal() != "a token from a container" || !needed || err != nil {
		t.Errorf("%v, %v", needed, err)
	}
	must(t, 0, second(a.Setup(t.Context(), "a token from a container", "anna", goodPassword, home)))
}

func TestPromise8_ARoleThatIsTakenAwayIsGoneAtOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.first()
	otto := k.add("otto", lora.Operator)
	result := k.login("otto", home)
	_, key, err := k.AddKey(t.Context(), result.Actor, "script", []lora.Scope{lora.ScopeAdmin}, nil)
	must(t, 0, err)
	strong, err := k.ActorOfKey(t.Context(), key.Reveal())
	must(t, strong, err)
	k.heard.take()
	edit := func(f func(a *lora.Account)) error {
		return second(k.Edit(t.Context(), otto.ID, func(a *lora.Account) error { f(a); return nil }))
	}
	must(t, 0, edit(func(a *lora.Account) { a.Role = lora.Viewer }))
	actor, err := k.Actor(t.Context(), result.Cookie.Reveal())
	if err != nil || actor.May(lora.ManageFiles) || !actor.May(lora.ReadLibrary) {
		t.Errorf("in the browser: %+v, %v", actor, err)
	}
	program, err := k.ActorOfKey(t.Context(), key.Reveal())
	if err != nil || program.May(lora.ManageFiles) || program.May(lora.ManageUsers) {
		t.Errorf("with the key: %+v, %v", program, err)
	}
	for _, before := range []lora.Actor{result.Actor, strong} {
		if alive, err := k.Alive(t.Context(), before); alive || err != nil {
			t.Errorf("a connection of the stronger role lives on: %v, %v", alive, err)
		}
	}
	if alive, err := k.Alive(t.Context(), program); !alive || err != nil {
		t.Errorf("one of the weaker role does not: %v, %v", alive, err)
	}
	heard := k.heard.take()
	if text, _ := json.Marshal(heard); string(text) != `[{"account_id":"`+otto.ID+`","session_ids":null,"key_ids":null}]` {
		t.Errorf("heard %s", text)
	}
	must(t, 0, edit(func(a *lora.Account) { a.Disabled = true }))
	if !k.isOut(result) {
		t.Error("a disabled account is let in with its cookie")
	}
	if alive, err := k.Alive(t.Context(), program); alive || err != nil {
		t.Errorf("a connection of a disabled account lives on: %v, %v", alive, err)
	}
	if _, err := k.ActorOfKey(t.Context(), key.Reveal()); lora.CodeOf(err) != lora.Unauthorized {
		t.Errorf("with its key: %v", err)
	}
	must(t, 0, edit(func(a *lora.Account) { a.Disabled = false }))
	if !k.isOut(result) {
		t.Error("a session from before came back")
	}
	must(t, 0, k.Remove(t.Context(), otto.ID))
	if _, err := k.ActorOfKey(t.Context(), key.Reveal()); lora.CodeOf(err) != lora.Unauthorized {
		t.Errorf("the key of an account that was removed: %v", err)
	}
}

func TestPromise8_AnEnabledAdministratorIsAlwaysLeft(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, k *kit) {
		own := k.first()
		wantCode(t, "removing the only one", k.Remove(t.Context(), own.Actor.AccountID), lora.Conflict)
		for why, edit := range map[string]func(a *lora.Account){
			"demoting it":  func(a *lora.Account) { a.Role = lora.Operator },
			"disabling it": func(a *lora.Account) { a.Disabled = true },
		} {
			_, err := k.Edit(t.Context(), own.Actor.AccountID, func(a *lora.Account) error { edit(a); return nil })
			wantCode(t, why, err, lora.Conflict)
		}
		ids := []string{own.Actor.AccountID}
		for i := range 5 {
			ids = append(ids, k.add(fmt.Sprint("admin", i), lora.Administrator).ID)
		}
		gone := together(len(ids), func(i int) error {
			if i%2 == 0 {
				return k.Remove(t.Context(), ids[i])
			}
			return second(k.Edit(t.Context(), ids[i], func(a *lora.Account) error { a.Disabled = true; return nil }))
		})
		if gone != len(ids)-1 {
			t.Errorf("of %d administrators %d were removed or disabled at once", len(ids), gone)
		}
	})
}

func TestAccountsAreMadeWithAPasswordForOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.first()
	otto, made, err := k.Add(t.Context(), lora.Account{Name: "otto", DisplayName: " Otto  K. ", Role: lora.Editor, JobQuota: 5}, "")
	if err != nil || len(made.Reveal()) < 20 || !otto.MustChange || otto.DisplayName != "Otto K." || otto.JobQuota != 5 {
		t.Fatalf("%+v, %v", otto, err)
	}
	result, err := k.Login(t.Context(), "otto", made.Reveal(), home)
	if err != nil || !result.Actor.MustChange {
		t.Fatalf("%+v, %v", result.Actor, err)
	}
	must(t, 0, second(k.Edit(t.Context(), otto.ID, func(a *lora.Account) error { a.MustChange = false; a.DisplayName = "O"; return nil })))
	if account, _ := k.User(t.Context(), otto.ID); !account.MustChange {
		t.Error("an edit let the password be kept")
	}
	result, err = k.ChangePassword(t.Context(), result.Actor, made.Reveal(), goodPassword, home)
	if err != nil || result.Actor.MustChange {
		t.Fatalf("%+v, %v", result.Actor, err)
	}
	reset, err := k.ResetPassword(t.Context(), otto.ID)
	if err != nil || reset == made || !k.isOut(result) {
		t.Errorf("a reset: %v", err)
	}
	if result, err = k.Login(t.Context(), "otto", reset.Reveal(), home); err != nil || !result.Actor.MustChange {
		t.Errorf("%+v, %v", result.Actor, err)
	}
	own, err := k.EditOwn(t.Context(), result.Actor, "Otto")
	if err != nil || own.DisplayName != "Otto" {
		t.Errorf("%+v, %v", own, err)
	}
	for _, c := range []struct {
		why     string
		account lora.Account
		pass    string
	}{
		{"no name", lora.Account{Role: lora.Viewer}, ""},
		{"no role", lora.Account{Name: "x"}, ""},
		{"a role that is none", lora.Account{Name: "x", Role: "root"}, ""},
		{"a quota below zero", lora.Account{Name: "x", Role: lora.Viewer, JobQuota: -1}, ""},
		{"a display name that turns text around", lora.Account{Name: "x", DisplayName: "a\u202eb", Role: lora.Viewer}, ""},
		{"a weak password", lora.Account{Name: "x", Role: lora.Viewer}, "1234567890"},
	} {
		_, _, err := k.Add(t.Context(), c.account, c.pass)
		wantCode(t, c.why, err, lora.Invalid)
	}
	for why, err := range map[string]error{
		"reading":  second(k.User(t.Context(), "nobody")),
		"editing":  second(k.Edit(t.Context(), "nobody", func(*lora.Account) error { return nil })),
		"removing": k.Remove(t.Context(), "nobody"), "a password of": second(k.ResetPassword(t.Context(), "nobody")), "logging out": k.EndSessions(t.Context(), "nobody"),
	} {
		wantCode(t, why+" nobody", err, lora.NotFound)
	}
}

func TestPromise2_KeysAreShownOnceAndEnd(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own := k.first()
	soon := k.clock.now().Add(time.Hour)
	kept, key, err := k.AddKey(t.Context(), own.Actor, " nightly  script ", []lora.Scope{lora.ScopeRun, lora.ScopeRead, lora.ScopeRun}, &soon)
	if err != nil || !strings.HasPrefix(key.Reveal(), "lm_") || len(key.Reveal()) != 46 || kept.Name != "nightly script" || len(kept.Scopes) != 2 || !strings.HasPrefix(key.Reveal(), kept.Start) || len(kept.Start) != 8 {
		t.Fatalf("%+v, %v", kept, err)
	}
	actor, err := k.ActorOfKey(t.Context(), key.Reveal())
	if err != nil || actor.Via != "api_key" || actor.KeyID != kept.ID || !actor.May(lora.RunJobs) || actor.May(lora.ManageUsers) {
		t.Errorf("%+v, %v", actor, err)
	}
	for _, wrong := range []string{"", "lm_", key.Reveal()[:45], key.Reveal() + "x", strings.ToLower(key.Reveal()), "lm_" + strings.Repeat("A", 43), kept.ID, strings.Repeat("x", 1<<20)} {
		_, err := k.ActorOfKey(t.Context(), wrong)
		wantCode(t, "a key that is none", err, lora.Unauthorized)
	}
	list, err := k.OwnKeys(t.Context(), own.Actor)
	if err != nil || len(list) != 1 || list[0].LastUsedAt == nil {
		t.Errorf("%+v, %v", list, err)
	}
	k.clock.pass(time.Hour)
	if _, err := k.ActorOfKey(t.Context(), key.Reveal()); lora.CodeOf(err) != lora.Unauthorized {
		t.Errorf("after its end: %v", err)
	}
	past, far := k.clock.now(), k.clock.now().Add(20*365*24*time.Hour)
	for why, err := range map[string]error{
		"no scope":       third(k.AddKey(t.Context(), own.Actor, "x", nil, nil)),
		"a wrong scope":  third(k.AddKey(t.Context(), own.Actor, "x", []lora.Scope{"root"}, nil)),
		"no name":        third(k.AddKey(t.Context(), own.Actor, "", []lora.Scope{lora.ScopeRead}, nil)),
		"an end in past": third(k.AddKey(t.Context(), own.Actor, "x", []lora.Scope{lora.ScopeRead}, &past)),
		"an end too far": third(k.AddKey(t.Context(), own.Actor, "x", []lora.Scope{lora.ScopeRead}, &far)),
	} {
		wantCode(t, why, err, lora.Invalid)
	}
}

func third[A, B any](_ A, _ B, err error) error { return err }

func TestPromise8_ARevokedKeyIsOverAtOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own := k.first()
	k.add("otto", lora.Viewer)
	ottos := k.login("otto", home)
	make := func() (lora.APIKey, lora.Actor) {
		kept, key, err := k.AddKey(t.Context(), own.Actor, "script", []lora.Scope{lora.ScopeEdit}, nil)
		must(t, 0, err)
		actor, err := k.ActorOfKey(t.Context(), key.Reveal())
		return kept, must(t, actor, err)
	}
	one, _ := make()
	two, program := make()
	three, _ := make()
	wantCode(t, "somebody else's", k.RemoveKey(t.Context(), ottos.Actor, one.ID), lora.NotFound)
	wantCode(t, "another one by a program", k.RemoveKey(t.Context(), program, one.ID), lora.Forbidden)
	k.heard.take()
	must(t, 0, k.RemoveKey(t.Context(), own.Actor, one.ID))
	if alive, err := k.Alive(t.Context(), program); !alive || err != nil {
		t.Errorf("another key's connection: %v, %v", alive, err)
	}
	must(t, 0, k.RemoveKey(t.Context(), program, two.ID)) // its own
	if alive, err := k.Alive(t.Context(), program); alive || err != nil {
		t.Errorf("its connection: %v, %v", alive, err)
	}
	must(t, 0, k.RemoveAnyKey(t.Context(), three.ID)) // by an administrator
	heard := k.heard.take()
	if text, _ := json.Marshal(heard); len(heard) != 3 || !strings.Contains(string(text), `"session_ids":[],"key_ids":["`+one.ID) {
		t.Errorf("heard %s", text)
	}
	if all, err := k.AllKeys(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("left: %+v, %v", all, err)
	}
}
