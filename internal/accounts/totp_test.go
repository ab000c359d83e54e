package accounts_test

import (
	"bytes"
	"image/png"
	"strings"
	"testing"
	"time"

	"loramanager/internal/lora"
)

// wrongCode is a code that the app shows at no time around now.
func (k *kit) wrongCode(secret string) string {
	k.t.Helper()
	right := map[string]bool{}
	now := k.clock.now()
	for i := -3; i <= 3; i++ {
		k.clock.pass(time.Duration(i) * 30 * time.Second)
		right[k.code(secret)] = true
		k.clock.pass(now.Sub(k.clock.now()))
	}
	for _, code := range []string{"000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777"} {
		if !right[code] {
			return code
		}
	}
	k.t.Fatal("every code is right")
	return ""
}

func TestAnAuthenticatorAppIsSetUpAskedForAndTurnedOff(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own := k.first()
	begun, err := k.BeginTOTP(t.Context(), own.Actor, "")
	must(t, begun, err)
	if _, err := png.Decode(bytes.NewReader(begun.QR)); err != nil || !strings.HasPrefix(begun.URI.Reveal(), "otpauth://totp/LoRA%20Manager:anna?") {
		t.Errorf("the app is told %q, %v", begun.URI.Reveal(), err)
	}
	if result := k.login("anna", home); result.Cookie == "" {
		t.Error("a code is asked for before the app was confirmed")
	}
	_, err = k.ConfirmTOTP(t.Context(), own.Actor, k.wrongCode(begun.Secret.Reveal()))
	wantCode(t, "a wrong code", err, lora.Invalid)
	codes, err := k.ConfirmTOTP(t.Context(), own.Actor, k.code(begun.Secret.Reveal()))
	if err != nil || len(codes) != 10 || len(codes[0]) != len("abcd-efgh-ijkl-mnop-qrst-uvwx-yz") {
		t.Fatalf("recovery codes %v, %v", codes, err)
	}
	_, err = k.BeginTOTP(t.Context(), own.Actor, goodPassword)
	wantCode(t, "a second app", err, lora.Conflict)

	result := k.login("anna", home)
	if result.Cookie != "" || result.Flow == "" || strings.Join(result.Methods, " ") != "totp recovery" || result.Actor.Account != 0 {
		t.Errorf("the password alone gave %+v", result)
	}
	if _, err := k.Actor(t.Context(), result.Flow); lora.CodeOf(err) != lora.Unauthorized {
		t.Errorf("a login under way lets in: %v", err)
	}
	k.clock.pass(30 * time.Second)
	done, err := k.Second(t.Context(), result.Flow, " "+k.code(begun.Secret.Reveal())[:3]+" "+k.code(begun.Secret.Reveal())[3:], home)
	if err != nil || done.Actor.Name != "anna" || k.isOut(done) {
		t.Errorf("with a code: %+v, %v", done, err)
	}
	k.clock.pass(time.Hour)
	wantCode(t, "turning it off an hour later without the password", k.RemoveTOTP(t.Context(), done.Actor, ""), lora.Forbidden)
	wantCode(t, "with a wrong password", k.RemoveTOTP(t.Context(), done.Actor, "wrong horse battery"), lora.Forbidden)
	must(t, 0, k.RemoveTOTP(t.Context(), done.Actor, goodPassword))
	if result := k.login("anna", home); result.Cookie == "" {
		t.Error("a code is still asked for")
	}
}

func TestPromise4_ACodeCountsOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, k *kit) {
		own := k.first()
		secret, _ := k.app(own.Actor)
		flows := make([]string, 8)
		for i := range flows {
			flows[i] = k.login("anna", home).Flow
		}
		code := k.code(secret)
		if in := together(len(flows), func(i int) error { return second(k.Second(t.Context(), flows[i], code, home)) }); in != 1 {
			t.Errorf("one code let in %d times", in)
		}
		k.clock.pass(30 * time.Second) // it is still one that would be taken
		_, err := k.Second(t.Context(), k.login("anna", home).Flow, code, home)
		wantCode(t, "the code again, half a minute later", err, lora.Unauthorized)
	})
}

func TestPromise4_ARecoveryCodeCountsOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, k *kit) {
		own := k.first()
		_, codes := k.app(own.Actor)
		flows := make([]string, 8)
		for i := range flows {
			flows[i] = k.login("anna", home).Flow
		}
		if in := together(len(flows), func(i int) error { return second(k.Second(t.Context(), flows[i], codes[3], home)) }); in != 1 {
			t.Errorf("one recovery code let in %d times", in)
		}
		k.clock.pass(time.Minute)
		typed := strings.ToUpper(strings.ReplaceAll(codes[4], "-", " "))
		if _, err := k.Second(t.Context(), k.login("anna", home).Flow, typed, home); err != nil {
			t.Errorf("one typed in capitals without lines: %v", err)
		}
		renewed, err := k.RenewRecoveryCodes(t.Context(), own.Actor, goodPassword)
		must(t, renewed, err)
		_, err = k.Second(t.Context(), k.login("anna", home).Flow, codes[5], home)
		wantCode(t, "one from before there were new ones", err, lora.Unauthorized)
		if _, err = k.Second(t.Context(), k.login("anna", home).Flow, renewed[5], home); err != nil {
			t.Errorf("one of the new ones: %v", err)
		}
	})
}

