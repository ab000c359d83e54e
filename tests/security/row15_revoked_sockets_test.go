package security

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/coder/websocket"

	"loramanager/internal/lora"
)

// over waits until the server has ended the connection, and tells its code.
func (w *wire) over() websocket.StatusCode {
	w.t.Helper()
	for {
		if _, err := w.next(); err != nil {
			var closed websocket.CloseError
			if !errors.As(err, &closed) {
				w.t.Fatalf("the connection ended without a word: %v", err)
			}
			return closed.Code
		}
	}
}

func TestRow15_LiveConnectionsEndWithTheRightThatOpenedThem(t *testing.T) {
	t.Parallel()
	g := withAccounts(t)
	people := 0
	for what, revoke := range map[string]func(id, cookie string){
		"logging out":                           func(_, cookie string) { g.as(cookie, "DELETE", "/session", nil, nil) },
		"the session ended by an administrator": func(id, _ string) { g.as(g.boss, "DELETE", "/users/"+id+"/sessions", nil, nil) },
		"the account disabled":                  func(id, _ string) { g.as(g.boss, "PATCH", "/users/"+id, map[string]any{"disabled": true}, nil) },
		"the account removed":                   func(id, _ string) { g.as(g.boss, "DELETE", "/users/"+id, nil, nil) },
		"the password reset":                    func(id, _ string) { g.as(g.boss, "POST", "/users/"+id+"/password", nil, nil) },
		"the role taken away":                   func(id, _ string) { g.as(g.boss, "PATCH", "/users/"+id, map[string]any{"role": lora.Viewer}, nil) },
	} {
		t.Run(what, func(t *testing.T) {
			g := g
			g.t = t
			people++
			id, cookie := g.person("someone-"+strconv.Itoa(people), lora.Editor)
			w := connect(t, g.Server, "Origin: "+g.Base, cookie)
			bystander := connect(t, g.Server, "Origin: "+g.Base, g.boss)
			began := time.Now()
			revoke(id, cookie)
			if code := w.over(); code != websocket.StatusPolicyViolation {
				t.Errorf("ended with %d", code)
			}
			t.Logf("ended after %s; the promise is a second", time.Since(began))
			bystander.send(`{"type":"ping"}`)
			if _, err := bystander.next(); err != nil {
				t.Errorf("the connection of somebody else ended too: %v", err)
			}
		})
	}
}

func TestRow15_LiveConnectionsOfAnAPIKeyEndWithIt(t *testing.T) {
	t.Parallel()
	g := withAccounts(t)
	var made struct {
		Key    lora.APIKey `json:"key"`
		Secret string      `json:"secret"`
	}
	g.as(g.boss, "POST", "/account/keys", map[string]any{"name": "script", "scopes": []lora.Scope{lora.ScopeRead}}, &made)
	w := connect(t, g.Server, "Authorization: Bearer "+made.Secret)
	g.as(g.boss, "DELETE", "/account/keys/"+made.Key.ID, nil, nil)
	if code := w.over(); code != websocket.StatusPolicyViolation {
		t.Errorf("ended with %d", code)
	}
	if w, status := dial(t, g.Server, nil, "Authorization: Bearer "+made.Secret); w != nil || status != 401 {
		t.Errorf("a removed key opens a connection: %d", status)
	}
}
