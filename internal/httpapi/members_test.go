package httpapi

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"testing"
	"time"

	"loramanager/internal/accounts"
	"loramanager/internal/lora"
)

// rootKey is the server's own key in tests with accounts.
const rootKey = "the server's own key"

// club is a house whose people log in.
type club struct {
	*house
	accounts *accounts.Accounts
}

// openClub starts a server with accounts. Its house speaks with the server's own key.
func openClub(t *testing.T, n int, change ...func(*accounts.Options)) *club {
	t.Helper()
	c := &club{}
	c.house = openHouse(t, n, func(h *house, o *Options) {
		options := accounts.Options{Store: h.store, Announcer: h.hub, PublicURL: "http://localhost:8000"}
		for _, f := range change {
			f(&options)
		}
		var err error
		if c.accounts, err = accounts.New(options); err != nil {
			t.Fatal(err)
		}
		o.Accounts, o.AccountsOn, o.Key = c.accounts, true, rootKey
		h.as = []string{"X-API-Key: " + rootKey}
	})
	return c
}

// guest is somebody who is logged in.
type guest struct {
	*house
	account lora.Account
	session lora.Session
}

// join makes an account of a role, and a session of it without the slowness of a password.
func (c *club) join(name string, role lora.Role) *guest {
	c.t.Helper()
	account, err := c.store.AddAccount(c.t.Context(), lora.Account{Name: name, Role: role}, lora.Credentials{})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.enter(account, time.Now().Add(time.Hour))
}

// enter begins another session of an account.
func (c *club) enter(account lora.Account, until time.Time) *guest {
	c.t.Helper()
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	cookie := base64.RawURLEncoding.EncodeToString(secret)
	sum := sha256.Sum256([]byte(cookie))
	session := lora.Session{
		ID: hex.EncodeToString(sum[:]), Account: account.Key, Method: "password", Address: "127.0.0.1", Agent: "test",
		CreatedAt: time.Now(), SeenAt: time.Now(), ExpiresAt: until,
	}
	if err := c.store.PutSession(c.t.Context(), session); err != nil {
		c.t.Fatal(err)
	}
	return &guest{house: c.with("Cookie: " + cookieName + "=" + cookie), account: account, session: session}
}

// with is the house as somebody else sees it.
func (c *club) with(headers ...string) *house {
	h := *c.house
	h.as = headers
	return &h
}

// program makes an API key of a guest.
func (c *club) program(of *guest, scopes ...lora.Scope) *house {
	c.t.Helper()
	actor, err := c.accounts.Actor(context.WithoutCancel(c.t.Context()), cookieOf(of))
	if err != nil {
		c.t.Fatal(err)
	}
	_, key, err := c.accounts.AddKey(c.t.Context(), actor, "program", scopes, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.with("Authorization: Bearer " + key.Reveal())
}

func cookieOf(m *guest) string { return m.as[0][len("Cookie: "+cookieName+"="):] }
