package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestProfilesAreNeverAtTheAddressOfTheAPI(t *testing.T) {
	t.Parallel()
	own := closedPort(t)
	r := start(t, t.TempDir(), "--pprof="+own)
	defer r.halt()
	c, err := parse(t, nil, "", "--pprof="+own)
	if err != nil {
		t.Fatal(err)
	}
	stop, err := serveProfiles(t.Context(), &c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		address string
		served  bool
	}{{"http://" + own, true}, {r.address, false}} {
		answer, err := http.Get(c.address + "/debug/pprof/goroutine?debug=1")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || strings.Contains(string(body), "goroutine profile") != c.served {
			t.Errorf("%s: %d %.80s %v", c.address, answer.StatusCode, body, err)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if answer, err := http.Get("http://" + own + "/debug/pprof/"); err == nil {
		_ = answer.Body.Close()
		t.Error("profiles are served after the end")
	}
}

func TestProfilesAreForProgramsOfThisComputer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, host, header, value string
		status                    int
	}{
		{"by address", "127.0.0.1:6060", "", "", http.StatusOK},
		{"by name", "localhost:6060", "", "", http.StatusOK},
		{"by IPv6 address", "[::1]:6060", "", "", http.StatusOK},
		{"a page whose name leads here", "evil.example:6060", "", "", http.StatusMisdirectedRequest},
		{"a page of another origin", "127.0.0.1:6060", "Origin", "https://evil.example", http.StatusForbidden},
		{"a picture in a page", "127.0.0.1:6060", "Sec-Fetch-Site", "cross-site", http.StatusForbidden},
	} {
		r := httptest.NewRequest(http.MethodGet, "/debug/pprof/", nil)
		r.Host = c.host
		if c.header != "" {
			r.Header.Set(c.header, c.value)
		}
		w := httptest.NewRecorder()
		profiles().ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s: %d, want %d", c.name, w.Code, c.status)
		}
	}
	if _, err := parse(t, nil, "", "--pprof=0.0.0.0:6060"); err == nil || !strings.Contains(err.Error(), "address of this computer") {
		t.Errorf("a wide address: %v", err)
	}
}
