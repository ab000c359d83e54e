package httpapi

import (
	"testing"
	"time"

	"github.com/coder/websocket"

	"loramanager/internal/events"
	"loramanager/internal/lora"
)

// page is what a browser says when it opens a live connection.
func (c *club) page(headers []string) []string {
	return append([]string{"Origin: " + c.http.URL}, headers...)
}

func TestPromise8_WhatIsRevokedEndsItsLiveConnections(t *testing.T) {
	t.Parallel()
	for _, revoke := range []struct {
		name string
		do   func(c *club, of *guest)
	}{
		{"the session is revoked from another browser", func(c *club, of *guest) {
			c.enter(of.account, time.Now().Add(time.Hour)).do("DELETE", "/account/sessions/"+of.session.ID, nil, 204, nil)
		}},
		{"the user logs out", func(_ *club, of *guest) { of.do("DELETE", "/session", nil, 204, nil) }},
		{"the account is disabled", func(c *club, of *guest) {
			c.do("PATCH", "/users/"+of.account.ID, map[string]any{"disabled": true}, 200, nil)
		}},
		{"the role changes", func(c *club, of *guest) {
			c.do("PATCH", "/users/"+of.account.ID, map[string]any{"role": "viewer"}, 200, nil)
		}},
		{"the account is removed", func(c *club, of *guest) { c.do("DELETE", "/users/"+of.account.ID, nil, 204, nil) }},
		{"an administrator logs it out", func(c *club, of *guest) { c.do("DELETE", "/users/"+of.account.ID+"/sessions", nil, 204, nil) }},
	} {
		t.Run(revoke.name, func(t *testing.T) {
			t.Parallel()
			c := openClub(t, 0)
			c.join("boss", lora.Administrator)
			ann, bob := c.join("ann", lora.Editor), c.join("bob", lora.Editor)
			hers, _ := c.connect(t, c.page(ann.as)...)
			his, _ := c.connect(t, c.page(bob.as)...)
			his.say(`{"type":"subscribe"}`)
			his.expect("subscription_confirmed")
			revoke.do(c, ann)
			if code := hers.ended(); code != websocket.StatusPolicyViolation {
				t.Errorf("closed with %d", code)
			}
			c.hub.Announce("adapters_changed", map[string]any{"ids": []string{}})
			his.expect("adapters_changed") // and nothing of her
		})
	}
}

func TestPromise8_KeysAndLoginsThatEndCloseTheirConnections(t *testing.T) {
	t.Parallel()
	c := openClub(t, 0)
	ann := c.join("ann", lora.Editor)
	var key KeyCreated
	ann.do("POST", "/account/keys", map[string]any{"name": "watcher", "scopes": []string{"read"}}, 201, &key)
	program, _ := c.connect(t, "Authorization: Bearer "+key.Secret)
	browser, _ := c.connect(t, c.page(ann.as)...)
	ann.do("DELETE", "/account/keys/"+key.Key.ID, nil, 204, nil)
	if code := program.ended(); code != websocket.StatusPolicyViolation {
		t.Errorf("the program's was closed with %d", code)
	}
	brief, _ := c.connect(t, c.page(c.enter(ann.account, time.Now().Add(1500*time.Millisecond)).as)...)
	if code := brief.ended(); code != websocket.StatusPolicyViolation {
		t.Errorf("the expired one was closed with %d", code)
	}
	browser.say(`{"type":"subscribe"}`)
	browser.expect("subscription_confirmed")
	if _, _, err := c.dial(t, c.page([]string{"Authorization: Bearer " + key.Secret})...); err == nil {
		t.Error("a revoked key opens a connection")
	}
}

func TestPromise8_FramesAreForThoseWhoMaySeeThem(t *testing.T) {
	t.Parallel()
	c := openClub(t, 0)
	viewer, operator := c.join("viewer", lora.Viewer), c.join("operator", lora.Operator)
	low, _ := c.connect(t, c.page(viewer.as)...)
	high, _ := c.connect(t, c.page(operator.as)...)
	for _, l := range []*line{low, high} {
		l.say(`{"type":"subscribe"}`)
		l.expect("subscription_confirmed")
	}
	for _, event := range []string{EventSystemChanged, EventTransferChanged, EventBackupsChanged, EventDownloadChanged} {
		c.hub.Announce(event, struct{}{})
	}
	operator.do("PATCH", "/settings", map[string]any{"theme": "dark"}, 200, nil)
	c.hub.Announce("adapters_changed", struct{}{})
	low.expect("adapters_changed")
	for _, event := range []string{EventSystemChanged, EventTransferChanged, EventBackupsChanged, EventDownloadChanged, eventSettingsChanged, "adapters_changed"} {
		high.expect(event)
	}
}

func TestPromise8_NewsFromAnotherServerCountsAsWell(t *testing.T) {
	t.Parallel()
	e := events.Event{Type: eventAccountChanged, Data: []byte(nil)}
	ann := &lora.Actor{AccountID: "ann", Via: viaSession, SessionID: "s"}
	if mayHear(ann, e) {
		t.Error("an event without data is for nobody")
	}
}
