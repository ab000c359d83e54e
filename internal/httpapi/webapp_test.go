package httpapi

import (
	"strings"
	"testing"
	"testing/fstest"

	"loramanager/internal/lora"
)

func TestTheWebAppAnswersEveryPlaceInIt(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{})
	for _, path := range []string{"/", "/index.html", "/library", "/library/0c7f?x=1", "/settings", "/no/such/place", "/library/odd.name"} {
		r := d.ask(t, "GET", path, "")
		if body := text(t, r); r.StatusCode != 200 || !strings.Contains(body, "<title>app</title>") || r.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %d %q", path, r.StatusCode, body)
		}
	}
	for _, path := range []string{"/assets/gone.js", "/favicon.ico", "/assets/app.js.br", "/../secret.txt", "/assets/../../x.js"} {
		problem(t, d.ask(t, "GET", path, ""), 404, lora.NotFound)
	}
}

func TestFilesComeCompressedAndAreKept(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{})
	for _, c := range []struct{ accepts, body, encoding string }{
		{"br, gzip", "brotli", "br"}, {"gzip", "gzip", "gzip"}, {"identity", "plain", ""}, {"br;q=0, gzip;q=0.5", "gzip", "gzip"},
	} {
		r := d.ask(t, "GET", "/assets/app.js", "", "Accept-Encoding: "+c.accepts)
		if got := text(t, r); got != c.body || r.Header.Get("Content-Encoding") != c.encoding {
			t.Errorf("%s: %q as %q", c.accepts, got, r.Header.Get("Content-Encoding"))
		}
		if r.Header.Get("Content-Type") != "text/javascript; charset=utf-8" || !strings.Contains(r.Header.Get("Cache-Control"), "immutable") ||
			!strings.Contains(strings.Join(r.Header.Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("%v", r.Header)
		}
		if again := d.ask(t, "GET", "/assets/app.js", "", "Accept-Encoding: "+c.accepts, "If-None-Match: "+r.Header.Get("ETag")); again.StatusCode != 304 {
			t.Errorf("%s: asked again: %d", c.accepts, again.StatusCode)
		}
	}
}

func TestWithoutAWebAppThePageSaysSo(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{Web: fstest.MapFS{}})
	r := d.ask(t, "GET", "/library", "")
	if body := text(t, r); r.StatusCode != 200 || !strings.Contains(body, "make build") {
		t.Errorf("%d %q", r.StatusCode, body)
	}
}

func TestBehindAPathTheAppFindsItself(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{BasePath: "/lora"})
	for _, path := range []string{"/", "/lora/", "/lora/library"} {
		if body := text(t, d.ask(t, "GET", path, "")); !strings.Contains(body, `<base href="/lora/"`) {
			t.Errorf("%s: %s", path, body)
		}
	}
	if r := d.ask(t, "GET", "/lora/api/health", ""); r.StatusCode != 200 {
		t.Errorf("the API below the path: %d", r.StatusCode)
	}
}

func TestTheDocumentationIsReadableAndRunsNothing(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{})
	r := d.ask(t, "GET", "/api/docs", "")
	body := text(t, r)
	for _, want := range []string{"/api/v1/adapters/{id}", "patchAdapter", "AdapterPatch", "<details", "list of "} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, foreign := range []string{"<script", "http://", "https://", "javascript:"} {
		if strings.Contains(body, foreign) {
			t.Errorf("the page holds %q", foreign)
		}
	}
	if again := d.ask(t, "GET", "/api/docs", "", "If-None-Match: "+r.Header.Get("ETag")); again.StatusCode != 304 {
		t.Errorf("asked again: %d", again.StatusCode)
	}
}
