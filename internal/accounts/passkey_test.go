package accounts_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"loramanager/internal/accounts"
	"loramanager/internal/lora"
)

// browser is one with a passkey, on a page of a site.
type browser struct {
	site    virtualwebauthn.RelyingParty
	device  virtualwebauthn.Authenticator
	passkey virtualwebauthn.Credential
}

func newBrowser(accountID string) *browser {
	return &browser{
		site:    virtualwebauthn.RelyingParty{Name: "LoRA Manager", ID: "lora.example.com", Origin: publicURL},
		device:  virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(accountID)}),
		passkey: virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2),
	}
}

// create is navigator.credentials.create.
func (b *browser) create(t *testing.T, options json.RawMessage) json.RawMessage {
	t.Helper()
	asked, err := virtualwebauthn.ParseAttestationOptions(string(options))
	must(t, asked, err)
	return json.RawMessage(virtualwebauthn.CreateAttestationResponse(b.site, b.device, b.passkey, *asked))
}

// use is navigator.credentials.get.
func (b *browser) use(t *testing.T, options json.RawMessage) json.RawMessage {
	t.Helper()
	asked, err := virtualwebauthn.ParseAssertionOptions(string(options))
	must(t, asked, err)
	b.passkey.Counter++
	return json.RawMessage(virtualwebauthn.CreateAssertionResponse(b.site, b.device, b.passkey, *asked))
}

// passkey registers a passkey for who is logged in.
func (k *kit) passkey(own accounts.Result) *browser {
	k.t.Helper()
	b := newBrowser(own.Actor.AccountID)
	flow, options, err := k.BeginPasskey(k.t.Context(), own.Actor, goodPassword)
	must(k.t, 0, err)
	p, err := k.AddPasskey(k.t.Context(), own.Actor, flow, "phone", b.create(k.t, options))
	must(k.t, p, err)
	return b
}

// tap logs in with a passkey.
func (k *kit) tap(b *browser) (accounts.Result, error) {
	k.t.Helper()
	flow, options, err := k.PasskeyBegin(k.t.Context(), home)
	must(k.t, 0, err)
	return k.PasskeyFinish(k.t.Context(), flow, b.use(k.t, options), home)
}

func TestPromise6_APasskeyLogsInWithoutANameOrACode(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own := k.first()
	k.app(own.Actor) // a passkey stands for both factors
	b := k.passkey(own)
	list, err := k.OwnPasskeys(t.Context(), own.Actor)
	if err != nil || len(list) != 1 || list[0].Name != "phone" || list[0].LastUsedAt != nil {
		t.Fatalf("passkeys: %+v, %v", list, err)
	}
	for range 2 {
		result, err := k.tap(b)
		if err != nil || result.Actor.Name != "anna" || k.isOut(result) {
			t.Fatalf("%+v, %v", result, err)
		}
	}
	if list, err = k.OwnPasskeys(t.Context(), own.Actor); err != nil || list[0].LastUsedAt == nil {
		t.Errorf("passkeys: %+v, %v", list, err)
	}
	must(t, 0, k.RenamePasskey(t.Context(), own.Actor, list[0].ID, "my phone"))
	k.add("otto", lora.Viewer)
	ottos := k.login("otto", away)
	wantCode(t, "removing somebody else's", k.RemovePasskey(t.Context(), ottos.Actor, list[0].ID, goodPassword), lora.NotFound)
	wantCode(t, "renaming somebody else's", k.RenamePasskey(t.Context(), ottos.Actor, list[0].ID, "mine"), lora.NotFound)
	must(t, 0, k.RemovePasskey(t.Context(), own.Actor, list[0].ID, goodPassword))
	_, err = k.tap(b)
	wantCode(t, "a passkey that was removed", err, lora.Unauthorized)
}

