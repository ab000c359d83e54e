package accounts_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"loramanager/internal/accounts"
	"loramanager/internal/lora"
)

func TestPromise2_PasswordsAreHashedWithArgon2id(t *testing.T) {
	t.Parallel()
	one, err := accounts.MakeHash(t.Context(), goodPassword)
	must(t, one, err)
	if !strings.HasPrefix(one, "$argon2id$v=19$m=65536,t=3,p=2$") || strings.Contains(one, "horse") {
		t.Errorf("the hash is %s", one)
	}
	for password, want := range map[string]bool{goodPassword: true, "Correct horse battery": false, "": false} {
		if right, err := accounts.CheckHash(t.Context(), password, one); right != want || err != nil {
			t.Errorf("%q: %v, %v", password, right, err)
		}
	}
}

func TestAHashThatCostsTooMuchIsNotComputed(t *testing.T) {
	t.Parallel()
	const salt, hash = "c29tZXNhbHRzb21lc2FsdA", "aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"
	for _, parameters := range []string{
		"m=4294967295,t=3,p=2", "m=262145,t=3,p=2", "m=65536,t=4294967295,p=2", "m=65536,t=17,p=2", "m=65536,t=3,p=255", "m=65536,t=0,p=2", "m=65536,t=3,p=0",
		"m=0,t=1,p=1", "m=7,t=1,p=1", "m=-1,t=1,p=1", "m=65536,t=3,p=256", "m=065536,t=3,p=2", "m=65536,t=3,p=2,x=1", "m=65536", "",
	} {
		if right, err := accounts.CheckHash(t.Context(), "x", "$argon2id$v=19$"+parameters+"$"+salt+"$"+hash); right || err == nil {
			t.Errorf("%s: %v, %v", parameters, right, err)
		}
	}
	for _, text := range []string{
		"$argon2i$v=19$m=16,t=1,p=1$" + salt + "$" + hash, "$argon2id$v=16$m=16,t=1,p=1$" + salt + "$" + hash, "$2a$10$abcdefghijklmnopqrstuv", "plain text",
		"$argon2id$v=19$m=16,t=1,p=1$$" + hash, "$argon2id$v=19$m=16,t=1,p=1$" + salt + "$", "$argon2id$v=19$m=16,t=1,p=1$" + salt + "$" + hash + "$",
		"$argon2id$v=19$m=16,t=1,p=1$" + strings.Repeat("A", 10_000) + "$" + hash, "$argon2id$v=19$m=16,t=1,p=1$" + salt + "$" + strings.Repeat("A", 400), "\x00$$$$$",
	} {
		if right, err := accounts.CheckHash(t.Context(), "x", text); right || err == nil {
			t.Errorf("%.60q: %v, %v", text, right, err)
		}
	}
}

func TestAHashThatBecameTooCheapIsMadeAnewAtTheNextLogin(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own := k.first()
	before, err := k.store.Credentials(t.Context(), own.Actor.Account)
	must(t, before, err)
	dearer := k.another(func(o *accounts.Options) { o.Dearer() })
	_, err = dearer.Login(t.Context(), "anna", "wrong horse battery", home)
	wantCode(t, "a wrong password", err, lora.Unauthorized)
	if now, _ := k.store.Credentials(t.Context(), own.Actor.Account); now.Password != before.Password {
		t.Error("a wrong password changed the hash")
	}
	_, err = dearer.Login(t.Context(), "anna", goodPassword, home)
	must(t, 0, err)
	now, err := k.store.Credentials(t.Context(), own.Actor.Account)
	if err != nil || !strings.Contains(now.Password, "m=32,t=1,p=1") || k.isOut(own) {
		t.Errorf("the hash is %s; %v", now.Password, err)
	}
	k.login("anna", home)
}