func TestPromise4_ALoginUnderWayCountsOnceAndNotForLong(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, k *kit) {
		own := k.first()
		secret, codes := k.app(own.Actor)
		flow := k.login("anna", home).Flow
		if in := together(len(codes), func(i int) error { return second(k.Second(t.Context(), flow, codes[i], home)) }); in != 1 {
			t.Errorf("one password let in %d times", in)
		}
		late := k.login("anna", home).Flow
		k.clock.pass(5*time.Minute + time.Second)
		_, err := k.Second(t.Context(), late, k.code(secret), home)
		wantCode(t, "six minutes later", err, lora.Unauthorized)
		for _, flow := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("x", 1<<20)} {
			_, err := k.Second(t.Context(), flow, k.code(secret), home)
			wantCode(t, "a flow that nobody was given", err, lora.Unauthorized)
		}
	})
}

func TestALoginUnderWayEndsWhenThePasswordChanges(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own := k.first()
	secret, _ := k.app(own.Actor)
	flow := k.login("anna", away).Flow
	must(t, 0, second(k.ChangePassword(t.Context(), own.Actor, goodPassword, "a quite different one", home)))
	_, err := k.Second(t.Context(), flow, k.code(secret), away)
	wantCode(t, "the second step of a login with the old password", err, lora.Unauthorized)
}

func TestHostileCodes(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own := k.first()
	k.app(own.Actor)
	for i, code := range []string{"", " ", "00000", "0000000", "１２３４５６", "-12345", "12345\x00", strings.Repeat("1", 1<<20), strings.Repeat("- ", 1<<10), "\xff\xff\xff\xff\xff\xff"} {
		from := addressed(i)
		_, err := k.Second(t.Context(), k.login("anna", from).Flow, code, from)
		wantCode(t, "a code that is none", err, lora.Unauthorized)
	}
}

func TestAnAdministratorTurnsALostAppOff(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.first()
	otto := k.add("otto", lora.Viewer)
	k.app(k.login("otto", home).Actor)
	must(t, 0, k.RemoveSecondFactor(t.Context(), otto.ID))
	if result := k.login("otto", home); result.Cookie == "" {
		t.Error("a code is still asked for")
	}
	wantCode(t, "of nobody", k.RemoveSecondFactor(t.Context(), "nobody"), lora.NotFound)
}

func TestPromise2_WhatProtectsAnAccountIsNotChangedWithAKey(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own := k.first()
	_, key, err := k.AddKey(t.Context(), own.Actor, "script", []lora.Scope{lora.ScopeAdmin}, nil)
	must(t, 0, err)
	program, err := k.ActorOfKey(t.Context(), key.Reveal())
	must(t, 0, err)
	for _, actor := range []lora.Actor{program, {Name: "local", Role: lora.Administrator, Via: "local"}, {}} {
		for what, err := range map[string]error{
			"password":       second(k.ChangePassword(t.Context(), actor, goodPassword, "a quite different one", home)),
			"app":            second(k.BeginTOTP(t.Context(), actor, goodPassword)),
			"confirm":        second(k.ConfirmTOTP(t.Context(), actor, "000000")),
			"app off":        k.RemoveTOTP(t.Context(), actor, goodPassword),
			"recovery codes": second(k.RenewRecoveryCodes(t.Context(), actor, goodPassword)),
			"passkey gone":   k.RemovePasskey(t.Context(), actor, "x", goodPassword),
			"passkey name":   k.RenamePasskey(t.Context(), actor, "x", "y"),
			"sessions":       k.RevokeOthers(t.Context(), actor),
			"session":        k.Revoke(t.Context(), actor, own.Actor.SessionID),
			"name":           second(k.EditOwn(t.Context(), actor, "A")),
		} {
			wantCode(t, what+" by "+actor.Via, err, lora.Forbidden)
		}
		_, _, err := k.AddKey(t.Context(), actor, "another", []lora.Scope{lora.ScopeRead}, nil)
		wantCode(t, "a key by "+actor.Via, err, lora.Forbidden)
		_, _, err = k.BeginPasskey(t.Context(), actor, goodPassword)
		wantCode(t, "a passkey by "+actor.Via, err, lora.Forbidden)
	}
}
