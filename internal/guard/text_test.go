package guard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSafeHTMLKeepsTextAndDropsWhatRuns(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"<p>Hello <b>you</b></p>":                         "<p>Hello <b>you</b></p>",
		"<h2>Use</h2><ul><li>one</li></ul>":               "<h2>Use</h2><ul><li>one</li></ul>",
		`<a href="https://e.example/x">x</a>`:             `<a href="https://e.example/x" rel="nofollow noreferrer noopener" target="_blank">x</a>`,
		`<a href="http://e.example/">x</a>`:               "x",
		`<a href="javascript:alert(1)">x</a>`:             "x",
		`<a href="/relative">x</a>`:                       "x",
		`<a href="data:text/html,x">x</a>`:                "x",
		`<p style="color:red" onclick="x()" id="a">x</p>`: "<p>x</p>",
		`<img src="https://e.example/a.png" onerror=x>`:   "",
		"<script>alert(1)</script>after":                  "after",
		"<style>p{}</style><iframe src=x></iframe>after":  "after",
		"<svg onload=alert(1)><math><mtext></svg>":        "",
		"a < b & c": "a &lt; b &amp; c",
		"<details open ontoggle=alert(1)>x</details>":                     "x",
		"<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">": "&#34;&gt;",
	} {
		if got := SafeHTML(in); strings.TrimSpace(got) != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
	if got := SafeHTML(strings.Repeat("é", mib)); len(got) > Default().HTMLBytes || !utf8.ValidString(got) {
		t.Errorf("%d bytes came through", len(got))
	}
}

func TestPromise6_ASecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	const text = "hunter2"
	secret := Secret(text)
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
		slog.New(handler).Info("m", "key", secret, "struct", struct{ K Secret }{secret})
	}
	encoded, err := json.Marshal(map[string]any{"k": secret, "list": []Secret{secret}})
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{log.String(), string(encoded), fmt.Sprint(secret), fmt.Sprintf("%v %+v %#v %s %q %x %X %d", secret, secret, secret, secret, secret, secret, secret, secret),
		fmt.Sprintf("%+v", struct{ K Secret }{secret}), fmt.Sprintf("%#v", struct{ K Secret }{secret}), secret.String(), fmt.Errorf("x %w", fmt.Errorf("%v", secret)).Error()}
	for _, s := range shown {
		if strings.Contains(s, text) || strings.Contains(s, fmt.Sprintf("%x", text)) || !strings.Contains(s, hidden) {
			t.Errorf("shown as %s", s)
		}
	}
	if secret.Reveal() != text || !secret.Matches(text) || secret.Matches("hunter") || Secret("").Matches("") {
		t.Error("the secret does not work as one")
	}
}
