package guard

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"loramanager/internal/lora"
)

// neverDialled are the addresses nothing of ours lives on: this-network, link-local
// (where cloud machines serve their credentials), multicast, reserved, tunnels whose
// far end cannot be seen, and the metadata services of clouds outside link-local.
var neverDialled = prefixes(
	"0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
	"100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
	"::/128", "fe80::/10", "ff00::/8", "2001::/32", "fd00:ec2::254/128",
)

// carriers are IPv6 ranges that carry an IPv4 address, and at which byte it begins.
var carriers = []struct {
	prefix netip.Prefix
	at     int
}{
	{netip.MustParsePrefix("::/96"), 12},
	{netip.MustParsePrefix("64:ff9b::/96"), 12},
	{netip.MustParsePrefix("2002::/16"), 2},
}

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// neverDial reports whether addr, or the IPv4 address it carries, is in neverDialled.
func neverDial(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	for _, p := range neverDialled {
		if p.Contains(addr) {
			return true
		}
	}
	if addr.Is4() || addr == netip.IPv6Loopback() {
		return false
	}
	bytes := addr.As16()
	for _, c := range carriers {
		if c.prefix.Contains(addr) && neverDial(netip.AddrFrom4([4]byte(bytes[c.at:c.at+4]))) {
			return true
		}
	}
	return false
}

// dialer opens TCP connections and judges each by the address it really goes to: names
// are resolved first, so a name that points elsewhere the second time gains nothing.
type dialer struct {
	resolver *net.Resolver // nil is the system's
	// host judges the name and port as asked for, before anything is resolved.
	host func(hostPort string) error
	// address judges the resolved address.
	address func(netip.AddrPort) error
}

// publicly knows which addresses are reached from everywhere, whatever the port.
var publicly = ssrf.New(ssrf.WithAnyPort())

// isPublic reports whether an address is neither private nor special in any way.
func isPublic(to netip.AddrPort) bool {
	network := "tcp6"
	if to.Addr().Is4() {
		network = "tcp4"
	}
	return publicly.Safe(network, to.String(), nil) == nil
}

// dialTimeout bounds connecting: an engine or target that is up answers far sooner.
const dialTimeout = 10 * time.Second

// dialFunc is how a transport connects.
type dialFunc func(ctx context.Context, network, hostPort string) (net.Conn, error)

func (d *dialer) dial(ctx context.Context, network, hostPort string) (net.Conn, error) {
	if err := d.host(hostPort); err != nil {
		return nil, err
	}
	inner := net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Resolver: d.resolver, Control: d.control}
	return inner.DialContext(ctx, network, hostPort)
}

func (d *dialer) control(network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !strings.HasPrefix(network, "tcp") {
		return refusedAddress(address)
	}
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	if neverDial(to.Addr()) {
		return refusedAddress(address)
	}
	return d.address(to)
}

func refusedAddress(address string) error {
	return &lora.Error{Code: lora.Forbidden, Message: fmt.Sprintf("The address %s is never called.", DisplayName(address))}
}

// splitHost takes host:port apart and refuses spellings of addresses that programs read
// differently: decimal, octal and hexadecimal numbers, short forms and zones.
func splitHost(hostPort string) (host string, port uint16, err error) {
	host, portText, err := net.SplitHostPort(hostPort)
	if err != nil {
		return "", 0, lora.Errorf(lora.Invalid, "The address %q has no valid host and port.", DisplayName(hostPort))
	}
	number, err := strconv.ParseUint(portText, 10, 16)
	if err != nil || number == 0 {
		return "", 0, lora.Errorf(lora.Invalid, "The port %q is not a number from 1 to 65535.", DisplayName(portText))
	}
	host, err = checkHost(host)
	return host, uint16(number), err
}

// checkHost returns the host in lower case without a final dot.
func checkHost(host string) (string, error) {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Zone() != "" || neverDial(addr) {
			return "", refusedAddress(host)
		}
		return addr.Unmap().String(), nil
	}
	if host == "" || len(host) > 253 {
		return "", lora.Errorf(lora.Invalid, "The address has no valid host.")
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return "", lora.Errorf(lora.Invalid, "The host %q is not a valid name; write names with a-z, 0-9 and hyphens.", DisplayName(host))
		}
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if _, err := strconv.ParseUint(last, 0, 64); err == nil || strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return "", lora.Errorf(lora.Invalid, "The host %q is not a valid address; write it as four numbers with dots.", DisplayName(host))
	}
	return host, nil
}
