package security

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

func xssPayloads(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/xss.json")
	if err != nil {
		t.Fatal(err)
	}
	var payloads []string
	if err := json.Unmarshal(data, &payloads); err != nil {
		t.Fatal(err)
	}
	if len(payloads) < 30 {
		t.Fatalf("only %d payloads", len(payloads))
	}
	return payloads
}

// allowedTag is everything that may stand between < and > in a description. It is
// written down here once more, so that a slip in the sanitiser's own list shows.
var (
	anyTag     = regexp.MustCompile(`(?s)<[^>]*>?`)
	allowedTag = regexp.MustCompile(`^</?(p|ul|ol|li|b|i|em|strong|code|pre|br|h[1-6]|a)/?>$`)
	allowedA   = regexp.MustCompile(`^<a href="https://[^"<>]*"( rel="[a-z ]+"| target="_blank")+>$`)
)

func wantSafe(t *testing.T, where, html string) {
	t.Helper()
	for _, tag := range anyTag.FindAllString(html, -1) {
		if !allowedTag.MatchString(tag) && !allowedA.MatchString(tag) {
			t.Errorf("%s lets %q through in %q", where, tag, html)
		}
	}
}

// wantData checks that a reply can be taken for nothing but data.
func wantData(t *testing.T, what string, r *harness.Reply) {
	t.Helper()
	kind := r.Header.Get("Content-Type")
	if kind != "application/json" && kind != "application/problem+json" || r.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s comes as %q, sniffing %q", what, kind, r.Header.Get("X-Content-Type-Options"))
	}
	csp := r.Header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'self'") || !strings.Contains(csp, "script-src 'self';") || !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Errorf("%s has the policy %q", what, csp)
	}
}

func TestRow09_WhatUsersTypeComesBackAsDataAndDescriptionsAreSanitised(t *testing.T) {
	t.Parallel()
	s, _, a := one(t, harness.Options{})
	path := "/api/v1/adapters/" + a.ID
	for _, payload := range xssPayloads(t) {
		for _, field := range []string{"name", "version", "author_username", "description", "activation_text", "negative_text", "notes", "archetype", "sd_version", "visibility", "base_model"} {
			r := s.Ask("PATCH", path, asJSON(t, map[string]string{field: payload}))
			wantData(t, "an edit of "+field, r)
			if r.Status >= 500 {
				t.Errorf("%s = %q: %d %s", field, payload, r.Status, r.Body)
			}
		}
		for _, field := range []string{"tags", "triggers", "trained_words"} {
			wantData(t, "an edit of "+field, s.Ask("PATCH", path, asJSON(t, map[string][]string{field: {payload}})))
		}
		for _, read := range []string{path, "/api/v1/adapters", "/api/v1/adapters/tags", "/api/v1/adapters/facets", "/api/v1/library/summary"} {
			wantData(t, read, s.Ask("GET", read, ""))
		}
		now := readDetail(t, s, a.ID).Adapter
		if now.Description != nil {
			wantSafe(t, "the description", *now.Description)
		}
		if now.Notes != payload && !strings.ContainsAny(payload, "\x00\x01") {
			t.Errorf("notes are text and stay %q, got %q", payload, now.Notes)
		}
	}
}

func TestRow09_AddressesThatRunAreRefused(t *testing.T) {
	t.Parallel()
	s, _, a := one(t, harness.Options{})
	for _, address := range []string{
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "\tjavascript:alert(1)", "java\nscript:alert(1)", "data:text/html,<script>alert(1)</script>",
		"vbscript:x", "file:///etc/passwd", "blob:https://x/1", "//evil.example/x", "ftp://x/",
	} {
		if r := s.Ask("PATCH", "/api/v1/adapters/"+a.ID, asJSON(t, map[string]string{"source_url": address})); r.Status < 400 || r.Status >= 500 {
			t.Errorf("%q: %d %s", address, r.Status, r.Body)
		}
	}
	if url := readDetail(t, s, a.ID).Adapter.SourceURL; url != nil {
		t.Errorf("it was kept: %q", *url)
	}
}

