package fakehub

import (
	"net/http"
	"strings"
	"time"
)

// Fault is something that goes wrong at a hub.
type Fault string

// The faults. Those of the API come before it looks at the request, those of files before or
// in the middle of one.
const (
	TooMany      Fault = "429"          // with Retry-After: 2
	Timeout      Fault = "524"          // Cloudflare gave up
	WebPage      Fault = "web-page"     // 200 text/html instead of data
	Broken       Fault = "broken-json"  // ends in the middle
	Endless      Fault = "endless-json" // a list that does not end, 2 GiB of it
	Silent       Fault = "silent"       // begins to answer and stops
	Nulls        Fault = "nulls"        // whatever can be null is
	Odd          Fault = "odd-types"    // texts are numbers, lists are objects
	LoginPage    Fault = "login-page"   // 200 text/html instead of a file
	Unauthorised Fault = "401"
	Forbidden    Fault = "403"
	SlowDown     Fault = "503"         // the host of the files is busy
	Whole        Fault = "whole"       // 200 with all of it instead of 206
	Cut          Fault = "cut"         // the connection breaks in the middle
	WrongBytes   Fault = "wrong-bytes" // one bit is another
	TooLong      Fault = "too-long"    // more bytes than stated
	Redirected   Fault = "redirected"  // to where RedirectTo says
	Loop         Fault = "loop"        // from one redirect to the next
	Slow         Fault = "slow"        // a file that takes a twentieth of a second for every 32 KiB
	Changed      Fault = "changed"     // another entity tag than before
)

// Show lets the fake show a fault the next n times it can.
func (h *Hub) Show(f Fault, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults[f] = n
}

// RedirectTo says where Redirected leads.
func (h *Hub) RedirectTo(address string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.redirect = address
}

// now reports whether a fault is to be shown this time.
func (h *Hub) now(f Fault) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.faults[f] <= 0 {
		return false
	}
	h.faults[f]--
	return true
}

// faulty shows one of the faults any host has, if one is on.
func (h *Hub) faulty(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case h.now(TooMany):
		w.Header().Set("Retry-After", "2")
		http.Error(w, `{"error":"Too many requests"}`, http.StatusTooManyRequests)
	case h.now(Timeout):
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(524)
		_, _ = w.Write([]byte("<html>error code: 524</html>"))
	case r.Host != strings.TrimPrefix(h.api.URL, "http://"), strings.Contains(r.URL.Path, "/download/"), strings.Contains(r.URL.Path, "/resolve/"):
		return false // the rest is of the API
	case h.now(WebPage):
		page(w)
	case h.now(Broken):
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"id": 1, "name": "half of`))
	case h.now(Endless):
		h.endless(w, r)
	case h.now(Silent):
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"id":`))
		w.(http.Flusher).Flush() //nolint:forcetypeassert // servers of this package can
		<-r.Context().Done()
	default:
		return false
	}
	return true
}

func page(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte("<!DOCTYPE html><html><title>Sign in</title></html>"))
}

func (h *Hub) endless(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte("["))
	block := []byte(strings.Repeat(`{"id":1,"name":"x"},`, 50_000))
	for sent := 0; sent < 2<<30 && r.Context().Err() == nil; sent += len(block) {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// slowly waits a moment unless the client has gone.
func slowly(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-time.After(time.Second / 20):
	}
}
