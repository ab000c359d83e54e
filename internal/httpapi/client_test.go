package httpapi

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestOnlyTrustedProxiesSayWhereARequestComesFrom(t *testing.T) {
	t.Parallel()
	s, err := New(Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24"), netip.MustParsePrefix("fd00::/64")}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, peer, want string
		forwarded        []string
		secure           bool
	}{
		{"nobody forwards", "203.0.113.5:1", "203.0.113.5", nil, false},
		{"a stranger claims to forward", "203.0.113.5:1", "203.0.113.5", []string{"198.51.100.1"}, false},
		{"a neighbour that is no proxy of ours claims to", "192.168.1.7:1", "192.168.1.7", []string{"198.51.100.1"}, true},
		{"our proxy forwards", "10.0.0.2:1", "198.51.100.1", []string{"198.51.100.1"}, true},
		{"the client made up what stands before", "10.0.0.2:1", "198.51.100.1", []string{"127.0.0.1, 198.51.100.1"}, true},
		{"two proxies of ours", "10.0.0.2:1", "198.51.100.1", []string{"6.6.6.6, 198.51.100.1, 10.0.0.9"}, true},
		{"several headers count as one", "10.0.0.2:1", "198.51.100.1", []string{"6.6.6.6", "198.51.100.1"}, true},
		{"a port is left out", "10.0.0.2:1", "198.51.100.1", []string{"198.51.100.1:4711"}, true},
		{"IPv6", "[fd00::2]:1", "2001:db8::1", []string{"[2001:db8::1]:4711"}, true},
		{"nonsense ends the chain", "10.0.0.2:1", "10.0.0.2", []string{"198.51.100.1, unknown"}, true},
		{"a proxy that says nothing", "10.0.0.2:1", "10.0.0.2", nil, true},
		{"this computer", "127.0.0.1:1", "127.0.0.1", []string{"198.51.100.1"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
			r.RemoteAddr = c.peer
			r.Header["X-Forwarded-For"] = c.forwarded
			r.Header.Set("X-Forwarded-Proto", "https")
			s.locate(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if got := clientAddr(r).String(); got != c.want {
					t.Errorf("from %s, want %s", got, c.want)
				}
				if isSecure(r) != c.secure {
					t.Errorf("secure %v, want %v", isSecure(r), c.secure)
				}
			})).ServeHTTP(httptest.NewRecorder(), r)
		})
	}
}
