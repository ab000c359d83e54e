package security

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

func TestRow14_EveryOperationNeedsTheKey(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{Env: []string{"API_KEY=" + theKey}})
	key := "X-API-Key: " + theKey
	list := described(t, s, "x", key)
	for _, plain := range []string{"/pictures/" + strings.Repeat("a", 64), "/pictures/" + strings.Repeat("a", 64) + "/thumbnail", "/generation/results/x/download", "/ws/progress"} {
		list = append(list, operation{"GET", "/api/v1" + plain})
	}
	list = append(list, operation{"GET", "/api/docs"}, operation{"GET", "/api/openapi.json"})
	open := 0
	for _, o := range list {
		if o.path == "/api/v1/session" || strings.HasPrefix(o.path, "/api/v1/session/") { // where one logs in
			open++
			continue
		}
		for _, body := range []string{"", "{}", "not JSON"} {
			if o.method == "GET" && body != "" {
				continue
			}
			if r := s.Ask(o.method, o.path, body); r.Status != 401 && r.Status != 403 {
				t.Errorf("%s %s answers without a key: %d %.200s", o.method, o.path, r.Status, r.Body)
			}
		}
	}
	if open != 9 {
		t.Errorf("%d operations are for logging in", open)
	}
}

const (
	enginePass   = "eng1ne-Passw0rd-5d1c"
	sdnextPass   = "sdn3xt-Passw0rd-77b2"
	deliverySign = "d3livery-S3cret-90ac"
)

// repeating is an engine, or a target of deliveries, that repeats in its answers whatever
// it was sent.
func repeating(t *testing.T) *httptest.Server {
	t.Helper()
	fake := enginetest.NewA1111(enginetest.A1111Options{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !enginetest.Generations(r) && strings.HasPrefix(r.URL.Path, "/sdapi") {
			fake.ServeHTTP(w, r)
			return
		}
		user, password, _ := r.BasicAuth()
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Repeated", r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusBadRequest)
		text, _ := json.Marshal(map[string]any{"detail": fmt.Sprint("no: ", user, " ", password, " ", r.Header)}) // texts
		_, _ = w.Write(text)
	}))
	t.Cleanup(server.Close)
	t.Cleanup(fake.Close)
	return server
}

func TestRow14_PasswordsOfEnginesAndDeliveriesAreNowhereToBeFound(t *testing.T) {
	t.Parallel()
	engine := repeating(t)
	s := harness.Start(t, harness.Options{
		Env:   []string{"SDNEXT_BASE_URL=" + engine.URL, "SDNEXT_USERNAME=user", "SDNEXT_PASSWORD=" + sdnextPass, "LORAMANAGER_DELIVERY_SECRET=" + deliverySign},
		Flags: []string{"--delivery-allow", strings.TrimPrefix(engine.URL, "http://"), "--log-level", "debug"},
	})
	var seen strings.Builder
	note := func(what string, r *harness.Reply) {
		seen.WriteString(what + ": " + string(r.Body) + "\n")
		for name, values := range r.Header {
			seen.WriteString(name + ": " + strings.Join(values, ", ") + "\n")
		}
	}
	body := map[string]any{"name": "theirs", "kind": "a1111", "url": engine.URL, "username": "user", "password": enginePass}
	note("adding an engine", s.Ask("POST", "/api/v1/engines", asJSON(t, body)))
	note("adding it twice", s.Ask("POST", "/api/v1/engines", asJSON(t, body)))
	note("testing it", s.Ask("POST", "/api/v1/engines/theirs/test", "{}"))
	note("testing it with another address", s.Ask("POST", "/api/v1/engines/test", asJSON(t, map[string]any{"name": "theirs", "kind": "a1111", "url": "http://127.0.0.1:1", "username": "user"})))
	note("changing it", s.Ask("PUT", "/api/v1/engines/theirs", asJSON(t, map[string]any{"name": "theirs", "kind": "a1111", "url": engine.URL, "username": "user"})))
	body["url"], body["name"] = "http://user:"+enginePass+"@127.0.0.1:1", "other"
	refused := s.Ask("POST", "/api/v1/engines", asJSON(t, body))
	if refused.Status != 422 || strings.Contains(string(refused.Body), enginePass) {
		t.Errorf("a password in an address: %d %.300s", refused.Status, refused.Body)
	}
	ids := []string{generate(t, s, "theirs", nil), generate(t, s, "sdnext", nil), deliver(t, s, "http", "x", map[string]any{"url": engine.URL + "/hook"})}
	for _, id := range ids {
		if m := final(t, s, id); m.RawStatus != lora.JobFailed {
			t.Errorf("%+v", m)
		}
	}
	for _, id := range append(ids, "theirs") {
		for _, o := range described(t, s, id) {
			if o.method == "GET" {
				path := strings.Replace(o.path, "/engines/sketch", "/engines/theirs", 1)
				note(path, s.Ask("GET", path, ""))
			}
		}
	}
	note("the settings of the page", s.Ask("GET", "/frontend/settings", ""))
	s.Stop()
	for what, text := range map[string]string{"the log": s.Log(), "what clients saw": seen.String()} {
		for _, secret := range []string{enginePass, sdnextPass, deliverySign} {
			for _, form := range []string{secret, url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte("user:" + secret))} {
				if at := strings.Index(text, form); at >= 0 {
					t.Errorf("%s holds %s: %s", what, form, around(text, at))
				}
			}
		}
	}
	wantNoneInFiles(t, s.Data, deliverySign)
	wantNoneInFiles(t, s.Data, sdnextPass)
}

// A password is for one engine at one address; whoever edits the address does not get it.
func TestRow14_APasswordIsNotSentToAnotherAddress(t *testing.T) {
	t.Parallel()
	heard := make(chan string, 1000)
	listening := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { heard <- r.Header.Get("Authorization") }))
	t.Cleanup(listening.Close)
	s := harness.Start(t, harness.Options{})
	addEngine(t, s, "theirs", lora.A1111, fakeEngine(t, "").URL, map[string]any{"username": "user", "password": enginePass})
	moved := map[string]any{"name": "theirs", "kind": "a1111", "url": listening.URL, "username": "user"}
	s.Call("POST", "/api/v1/engines/test", moved, nil)
	wantField(t, "another address with the old password", s.Ask("PUT", "/api/v1/engines/theirs", asJSON(t, moved)), "body.password")
	moved["password"] = ""
	s.Call("PUT", "/api/v1/engines/theirs", moved, nil)
	s.Ask("POST", "/api/v1/engines/theirs/test", "{}")
	s.Stop()
	if len(heard) == 0 {
		t.Fatal("nobody called")
	}
	close(heard)
	for header := range heard {
		if strings.Contains(header, base64.StdEncoding.EncodeToString([]byte("user:"+enginePass))) {
			t.Errorf("the other address heard %q", header)
		}
	}
}
