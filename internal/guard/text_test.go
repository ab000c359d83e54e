package guard

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"loramanager/internal/lora"
)

func deflated(t *testing.T, data []byte) string {
	t.Helper()
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func pngWith(chunks ...[]byte) []byte {
	out := append([]byte(pngSignature), pngChunk("IHDR", make([]byte, 13))...)
	for _, c := range chunks {
		out = append(out, c...)
	}
	return append(out, pngChunk("IEND", nil)...)
}

func TestPNGTextsAreReadInAllThreeForms(t *testing.T) {
	t.Parallel()
	data := pngWith(
		pngChunk("tEXt", []byte("parameters\x00a cat, \xe9t\xe9")),
		pngChunk("IDAT", []byte("pixels")),
		pngChunk("zTXt", []byte("workflow\x00\x00"+deflated(t, []byte(`{"nodes":[]}`)))),
		pngChunk("iTXt", []byte("prompt\x00\x00\x00\x00\x00日本語")),
		pngChunk("iTXt", []byte("Comment\x00\x01\x00en\x00Kommentar\x00"+deflated(t, []byte("packed")))),
	)
	want := []TextChunk{{"parameters", "a cat, été"}, {"workflow", `{"nodes":[]}`}, {"prompt", "日本語"}, {"Comment", "packed"}}
	got, err := PNGText(bytes.NewReader(data), Default())
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestPNGTextKeepsItsBudgets(t *testing.T) {
	t.Parallel()
	bomb := deflated(t, make([]byte, 8*mib))
	good := pngChunk("tEXt", []byte("k\x00v"))
	cases := map[string]struct {
		data []byte
		want int
	}{
		"an inflate bomb is left out":           {pngWith(pngChunk("zTXt", []byte("k\x00\x00"+bomb)), good), 1},
		"a packed iTXt bomb is left out":        {pngWith(pngChunk("iTXt", []byte("k\x00\x01\x00\x00\x00"+bomb)), good), 1},
		"a chunk over 1 MiB is left out":        {pngWith(pngChunk("tEXt", append([]byte("k\x00"), make([]byte, mib)...)), good), 1},
		"only 64 chunks are read":               {pngWith(bytes.Repeat(good, 200)), 64},
		"damaged deflate is left out":           {pngWith(pngChunk("zTXt", []byte("k\x00\x00garbage")), good), 1},
		"an unknown method is left out":         {pngWith(pngChunk("zTXt", []byte("k\x00\x07"+bomb)), good), 1},
		"a chunk without keyword is left out":   {pngWith(pngChunk("tEXt", []byte("\x00v")), pngChunk("tEXt", []byte("no separator")), good), 1},
		"an iTXt cut short is left out":         {pngWith(pngChunk("iTXt", []byte("k\x00\x00")), pngChunk("iTXt", []byte("k\x00\x00\x00en")), good), 1},
		"a file that ends early keeps the rest": {append(append([]byte(pngSignature), good...), 0, 0, 1, 0, 't', 'E'), 1},
		"a length that lies ends the file":      {append(append([]byte(pngSignature), good...), 0, 0, 255, 0, 't', 'E', 'X', 't', 'k', 0, 'v'), 1},
		"a length of 4 GiB ends the file":       {append(append([]byte(pngSignature), good...), 255, 255, 255, 255, 'I', 'D', 'A', 'T'), 1},
	}
	for name, c := range cases {
		got, err := PNGText(bytes.NewReader(c.data), Default())
		if err != nil || len(got) != c.want {
			t.Errorf("%s: %d chunks, %v", name, len(got), err)
		}
	}
	_, err := PNGText(strings.NewReader("<svg>"), Default())
	wantCode(t, err, lora.Invalid)
}

func FuzzPNGText(f *testing.F) {
	f.Add(pngWith(pngChunk("tEXt", []byte("k\x00v"))))
	f.Add(pngWith(pngChunk("iTXt", []byte("k\x00\x01\x00en\x00x\x00\x78\x9c"))))
	f.Fuzz(func(t *testing.T, data []byte) {
		chunks, err := PNGText(bytes.NewReader(data), Default())
		if lora.CodeOf(err) == lora.Internal {
			t.Fatal(err)
		}
		for _, c := range chunks {
			if !utf8.ValidString(c.Keyword) || !utf8.ValidString(c.Text) || len(c.Text) > 3*mib {
				t.Fatalf("%q: %d bytes", c.Keyword, len(c.Text))
			}
		}
	})
}

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
