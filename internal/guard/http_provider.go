package guard

import (
	"context"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"loramanager/internal/lora"
)

// Bounds of what a sign-in provider may answer.
const (
	providerReplyBytes = 1 * mib
	providerReplyTime  = 15 * time.Second // one whole answer
	maxProviderOrigins = 16
)

// Provider calls one sign-in provider: at its issuer's origin, and at those that Reach named
// since. They are called over https, over http on this machine only, and at public
// addresses unless an administrator allowed others. An answer has 1 MiB and 15 s at most.
type Provider struct {
	out     *Outbound
	private []netip.Prefix

	mu    sync.Mutex
	named []origin
}

// ProviderClient returns a client for the provider with an issuer. allowed are the addresses
// and ranges in one's own network that it may have; localhost is this machine. Errors are
// *lora.Error.
func ProviderClient(issuer string, allowed []string) (*Provider, error) {
	p := &Provider{}
	for _, text := range allowed {
		prefixes, err := privateRange(text)
		if err != nil {
			return nil, err
		}
		p.private = append(p.private, prefixes...)
	}
	p.out = newOutbound(Limits{}, (&dialer{
		host:    func(string) error { return nil }, // the whole URL was checked before
		address: p.address,
	}).dial, p.check)
	p.out.client.Timeout = providerReplyTime
	p.out.client.Transport = capped{p.out.client.Transport}
	return p, p.Reach(issuer)
}

// privateRange reads an entry of what is allowed.
func privateRange(text string) ([]netip.Prefix, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "localhost" {
		return prefixes("127.0.0.0/8", "::1/128"), nil
	}
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return []netip.Prefix{prefix.Masked()}, nil
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return nil, lora.FieldErrorf(lora.Invalid, "oidc_allow", "%q is not an address or a range, such as 192.168.1.20 or 10.0.0.0/8.", DisplayName(text))
	}
	addr = addr.Unmap()
	return []netip.Prefix{netip.PrefixFrom(addr, addr.BitLen())}, nil
}

// Reach lets the client call the origin of an address, to which the provider referred.
func (p *Provider) Reach(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return lora.FieldErrorf(lora.Invalid, "oidc_issuer", "The address of a sign-in provider begins with https:// and names a host.") // it may hold a password
	}
	o, err := originOf(u)
	if err != nil {
		return err
	}
	if u.Scheme == "http" && !onThisMachine(u.Hostname()) {
		return lora.FieldErrorf(lora.Invalid, "oidc_issuer", "The address %s must begin with https://: whoever can change what is sent over http can log in as anybody.", DisplayName(u.Host))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.Contains(p.named, o) {
		return nil
	}
	if len(p.named) == maxProviderOrigins {
		return lora.Errorf(lora.Forbidden, "The sign-in provider refers to more than %d hosts.", maxProviderOrigins)
	}
	p.named = append(p.named, o)
	return nil
}

// check lets a URL pass whose origin was named.
func (p *Provider) check(u *url.URL) error {
	o, err := originOf(u)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if u.User != nil || !slices.Contains(p.named, o) {
		return lora.Errorf(lora.Forbidden, "The sign-in provider sent us to %s://%s, which it did not name before.", DisplayName(u.Scheme), DisplayName(u.Host))
	}
	return nil
}

// address lets public addresses pass, and those that are allowed.
func (p *Provider) address(to netip.AddrPort) error {
	if isPublic(to) || slices.ContainsFunc(p.private, func(r netip.Prefix) bool { return r.Contains(to.Addr()) }) {
		return nil
	}
	return lora.Errorf(lora.Forbidden, "The sign-in provider is at %s, a private address; an administrator can allow it with oidc-allow.", to)
}

// Context returns a context in which the libraries for OAuth and OpenID Connect call through
// the client.
func (p *Provider) Context(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, p.out.client)
}

// Close lets go of connections that are not in use.
func (p *Provider) Close() { p.out.Close() }

// capped is a transport whose answers end with an error beyond their limit.
type capped struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (c capped) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := c.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = &cappedBody{response.Body, providerReplyBytes}
	}
	return response, err
}

// CloseIdleConnections is what http.Client looks for.
func (c capped) CloseIdleConnections() {
	if t, ok := c.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

type cappedBody struct {
	io.ReadCloser
	left int
}

// Read implements io.Reader.
func (b *cappedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, ErrReplyTooLarge
	}
	return n, err
}