// The same payloads in what other programs wrote: file names, headers, sidecars.
func TestRow09_WhatFilesSayIsSanitisedToo(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for i, payload := range xssPayloads(t) {
		name := strings.Map(func(r rune) rune {
			if r < ' ' || r == '/' {
				return -1
			}
			return r
		}, payload)
		payload = strings.ReplaceAll(payload, "\x00", "") // a header that holds one is refused, see row 3
		stem := string(rune('a'+i/26)) + string(rune('a'+i%26)) + name
		write(t, root, stem+".safetensors", good(t, map[string]string{
			"modelspec.title": payload, "modelspec.description": payload, "modelspec.author": payload, "modelspec.trigger_phrase": payload,
			"ss_tag_frequency": asJSON(t, map[string]map[string]int{payload: {payload: 3}}), "ss_output_name": payload, "ss_training_comment": payload,
		}, byte(i)))
		write(t, root, stem+".metadata.json", []byte(asJSON(t, map[string]any{
			"file_name": stem, "model_name": payload, "modelDescription": payload, "notes": payload, "tags": []string{payload}, "base_model": payload,
			"civitai": map[string]any{
				"id": 1, "modelId": 2, "name": payload, "description": payload, "trainedWords": []string{payload},
				"model": map[string]any{"name": payload, "description": payload, "tags": []string{payload}}, "creator": map[string]any{"username": payload},
			},
		})))
	}
	s := harness.Start(t, harness.Options{})
	if _, scan := s.AddRoot(root); scan.State != lora.ScanFinished || scan.Counts.Added != len(xssPayloads(t)) {
		t.Errorf("the scan ended as %s with %+v", scan.State, scan.Counts)
	}
	described := 0
	for _, a := range s.Adapters("") {
		if a.Description != nil && *a.Description != "" {
			described++
			wantSafe(t, "the description of "+a.FileName, *a.Description)
		}
		if a.SourceURL != nil && !strings.HasPrefix(*a.SourceURL, "https://") && !strings.HasPrefix(*a.SourceURL, "http://") {
			t.Errorf("%s came from %q", a.FileName, *a.SourceURL)
		}
		for _, path := range []string{"", "/inspect", "/digests", "/preview"} {
			wantDataOrPicture(t, s.Ask("GET", "/api/v1/adapters/"+a.ID+path, ""))
		}
	}
	if described < 10 {
		t.Errorf("only %d adapters have a description, so nothing was tried", described)
	}
}

func wantDataOrPicture(t *testing.T, r *harness.Reply) {
	t.Helper()
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "image/") {
		wantData(t, "a reply", r)
	}
}

// A payload in an address must not come back as part of a page.
func TestRow09_AddressesAreNotReflectedIntoPages(t *testing.T) {
	t.Parallel()
	s, _, _ := one(t, harness.Options{})
	for _, path := range []string{
		"/<script>alert(1)</script>", "/library/<img src=x onerror=alert(1)>", "/library?q=<script>alert(1)</script>", "/api/docs?x=<script>alert(1)</script>",
		"/api/<script>alert(1)</script>", "/assets/<script>alert(1)</script>.js", "/frontend/settings?callback=alert", "/api/v1/adapters?q=<script>alert(1)</script>:x",
		"/api/v1/adapters?sort=<script>alert(1)</script>", "/api/v1/adapters?page=<script>alert(1)</script>", "/api/v1/adapters?order=<script>alert(1)</script>",
	} {
		r := s.Raw("GET " + strings.ReplaceAll(path, " ", "%20") + " HTTP/1.1\r\nHost: " + strings.TrimPrefix(s.Base, "http://") + "\r\nConnection: close\r\n\r\n")
		if strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") && strings.Contains(string(r.Body), "alert") {
			t.Errorf("%s comes back in a page: %.300s", path, r.Body)
		}
		if r.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s may be sniffed", path)
		}
	}
}
