package httpapi

import (
	"strings"
	"testing"

	"loramanager/internal/lora"
)

func TestPromise2_ForeignPagesChangeNothing(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{Origins: []string{"http://localhost:5173"}, CORSCredentials: true})
	for _, c := range []struct {
		name    string
		headers []string
		refused bool
	}{
		{"a page of another site", []string{"Origin: http://evil.com"}, true},
		{"a sandboxed page", []string{"Origin: null"}, true},
		{"a cross-site request without Origin", []string{"Sec-Fetch-Site: cross-site"}, true},
		{"another port of this machine", []string{"Origin: http://localhost:9999", "Sec-Fetch-Site: same-site"}, true},
		{"an allowed origin", []string{"Origin: http://localhost:5173", "Sec-Fetch-Site: same-site"}, false},
		{"our own page", []string{"Origin: " + d.http.URL, "Sec-Fetch-Site: same-origin"}, false},
		{"a program", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := d.ask(t, "POST", "/api/v1/adapters/bulk", `{}`, c.headers...)
			if c.refused {
				problem(t, r, 403, lora.Forbidden)
			} else {
				problem(t, r, 422, lora.Invalid) // it got as far as the body
			}
		})
	}
}

func TestCORSFollowsTheContract(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{Origins: []string{"http://localhost:5173"}, CORSCredentials: true})
	preflight := []string{"Access-Control-Request-Method: PATCH", "Access-Control-Request-Headers: x-api-key, content-type"}

	r := d.ask(t, "OPTIONS", "/api/v1/adapters", "", append(preflight, "Origin: http://localhost:5173")...)
	if r.StatusCode != 200 || text(t, r) != "OK" || r.Header.Get("Access-Control-Allow-Origin") != "http://localhost:5173" ||
		r.Header.Get("Access-Control-Allow-Credentials") != "true" || r.Header.Get("Access-Control-Max-Age") != "600" ||
		r.Header.Get("Access-Control-Allow-Headers") != "x-api-key, content-type" || r.Header.Get("Access-Control-Allow-Methods") != corsMethods {
		t.Errorf("allowed preflight: %d %v", r.StatusCode, r.Header)
	}
	r = d.ask(t, "OPTIONS", "/api/v1/adapters", "", append(preflight, "Origin: http://evil.com")...)
	if r.StatusCode != 400 || text(t, r) != "Disallowed CORS origin" || r.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("foreign preflight: %d %v", r.StatusCode, r.Header)
	}
	r = d.ask(t, "GET", "/health", "", "Origin: http://evil.com")
	if r.StatusCode != 200 || r.Header.Get("Access-Control-Allow-Origin") != "" || !strings.Contains(r.Header.Get("Vary"), "Origin") {
		t.Errorf("a foreign page reads: %d %v", r.StatusCode, r.Header)
	}
}

func TestEveryOriginMeansNoCookies(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{Origins: []string{"*"}, CORSCredentials: true, Key: "k"})
	r := d.ask(t, "GET", "/health", "", "Origin: http://anyone.example")
	if r.Header.Get("Access-Control-Allow-Origin") != "*" || r.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%v", r.Header)
	}
	problem(t, d.ask(t, "POST", "/api/v1/session", `{"key":"k"}`, "Origin: http://anyone.example"), 403, lora.Forbidden)
	problem(t, d.ask(t, "POST", "/api/v1/adapters/bulk", `{}`, "Origin: http://anyone.example", "X-API-Key: k"), 422, lora.Invalid)
}

func TestWhereTLSIsPromisedBrowsersComeBackWithItOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ url, base, want string }{
		{"https://loras.example.com", "", "max-age=31536000; includeSubDomains"},
		{"http://loras.example.com", "", ""}, {"", "", ""},
		{"https://www.example.com/lora", "/lora", ""}, // other sites are there, too
	} {
		d := openDoor(t, Options{PublicURL: c.url, BasePath: c.base})
		for _, path := range []string{"/", "/health", "/api/v1/nothing"} {
			if got := d.ask(t, "GET", path, "").Header.Get("Strict-Transport-Security"); got != c.want {
				t.Errorf("%q %s: %q, want %q", c.url, path, got, c.want)
			}
		}
	}
}

func TestEveryReplyCarriesTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{})
	for _, path := range []string{"/", "/health", "/assets/app.js", "/api/v1/nothing", "/api/docs"} {
		h := d.ask(t, "GET", path, "").Header
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", path, name, h.Get(name), want)
			}
		}
		csp := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'self'", "script-src 'self'", "worker-src 'self'", "manifest-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "base-uri 'self'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy lacks %s: %s", path, want, csp)
			}
		}
		if strings.Contains(csp, "unsafe-eval") || strings.Contains(csp, "script-src 'self' 'unsafe") {
			t.Errorf("%s: scripts may run from anywhere: %s", path, csp)
		}
	}
}