func TestADamagedHashLetsNobodyInAndIsReported(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own := k.first()
	must(t, 0, second(k.store.PutPassword(t.Context(), own.Actor.Account, "$argon2id$v=19$m=4294967295,t=9,p=9$AAAA$AAAA", false, "")))
	_, err := k.Login(t.Context(), "anna", goodPassword, home)
	wantCode(t, "a login", err, lora.Unauthorized)
	if !strings.Contains(k.log.String(), "cannot be checked") {
		t.Errorf("the log says %q", k.log.String())
	}
}

func TestOnlySoManyHashesWaitForTheirTurn(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.first()
	refused := 0
	failed := make(chan error, 4*accounts.HashWaits)
	in := together(cap(failed), func(i int) error {
		_, err := k.Login(t.Context(), "anna", goodPassword, accounts.From{Address: fmt.Sprintf("10.0.%d.%d", i/250, i%250)})
		failed <- err
		return err
	})
	for range cap(failed) {
		if err := <-failed; lora.CodeOf(err) == lora.Unavailable {
			refused++
		} else if err != nil {
			t.Error(err)
		}
	}
	if in+refused != cap(failed) || in == 0 {
		t.Errorf("%d logged in, %d were asked to come back", in, refused)
	}
}

func TestWhichPasswordsAreTaken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		password string
		good     bool
	}{
		{"correct horse battery", true}, {"zehn Zeich", true}, {"密碼密碼密碼密碼密碼一", true}, {strings.Repeat("ab1 ", 64), true}, {"    x    y  ", true},
		{"", false}, {"ninechars", false}, {strings.Repeat("ab1 ", 64) + "x", false}, {strings.Repeat("x", 1<<20), false}, {"correct\xffhorse battery", false},
		{"1234567890", false}, {"QWERTYUIOP", false}, {"aaaaaaaaaaaa", false}, {"0123456789", false}, {"45678901234567", false}, {"9876543210", false},
		{"basketball", false}, {"Basketball!99", false}, {"1234-manchester", false}, {"basketball on sundays", true}, {"ääääääääääää", false}, {"password123!", false}, {"LoraManager2026", false}, {"!!!Administrator", false},
		{"anna-lena1", false}, {"ANNA-LENA", false}, {"Anna-Lena and me", true},
	} {
		err := accounts.CheckPassword(c.password, "anna-lena1")
		if (err == nil) != c.good {
			t.Errorf("%.40q: %v", c.password, err)
		}
		var known *lora.Error
		if err != nil && (!errors.As(err, &known) || known.Field != "password" || known.Code != lora.Invalid || len(c.password) > 2 && strings.Contains(known.Message, c.password)) {
			t.Errorf("%.40q: %v", c.password, err)
		}
	}
}

// The requirement of OWASP ASVS 5.0.0, 6.2.4, is 3,000 that are as long as a password must be.
func TestTheListOfCommonPasswordsIsLongEnoughAndWorks(t *testing.T) {
	t.Parallel()
	list := accounts.CommonPasswords()
	if len(list) < 3_000 || !slices.IsSorted(list) {
		t.Fatalf("%d passwords, sorted: %v", len(list), slices.IsSorted(list))
	}
	for _, password := range list {
		if err := accounts.CheckPassword(password, "anna"); err == nil {
			t.Errorf("%q is taken", password)
		}
		if n := utf8.RuneCountInString(password); n < 10 || strings.ToLower(password) != password {
			t.Errorf("%q can never be found", password)
		}
	}
}

func TestWhichNamesAreTaken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, want string }{
		{"anna", "anna"}, {"  Anna   Maria ", "Anna Maria"}, {"Mu\u0308ller", "Müller"}, {"李雷", "李雷"}, {strings.Repeat("ä", 64), strings.Repeat("ä", 64)}, {"o'neill@example.com", "o'neill@example.com"},
		{"", ""}, {"   ", ""}, {strings.Repeat("ä", 65), ""}, {"an\x00na", ""}, {"an\u202ena", ""}, {"an\u200bna", ""}, {"anna\xff", ""}, {"\x1b[31manna", ""}, {strings.Repeat("x", 1<<20), ""},
	} {
		got, err := accounts.CleanName(c.name)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%.40q: %q, %v", c.name, got, err)
		}
	}
}
