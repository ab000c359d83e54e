package main

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// callbackPath is where the sign-in provider sends browsers back to.
const callbackPath = "/api/v1/session/oidc/callback"

// checkAccounts refuses what cannot work of accounts and proxies.
func (c *Config) checkAccounts() error {
	if _, err := c.trustedProxies(); err != nil {
		return err
	}
	if _, err := c.roleMap(); err != nil {
		return err
	}
	if c.OIDCDefault != "" && !slices.Contains(lora.Roles, lora.Role(c.OIDCDefault)) {
		return fmt.Errorf("oidc-default-role %q: a role is viewer, editor, operator or administrator", c.OIDCDefault)
	}
	if most := 10 * 365 * 24; c.SessionHours > most || c.AuditDays > most {
		return fmt.Errorf("session-hours and audit-days must not exceed %d", most)
	}
	if err := c.checkPublicURL(); err != nil {
		return err
	}
	switch {
	case c.OIDCIssuer == "":
	case !c.Accounts:
		return fmt.Errorf("oidc-issuer is set: a sign-in provider works with accounts only, turn them on")
	case c.OIDCClient == "":
		return fmt.Errorf("oidc-issuer is set: oidc-client-id must be, too")
	case c.publicURL() == "":
		return fmt.Errorf("oidc-issuer is set: a sign-in provider must know where to send browsers back to, set public-url")
	}
	return nil
}

func (c *Config) checkPublicURL() error {
	if c.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("public-url: give an address such as https://lora.example.com")
	}
	if path := strings.TrimRight(u.Path, "/"); path != c.BasePath {
		return fmt.Errorf("public-url ends with %q and base-path is %q: they must be the same", path, c.BasePath)
	}
	return nil
}

// publicURL is the address at which browsers reach the server, without a slash at its
// end; empty when it is not known.
func (c *Config) publicURL() string {
	if c.PublicURL != "" {
		return strings.TrimRight(c.PublicURL, "/")
	}
	_, port, err := net.SplitHostPort(c.Listen)
	if err != nil || !loopbackOnly(c.Listen) {
		return ""
	}
	return "http://localhost:" + port + c.BasePath
}

// publicHost is the host of the configured public address, which is one of our names.
func (c *Config) publicHost() []string {
	if u, err := url.Parse(c.PublicURL); err == nil && u.Host != "" {
		return []string{u.Host}
	}
	return nil
}

// roleMap is the role that each group of the sign-in provider gives.
func (c *Config) roleMap() (map[string]lora.Role, error) {
	roles := map[string]lora.Role{}
	for _, text := range c.OIDCRoles {
		at := strings.LastIndexByte(text, '=')
		if at < 1 || !slices.Contains(lora.Roles, lora.Role(text[at+1:])) {
			return nil, fmt.Errorf("oidc-role-map %q: write group=role, where a role is viewer, editor, operator or administrator", text)
		}
		roles[text[:at]] = lora.Role(text[at+1:])
	}
	return roles, nil
}

// trustedProxies are the proxies that are believed about the address of a client.
func (c *Config) trustedProxies() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range c.Proxies {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			var addr netip.Addr
			if addr, err = netip.ParseAddr(text); err == nil {
				addr = addr.Unmap()
				prefix = netip.PrefixFrom(addr, addr.BitLen())
			}
		}
		if err != nil {
			return nil, fmt.Errorf("trusted-proxies %q: write an address or a range, such as 10.0.0.2 or 10.0.0.0/8", text)
		}
		all = append(all, prefix.Masked())
	}
	return all, nil
}
