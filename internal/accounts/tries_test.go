package accounts_test

import (
	"fmt"
	"testing"
	"time"

	"loramanager/internal/accounts"
	"loramanager/internal/lora"
)

// guess tries a wrong password and returns what it was told.
func (k *kit) guess(name string, from accounts.From) error {
	_, err := k.Login(k.t.Context(), name, "wrong horse battery", from)
	return err
}

func addressed(i int) accounts.From {
	return accounts.From{Address: fmt.Sprintf("198.51.%d.%d", i/200, 1+i%200)}
}

func TestPromise5_TenWrongTriesAMinuteFromAnAddress(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.first()
	for i := range 10 {
		wantCode(t, "one of ten tries", k.guess(fmt.Sprint("somebody", i), away), lora.Unauthorized)
	}
	err := k.guess("anna", away)
	wantCode(t, "the eleventh", err, lora.RateLimited)
	if wait, ok := accounts.RetryAfter(err); !ok || wait != 30*time.Second {
		t.Errorf("to come back after %v, %v; the minute is half over", wait, ok)
	}
	_, err = k.Login(t.Context(), "anna", goodPassword, away)
	wantCode(t, "the right password from there", err, lora.RateLimited)
	_, err = k.another().Login(t.Context(), "anna", goodPassword, away)
	wantCode(t, "on another server", err, lora.RateLimited)
	k.login("anna", home)
	k.clock.pass(30 * time.Second)
	k.login("anna", away)
}

func TestPromise5_ManyTriesAtOnceAreNotMoreThanOneAfterTheOther(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.first()
	limited := together(100, func(int) error {
		err := k.guess("anna", away)
		switch lora.CodeOf(err) {
		case lora.RateLimited:
			return nil
		case lora.Unauthorized, lora.Unavailable:
		default:
			t.Error(err)
		}
		return err
	})
	if wrong, err := k.store.WrongSince(t.Context(), "address "+away.Address, 0); err != nil || wrong > 10 || limited < 90-accounts.HashWaits {
		t.Errorf("%d were looked at, %d refused; %v", wrong, limited, err)
	}
}

func TestPromise5_TenWrongTriesAtANameFromAnAddress(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.first()
	for range 10 {
		wantCode(t, "one of ten tries", k.guess("ANNA", away), lora.Unauthorized)
		k.clock.pass(time.Minute)
	}
	err := k.guess("anna", away)
	wantCode(t, "the eleventh within a quarter of an hour", err, lora.RateLimited)
	if wait, ok := accounts.RetryAfter(err); !ok || wait <= 0 || wait > 15*time.Minute {
		t.Errorf("to come back after %v", wait)
	}
	wantCode(t, "another name from there", k.guess("otto", away), lora.Unauthorized)
	k.login("anna", home)
	k.clock.pass(15 * time.Minute)
	k.login("anna", away)
}

func TestPromise5_GuessingFromEverywhereDoesNotLockTheOwnerOut(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.first()
	looked := 0
	for i := range 150 { // many addresses, one try after the other
		if err := k.guess("anna", addressed(i)); lora.CodeOf(err) == lora.Unauthorized {
			looked++
		}
	}
	if looked != 150 {
		t.Fatalf("%d of 150 first tries were looked at", looked)
	}
	k.login("anna", home)
	k.login("anna", away)
	for i := range 3 {
		if err := k.guess("anna", accounts.From{Address: "192.0.2.77"}); lora.CodeOf(err) != lora.Unauthorized {
			t.Errorf("try %d: %v", i+1, err)
		}
	}
	wantCode(t, "the fourth from one address while many guess", k.guess("anna", accounts.From{Address: "192.0.2.77"}), lora.RateLimited)
	wantCode(t, "the same of a name that nobody else guesses at", k.guess("otto", accounts.From{Address: "192.0.2.77"}), lora.Unauthorized)
	k.login("anna", home)
}

func TestAddressesThatOnePersonHasAreOne(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ address, want string }{
		{"192.0.2.1", "192.0.2.1"}, {"::ffff:192.0.2.1", "192.0.2.1"}, {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"}, {"2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"},
		{"2001:db8:1:3::1", "2001:db8:1:3::/64"}, {"fe80::1%eth0", "fe80::/64"}, {"", "unknown"}, {"a socket", "unknown"}, {"192.0.2.1:80", "unknown"},
	} {
		if got := accounts.Neighbourhood(c.address); got != c.want {
			t.Errorf("%q is counted as %q, want %q", c.address, got, c.want)
		}
	}
}

func TestPromise5_CodesAreGuessedLessAndRecoveryCodesAlwaysTaken(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own := k.first()
	secret, codes := k.app(own.Actor)
	wrong := func(from accounts.From) error {
		begun := k.login("anna", from)
		_, err := k.Second(t.Context(), begun.Flow, k.wrongCode(secret), from)
		return err
	}
	for i := range 30 {
		wantCode(t, "a wrong code", wrong(addressed(i)), lora.Unauthorized)
	}
	begun := k.login("anna", away)
	_, err := k.Second(t.Context(), begun.Flow, k.code(secret), away)
	wantCode(t, "a right code from somewhere new while codes are guessed", err, lora.RateLimited)
	if result, err := k.Second(t.Context(), begun.Flow, codes[0], away); err != nil || result.Cookie == "" {
		t.Errorf("a recovery code from there: %v", err)
	}
	begun = k.login("anna", home)
	if _, err := k.Second(t.Context(), begun.Flow, k.code(secret), home); err != nil {
		t.Errorf("a code from where the account is logged in: %v", err)
	}
}

func TestPromise5_AFlowTakesFiveWrongCodes(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own := k.first()
	secret, _ := k.app(own.Actor)
	begun := k.login("anna", home)
	for range 5 {
		_, err := k.Second(t.Context(), begun.Flow, k.wrongCode(secret), home)
		wantCode(t, "a wrong code", err, lora.Unauthorized)
	}
	_, err := k.Second(t.Context(), begun.Flow, k.code(secret), home)
	wantCode(t, "a right one after five wrong ones", err, lora.Unauthorized)
}

func TestPromise5_OwnPasswordsAreGuessedByNoStolenSession(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own := k.first()
	for range 10 {
		_, err := k.ChangePassword(t.Context(), own.Actor, "wrong horse battery", "a quite different one", home)
		wantCode(t, "a wrong password", err, lora.Forbidden)
	}
	_, err := k.ChangePassword(t.Context(), own.Actor, goodPassword, "a quite different one", home)
	wantCode(t, "the eleventh try", err, lora.RateLimited)
	k.login("anna", home)
}

func TestPromise5_NobodyBeginsSignInsWithoutEnd(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for range 60 {
		_, _, err := k.PasskeyBegin(t.Context(), away)
		must(t, 0, err)
	}
	_, _, err := k.PasskeyBegin(t.Context(), away)
	wantCode(t, "the sixty-first in a minute", err, lora.RateLimited)
	_, _, err = k.PasskeyBegin(t.Context(), home)
	must(t, 0, err)
}
