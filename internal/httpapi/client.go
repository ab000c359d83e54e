package httpapi

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// client is where a request comes from, as far as it can be known.
type client struct {
	addr   netip.Addr
	secure bool // the browser speaks TLS
}

type clientKey struct{}

// locate finds out where a request comes from. What a proxy says about that is believed
// only of proxies that are configured: anyone can send such headers.
func (s *Server) locate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer := peerAddr(r)
		c := client{addr: s.forwardedFor(peer, r.Header.Values("X-Forwarded-For")), secure: r.TLS != nil}
		// Whether the browser speaks TLS is also believed of the own network, where proxies
		// are: a lie only costs the liar, whose cookie then has a name that is not sent back.
		if s.trusts(peer) || peer.IsLoopback() || peer.IsPrivate() {
			c.secure = c.secure || r.Header.Get("X-Forwarded-Proto") == "https"
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), clientKey{}, c)))
	})
}

func (s *Server) trusts(addr netip.Addr) bool {
	return slices.ContainsFunc(s.options.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// forwardedFor is the last address in the chain that is not one of our proxies: what
// stands before it, whoever sent it may have made up.
func (s *Server) forwardedFor(peer netip.Addr, headers []string) netip.Addr {
	chain := strings.Split(strings.Join(headers, ","), ",")
	for i := len(chain) - 1; i >= 0 && s.trusts(peer); i-- {
		before, err := netip.ParseAddr(hostOf(strings.TrimSpace(chain[i])))
		if err != nil {
			break
		}
		peer = before.Unmap().WithZone("")
	}
	return peer
}

// hostOf leaves out the port that some proxies write.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return strings.Trim(address, "[]")
}

// peerAddr is the address the connection came from.
func peerAddr(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap()
}

// clientAddr is the address a request comes from, past the proxies that are trusted.
func clientAddr(r *http.Request) netip.Addr {
	if c, ok := r.Context().Value(clientKey{}).(client); ok {
		return c.addr
	}
	return peerAddr(r)
}

// isSecure reports whether the browser speaks TLS, to us or to a proxy before us.
func isSecure(r *http.Request) bool {
	c, _ := r.Context().Value(clientKey{}).(client)
	return c.secure || r.TLS != nil
}
