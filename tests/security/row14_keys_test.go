package security

import (
	"encoding/base64"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"loramanager/tests/harness"
)

const (
	theKey   = "k3y-S3cret-4f9c2b71d0e8"
	thePass  = "db-p4ssw0rd-77aa01"
	wrongKey = "wr0ng-S3cret-4f9c2b71d0"
)

func TestRow14_TheKeyIsNowhereToBeFound(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, root, "a.safetensors", good(t, nil, 1))
	s := harness.Start(t, harness.Options{Env: []string{"API_KEY=" + theKey}, Flags: []string{"--log-level", "debug"}, Roots: []string{root}})
	key := "X-API-Key: " + theKey
	var seen strings.Builder
	note := func(what string, r *harness.Reply) {
		seen.Write(r.Body)
		for name, values := range r.Header {
			seen.WriteString(name + ": " + strings.Join(values, ", ") + "\n")
		}
		if strings.Contains(string(r.Body), theKey) {
			t.Errorf("%s tells the key: %.300s", what, r.Body)
		}
	}
	for _, headers := range [][]string{nil, {key}, {"Authorization: Bearer " + theKey}, {"X-API-Key: " + wrongKey}} {
		for _, path := range []string{
			"/frontend/settings", "/", "/index.html", "/library", "/api/docs", "/api/openapi.json", "/health", "/api/health", "/readyz", "/livez",
			"/api/v1/version", "/api/v1/session", "/api/v1/settings", "/api/v1/library/summary", "/api/v1/adapters", "/api/v1/roots", "/api/v1/adapters?q=nofield:x", "/api/v1/nothing",
		} {
			note(path, s.Ask("GET", path, "", headers...))
		}
	}
	note("a login", s.Ask("POST", "/api/v1/session", `{"key":"`+theKey+`"}`, "Origin: "+s.Base))
	note("a wrong login", s.Ask("POST", "/api/v1/session", `{"key":"`+wrongKey+`"}`))
	note("a login of the wrong type", s.Ask("POST", "/api/v1/session", `{"key":["`+theKey+`"]}`))
	note("a broken login", s.Ask("POST", "/api/v1/session", `{"key":"`+theKey))
	note("a login with a stray field", s.Ask("POST", "/api/v1/session", `{"key":"`+theKey+`","`+theKey+`":1}`))
	note("a key that is too long", s.Ask("POST", "/api/v1/session", `{"key":"`+strings.Repeat(theKey, 200)+`"}`))
	note("settings", s.Ask("PATCH", "/api/v1/settings", `{"apiKey":"`+theKey+`"}`, key))
	for _, asset := range regexp.MustCompile(`assets/[\w.-]+`).FindAllString(seen.String(), -1) {
		note(asset, s.Ask("GET", "/"+asset, "", key))
	}
	s.Stop()
	for what, text := range map[string]string{"the log": s.Log(), "what clients saw": strings.ReplaceAll(seen.String(), "echo of the test's own request", "")} {
		for _, form := range []string{theKey, base64.StdEncoding.EncodeToString([]byte(theKey)), url.QueryEscape(theKey)} {
			if at := strings.Index(text, form); at >= 0 {
				t.Errorf("%s holds the key: %s", what, around(text, at))
			}
		}
		if at := strings.Index(text, wrongKey); at >= 0 {
			t.Errorf("%s holds a key that somebody tried: %s", what, around(text, at))
		}
	}
	wantNoneInFiles(t, s.Data, theKey)
}

func wantNoneInFiles(t *testing.T, dir, secret string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), secret) {
			t.Errorf("%s holds the key", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// An address ends up in histories, logs and referrers, so a key in it counts for nothing.
func TestRow14_AKeyInAnAddressIsNoKey(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{Env: []string{"API_KEY=" + theKey}})
	for _, name := range []string{"token", "key", "api_key", "apikey", "api-key", "access_token", "X-API-Key", "auth", "session"} {
		if r := s.Ask("GET", "/api/v1/adapters?"+name+"="+theKey, ""); r.Status != 403 {
			t.Errorf("?%s= lets in: %d", name, r.Status)
		}
	}
	for _, header := range []string{"Cookie: loramanager_session=" + theKey, "Cookie: key=" + theKey, "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("x:"+theKey)), "Authorization: " + theKey, "X-API-Key: " + theKey + "x", "X-API-Key: " + theKey[1:], "X-API-Key: " + strings.ToUpper(theKey)} {
		if r := s.Ask("GET", "/api/v1/adapters", "", header); r.Status != 403 {
			t.Errorf("%s lets in: %d", header, r.Status)
		}
	}
}

func TestRow14_SecretsStayOutOfErrorsOfTheStart(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"postgres://user:" + thePass + "@127.0.0.1:1/none", "postgres://user:" + thePass + "@[::1/none", "postgres://user:" + thePass + "@127.0.0.1:port/none",
		"mysql://user:" + thePass + "@127.0.0.1/none",
	} {
		out := harness.Run(t, "serve", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--database-url", address, "--api-key", theKey)
		if out.Code == 0 || strings.Contains(out.Out+out.Stderr, thePass) || strings.Contains(out.Out+out.Stderr, theKey) {
			t.Errorf("%s ended with %d: %s%s", address, out.Code, out.Out, out.Stderr)
		}
	}
	for _, args := range [][]string{{"serve", "--api-key"}, {"serve", "--api-key", theKey, "--no-such-flag"}, {"serve", "--api-key=" + theKey, "stray"}, {"--help", "--api-key", theKey}} {
		if out := harness.Run(t, args...); strings.Contains(out.Out+out.Stderr, theKey) {
			t.Errorf("%v: %s%s", args, out.Out, out.Stderr)
		}
	}
}

// Listening wider than this machine without a key would let everybody in.
func TestRow14_WithoutAKeyTheServerStaysOnThisMachine(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:0", "example.com:0", "[::ffff:192.0.2.1]:0"} {
		out := harness.Run(t, "serve", "--listen", address, "--data", t.TempDir())
		if out.Code != 2 || !strings.Contains(out.Stderr, "API_KEY") {
			t.Errorf("%s ended with %d: %s", address, out.Code, out.Stderr)
		}
	}
}
