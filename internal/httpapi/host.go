package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"loramanager/internal/lora"
)

// hostList is the answer to DNS rebinding: a page of a foreign site can make a
// browser connect to this server under the foreign name, but it cannot make the
// browser send another Host.
type hostList struct {
	port    string              // the port the server listens on
	names   map[string]struct{} // configured, lower case: "nas.local" (any port) or "nas.local:8443"
	origins map[string]struct{} // host:port of the allowed origins
}

func newHostList(listen string, names, origins []string) *hostList {
	h := &hostList{names: map[string]struct{}{}, origins: map[string]struct{}{}}
	if _, port, err := net.SplitHostPort(listen); err == nil {
		h.port = port
	}
	for _, name := range names {
		h.names[strings.ToLower(strings.TrimSpace(name))] = struct{}{}
	}
	for _, origin := range origins {
		if u, err := url.Parse(origin); err == nil && u.Host != "" {
			h.origins[strings.ToLower(u.Host)] = struct{}{}
		}
	}
	return h
}

// allows reports whether a request with this Host, which arrived at the local address, is for this server.
func (h *hostList) allows(host string, local net.Addr) bool {
	host = strings.ToLower(host)
	if host == "" || strings.ContainsAny(host, "/@\\ \t%") {
		return false
	}
	if _, ok := h.origins[host]; ok {
		return true
	}
	name, port := host, ""
	if n, p, err := net.SplitHostPort(host); err == nil {
		name, port = n, p
	} else {
		name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	}
	for _, configured := range []string{name, host} {
		if _, ok := h.names[configured]; ok {
			return true
		}
	}
	if port != h.port && (port != "" || (h.port != "80" && h.port != "443")) {
		return false
	}
	return name == "localhost" || ownAddress(name, local)
}

// named reports whether an origin is one of the configured names, under which a proxy
// shows this server though it asks us under another one.
func (h *hostList) named(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	_, byName := h.names[strings.ToLower(u.Hostname())]
	_, byHost := h.names[strings.ToLower(u.Host)]
	return byName || byHost
}

// ownAddress reports whether name is a loopback address or the address the
// connection arrived at. An address cannot be rebound, only a name can.
func ownAddress(name string, local net.Addr) bool {
	addr, err := netip.ParseAddr(name)
	if err != nil {
		return false
	}
	if addr = addr.Unmap(); addr.IsLoopback() {
		return true
	}
	tcp, ok := local.(*net.TCPAddr)
	return ok && tcp.AddrPort().Addr().Unmap() == addr
}

// checkHost refuses requests that were meant for another name.
func (s *Server) checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
		if !s.hosts.allows(r.Host, local) {
			writeProblem(w, newProblem(r.Context(), http.StatusMisdirectedRequest, lora.Forbidden,
				"This server is not known under the name in the address. Use localhost, or add the name to LORAMANAGER_ALLOWED_HOSTS."))
			return
		}
		next.ServeHTTP(w, r)
	})
}