func TestPromise6_WhatIsNoPasskeyOfThisServer(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own := k.first()
	good := k.passkey(own)
	for _, c := range []struct {
		why   string
		spoil func(b *browser)
	}{
		{"another site's page", func(b *browser) { b.site.Origin = "https://lora.example.com.evil.example" }},
		{"the same host without TLS", func(b *browser) { b.site.Origin = "http://lora.example.com" }},
		{"another port", func(b *browser) { b.site.Origin = "https://lora.example.com:8443" }},
		{"made for another site", func(b *browser) { b.site.ID = "evil.example" }},
		{"its user was not verified", func(b *browser) { b.device.Options.UserNotVerified = true }},
		{"its user was not there", func(b *browser) { b.device.Options.UserNotPresent = true }},
		{"another account's handle", func(b *browser) { b.device.Options.UserHandle = []byte("somebody") }},
		{"no handle", func(b *browser) { b.device.Options.UserHandle = nil }},
		{"another key under the same id", func(b *browser) {
			id := b.passkey.ID
			b.passkey = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
			b.passkey.ID = id
		}},
		{"a key that was never registered", func(b *browser) { b.passkey = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeRSA) }},
	} {
		bad := *good
		c.spoil(&bad)
		_, err := k.tap(&bad)
		wantCode(t, c.why, err, lora.Unauthorized)
		k.clock.pass(time.Minute)
	}
	if _, err := k.tap(good); err != nil {
		t.Errorf("the good one afterwards: %v", err)
	}
}

func TestPromise6_ACounterThatWentBackIsRefusedAndRecorded(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own := k.first()
	b := k.passkey(own)
	copied := *b
	for range 3 {
		must(t, 0, second(k.tap(b)))
	}
	_, err := k.tap(&copied)
	wantCode(t, "a copy of the passkey", err, lora.Unauthorized)
	entries, err := k.Audit(t.Context(), lora.AuditQuery{Action: "passkeyCopied"})
	if err != nil || len(entries) != 1 || entries[0].AccountID != own.Actor.AccountID || entries[0].Address != home.Address {
		t.Errorf("the log says %+v, %v", entries, err)
	}
	if _, err := k.tap(b); err != nil {
		t.Errorf("the passkey itself: %v", err)
	}
}

// tapping is a store in which something happens just before a passkey's counter is kept.
type tapping struct {
	accounts.Store
	before func()
}

func (s *tapping) UsePasskey(ctx context.Context, id string, before, after json.RawMessage) (bool, error) {
	if first := s.before; first != nil {
		s.before = nil
		first()
	}
	return s.Store.UsePasskey(ctx, id, before, after)
}

func TestPromise6_OfTwoUsesOfAPasskeyAtOnceOneCounts(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	slow := &tapping{Store: k.store}
	k.Accounts = k.another(func(o *accounts.Options) { o.Store = slow })
	b := k.passkey(k.first())
	copied := *b
	slow.before = func() { must(t, 0, second(k.tap(&copied))) }
	_, err := k.tap(b)
	wantCode(t, "the one that was later", err, lora.Unauthorized)
}

func TestPromise4_AnAnswerOfAPasskeyCountsOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, k *kit) {
		own := k.first()
		b := k.passkey(own)
		flow, options, err := k.PasskeyBegin(t.Context(), home)
		must(t, 0, err)
		answer := b.use(t, options)
		if in := together(8, func(int) error { return second(k.PasskeyFinish(t.Context(), flow, answer, home)) }); in != 1 {
			t.Errorf("one answer let in %d times", in)
		}
		k.clock.pass(time.Minute)
		other, _, err := k.PasskeyBegin(t.Context(), home)
		must(t, 0, err)
		_, err = k.PasskeyFinish(t.Context(), other, answer, home)
		wantCode(t, "the answer under another flow", err, lora.Unauthorized)
		flow, options, err = k.PasskeyBegin(t.Context(), home)
		must(t, 0, err)
		k.clock.pass(6 * time.Minute)
		_, err = k.PasskeyFinish(t.Context(), flow, b.use(t, options), home)
		wantCode(t, "an answer after six minutes", err, lora.Unauthorized)
	})
}

