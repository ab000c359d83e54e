package guard

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"loramanager/internal/lora"
)

// targetReplyBytes is how much of a delivery's answer is kept.
const targetReplyBytes = 1 * mib

// Targets calls the addresses an administrator allowed deliveries to.
type Targets struct {
	out     *Outbound
	entries []targetEntry
}

// targetEntry is one line of the allow-list: a name, a wildcard, an address or a range.
type targetEntry struct {
	host   string       // exact name; a name below it when wild; empty for ranges
	wild   bool         // *.host
	any    bool         // *
	prefix netip.Prefix // address or range
	port   uint16       // 0: the scheme's own
	open   bool         // :*
}

// TargetClient returns a client for deliveries. Entries of allowed are
//
//	hooks.example.com       the host, on the port that is usual for http or https
//	hooks.example.com:8443  on that port; :* is any port
//	*.example.com           every host below example.com
//	192.168.1.20:8080       an address
//	10.0.0.0/8              every address of a range
//	*                       every public host
//
// A private or loopback address is called only when an entry names it as an address or a
// range (localhost names loopback); a host name that resolves to one needs both entries.
// Redirects pass the same rules and keep the scheme.
func TargetClient(allowed []string, limits Limits) (*Targets, error) {
	t := &Targets{}
	for _, text := range allowed {
		entry, err := parseTarget(text)
		if err != nil {
			return nil, err
		}
		t.entries = append(t.entries, entry)
	}
	t.out = newOutbound(limits, (&dialer{
		host: func(string) error { return nil }, // the whole URL was checked before
		address: func(to netip.AddrPort) error {
			if t.named(to) || isPublic(to) {
				return nil
			}
			return lora.Errorf(lora.Forbidden, "The address %s is private; an administrator can allow it by adding it to the delivery targets.", to)
		},
	}).dial, t.Check)
	scheme := t.out.client.CheckRedirect
	t.out.client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if r.URL.Scheme != via[0].URL.Scheme {
			return lora.Errorf(lora.Forbidden, "The target redirected to another scheme.")
		}
		return scheme(r, via)
	}
	return t, nil
}

func parseTarget(text string) (targetEntry, error) {
	bad := func() (targetEntry, error) {
		return targetEntry{}, lora.FieldErrorf(lora.Invalid, "delivery_targets", "The delivery target %q is not a host, host:port, *.host, address or range.", DisplayName(text))
	}
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "*" {
		return targetEntry{any: true}, nil
	}
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return targetEntry{prefix: prefix.Masked(), open: true}, nil
	}
	var entry targetEntry
	host := text
	if h, port, err := net.SplitHostPort(text); err == nil {
		host = h
		if port == "*" {
			entry.open = true
		} else if n, err := strconv.ParseUint(port, 10, 16); err == nil && n > 0 {
			entry.port = uint16(n)
		} else {
			return bad()
		}
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	host, entry.wild = strings.CutPrefix(host, "*.")
	host, err := checkHost(host)
	if err != nil {
		return bad()
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		if entry.wild {
			return bad()
		}
		entry.prefix = netip.PrefixFrom(addr, addr.BitLen())
		return entry, nil
	}
	entry.host = host
	return entry, nil
}

// fits reports whether the entry allows the port under the scheme.
func (e targetEntry) fits(scheme string, port uint16) bool {
	usual := map[string]uint16{"http": 80, "https": 443}[scheme]
	return e.open || e.port == port || e.port == 0 && port == usual
}

// names reports whether the entry allows the host.
func (e targetEntry) names(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil && e.prefix.IsValid() {
		return e.prefix.Contains(addr)
	}
	return e.any || e.host != "" && (!e.wild && host == e.host || e.wild && strings.HasSuffix(host, "."+e.host))
}

// named reports whether an entry names the resolved address itself.
func (t *Targets) named(to netip.AddrPort) bool {
	for _, e := range t.entries {
		inside := e.prefix.IsValid() && e.prefix.Contains(to.Addr()) || e.host == "localhost" && !e.wild && to.Addr().IsLoopback()
		if inside && (e.fits("http", to.Port()) || e.fits("https", to.Port())) {
			return true
		}
	}
	return false
}

// Check refuses, with a *lora.Error, a URL that is not allowed.
func (t *Targets) Check(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return lora.FieldErrorf(lora.Invalid, "url", "A delivery goes to an http or https address without a user name in it.")
	}
	o, err := originOf(u)
	if err != nil {
		return err
	}
	host, port, err := splitHost(o.host)
	if err != nil {
		return err
	}
	for _, e := range t.entries {
		if e.names(host) && e.fits(u.Scheme, port) {
			return nil
		}
	}
	return lora.FieldErrorf(lora.Forbidden, "url", "Deliveries to %s are not allowed. An administrator can add it to the delivery targets.", DisplayName(o.host))
}

// Do makes one call and returns the whole reply, its body cut at 1 MiB.
func (t *Targets) Do(ctx context.Context, r Request) (status int, header http.Header, body []byte, err error) {
	reply, err := t.out.Do(ctx, r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer func() { _ = reply.Body.Close() }()
	body, err = io.ReadAll(io.LimitReader(reply.Body, targetReplyBytes))
	if err != nil && !errors.Is(err, ErrReplyTooLarge) {
		return 0, nil, nil, err
	}
	return reply.Status, reply.Header, body, nil
}

// Close lets go of connections that are not in use.
func (t *Targets) Close() { t.out.Close() }
