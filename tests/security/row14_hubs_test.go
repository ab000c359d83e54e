package security

import (
	"bytes"
	"encoding/base64"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"

	"loramanager/tests/fakehub"
	"loramanager/tests/harness"
)

const (
	hubToken   = "hub-token-8f3a61-never-told"
	archiveKey = "archive passphrase 5d0c77, never told"
	otherKey   = "wrong passphrase 91be02, never told"
)

// form is an import form with one archive.
func form(t *testing.T, config string, archive []byte) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("files", "library.zip.age")
	if err == nil {
		_, err = part.Write(archive)
	}
	if err == nil {
		err = w.WriteField("config", config)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

func TestRow14_TokensOfHubsAndPassphrasesOfArchivesAreNowhereToBeFound(t *testing.T) {
	t.Parallel()
	fake := fakehub.New(fakehub.Sample())
	t.Cleanup(fake.Close)
	fake.Token = hubToken
	s := harness.Start(t, harness.Options{
		Env:   []string{"CIVITAI_TOKEN=" + hubToken, "HF_TOKEN=" + hubToken},
		Flags: []string{"--civitai-url", fake.URL(), "--huggingface-url", fake.URL(), "--hub-file-hosts", fake.FileHost(), "--log-level", "debug"},
	})
	var seen strings.Builder
	note := func(what string, r *harness.Reply) *harness.Reply {
		seen.WriteString(what + ": " + string(r.Body) + "\n")
		for name, values := range r.Header {
			seen.WriteString(name + ": " + strings.Join(values, ", ") + "\n")
		}
		return r
	}
	const wanted = `{"hub":"civitai","version_id":"5002"}`
	if r := note("a peek", s.Ask("POST", "/api/v1/hub/peek", wanted)); r.Status != 200 {
		t.Errorf("a peek: %d %.300s", r.Status, r.Body)
	}
	for _, fault := range []fakehub.Fault{fakehub.Unauthorised, fakehub.Forbidden, fakehub.LoginPage, fakehub.Loop} {
		fake.Show(fault, 1)
		note("a peek with "+string(fault), s.Ask("POST", "/api/v1/hub/peek", wanted))
	}
	archive := note("an encrypted export", s.Ask("POST", "/api/v1/export", asJSON(t, map[string]any{"loras": true, "user_data": true, "encrypt": true, "password": archiveKey})))
	if archive.Status != 200 || !strings.HasPrefix(string(archive.Body), "age-encryption.org/") {
		t.Fatalf("an encrypted export: %d %.100q", archive.Status, archive.Body)
	}
	note("a planned export", s.Ask("POST", "/api/v1/exports", asJSON(t, map[string]any{"user_data": true, "encrypt": true, "password": archiveKey})))
	note("a refused export", s.Ask("POST", "/api/v1/exports", asJSON(t, map[string]any{"user_data": true, "password": archiveKey})))
	for _, key := range []string{archiveKey, otherKey} {
		body, kind := form(t, asJSON(t, map[string]any{"mode": "preview", "password": key}), archive.Body)
		r := note("an import", s.Ask("POST", "/api/v1/import", body, "Content-Type: "+kind))
		if ok := strings.Contains(string(r.Body), `"success":true`); r.Status != 200 || ok != (key == archiveKey) {
			t.Errorf("an import with %q: %d %.300s", key, r.Status, r.Body)
		}
	}
	note("an import of nothing", s.Ask("POST", "/api/v1/imports", asJSON(t, map[string]any{"upload_ids": []string{"x"}, "target_root_id": "x", "passphrase": otherKey, "identities": []string{otherKey}})))
	for _, path := range []string{"/api/v1/transfers?limit=200", "/api/v1/hub", "/api/v1/downloads", "/api/v1/backups", "/api/v1/system/status", "/frontend/settings", "/metrics"} {
		note(path, s.Ask("GET", path, ""))
	}
	for _, request := range fake.Seen("") {
		if strings.Contains(request.Path, hubToken) {
			t.Errorf("an address holds the token: %s", request.Path)
		}
		if request.Authorization != "" && "http://"+request.Host != fake.URL() {
			t.Errorf("%s was told the token", request.Host)
		}
	}
	s.Stop()
	for what, text := range map[string]string{"the log": s.Log(), "what clients saw": seen.String()} {
		for _, secret := range []string{hubToken, archiveKey, otherKey} {
			for _, written := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret))} {
				if at := strings.Index(text, written); at >= 0 {
					t.Errorf("%s holds %s: %s", what, written, around(text, at))
				}
			}
		}
	}
	for _, secret := range []string{hubToken, archiveKey, otherKey} {
		wantNoneInFiles(t, s.Data, secret)
	}
}