func TestAPasskeyIsRegisteredByWhoBeganOnly(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own := k.first()
	k.add("otto", lora.Viewer)
	ottos := k.login("otto", away)
	b := newBrowser(own.Actor.AccountID)
	flow, options, err := k.BeginPasskey(t.Context(), own.Actor, goodPassword)
	must(t, 0, err)
	_, err = k.AddPasskey(t.Context(), ottos.Actor, flow, "mine", b.create(t, options))
	wantCode(t, "somebody else's flow", err, lora.Unauthorized)

	flow, options, err = k.BeginPasskey(t.Context(), own.Actor, goodPassword)
	must(t, 0, err)
	b.device.Options.UserNotVerified = true
	_, err = k.AddPasskey(t.Context(), own.Actor, flow, "phone", b.create(t, options))
	wantCode(t, "one that does not verify its user", err, lora.Invalid)

	k.clock.pass(time.Hour)
	_, _, err = k.BeginPasskey(t.Context(), own.Actor, "")
	wantCode(t, "an hour after the login without the password", err, lora.Forbidden)
	_, err = k.PasskeyFinish(t.Context(), flow, b.use(t, options), home)
	wantCode(t, "a registration taken for a login", err, lora.Unauthorized)
}

func TestHostilePasskeyAnswers(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own := k.first()
	deep := strings.Repeat("[", 50_000)
	for i, answer := range []string{
		"", "null", "{}", "[]", deep, `{"id":"x","rawId":"x","type":"public-key","response":{}}`, `{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"clientDataJSON":"AAAA","authenticatorData":"AAAA","signature":"AAAA","userHandle":"AAAA","attestationObject":"n___"}}`,
		`{"id":"` + strings.Repeat("A", 1<<20) + `"}`, "\x00\xff",
	} {
		from := addressed(i)
		flow, _, err := k.PasskeyBegin(t.Context(), from)
		must(t, 0, err)
		_, err = k.PasskeyFinish(t.Context(), flow, json.RawMessage(answer), from)
		wantCode(t, "a login", err, lora.Unauthorized)
		flow, _, err = k.BeginPasskey(t.Context(), own.Actor, goodPassword)
		must(t, 0, err)
		_, err = k.AddPasskey(t.Context(), own.Actor, flow, "phone", json.RawMessage(answer))
		wantCode(t, "a registration", err, lora.Invalid)
	}
}

func TestPasskeysNeedAnAddressWithAName(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	own := k.first()
	for address, want := range map[string]bool{publicURL: true, "http://localhost:8000": true, "https://lora.example.com/app": true, "": false, "http://127.0.0.1:8000": false, "https://[2001:db8::1]": false} {
		a := k.another(func(o *accounts.Options) { o.PublicURL = address })
		if a.HasPasskeys() != want {
			t.Errorf("%q: %v", address, a.HasPasskeys())
		}
		if want {
			continue
		}
		_, _, err := a.PasskeyBegin(t.Context(), home)
		wantCode(t, "logging in", err, lora.Unavailable)
		_, err = a.PasskeyFinish(t.Context(), "x", nil, home)
		wantCode(t, "answering", err, lora.Unavailable)
		_, _, err = a.BeginPasskey(t.Context(), own.Actor, goodPassword)
		wantCode(t, "registering", err, lora.Unavailable)
		_, err = a.AddPasskey(t.Context(), own.Actor, "x", "y", nil)
		wantCode(t, "adding", err, lora.Unavailable)
	}
	for _, address := range []string{"lora.example.com", "ftp://lora.example.com", "https://anna:secret@lora.example.com", "https://"} {
		if _, err := accounts.New(accounts.Options{Store: k.store, PublicURL: address}); lora.CodeOf(err) != lora.Invalid || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
}
