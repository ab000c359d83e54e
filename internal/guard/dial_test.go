package guard

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"loramanager/internal/lora"
)

// refusedEverywhere are addresses of machines' own credentials and other places nothing
// is served from, in the spellings known from attacks.
var refusedEverywhere = []string{
	"http://169.254.169.254/latest/meta-data/", "http://169.254.169.254:80", "http://169.254.0.1", "https://169.254.169.254",
	"http://2852039166/", "http://025177524776/", "http://0xa9fea9fe/", "http://0xA9.0xFE.0xA9.0xFE", "http://0251.0376.0251.0376/",
	"http://169.254.43518/", "http://169.16689662/", "http://[::ffff:169.254.169.254]/", "http://[::ffff:a9fe:a9fe]:80/",
	"http://[::169.254.169.254]/", "http://[64:ff9b::a9fe:a9fe]/", "http://[64:ff9b::169.254.169.254]/", "http://[2002:a9fe:a9fe::1]/",
	"http://[2001:0:1:2:3:4:5:6]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://[fd00:ec2::254]/", "http://169.254.169.254./",
	"http://0.0.0.0:7860", "http://0:7860", "http://0x0:7860", "http://00.0.0.0", "http://[::]:7860", "http://[::ffff:0.0.0.0]/", "http://0.1.2.3",
	"http://224.0.0.1", "http://239.255.255.250:1900", "http://[ff02::1]/", "http://255.255.255.255", "http://240.0.0.1",
	"http://100.100.100.200", "http://168.63.129.16", "http://192.0.0.192",
	"http://2130706433:7860", "http://0x7f000001:7860", "http://0177.0.0.1:7860", "http://127.1:7860", "http://0x7f.1",
	"file:///etc/passwd", "gopher://127.0.0.1:6379/_", "ftp://127.0.0.1", "http://", "http:///x", "//127.0.0.1", "127.0.0.1:7860",
	"http://127.0.0.1:0", "http://127.0.0.1:65536", "http://a b/", "http://exa\u2044mple.com", "http://user:secret@127.0.0.1:7860",
	"http://127.0.0.1:7860?x=1", "http://127.0.0.1:7860#x", "http://1.2.3.4.5", "http://[1.2.3.4]", "http://a..b", "http://-", "unix:///run/x",
}

func TestPromise9_AddressesOfCredentialsAndOddSpellingsAreNeverCalled(t *testing.T) {
	t.Parallel()
	if _, err := TargetClient([]string{"*:*"}, Default()); err == nil {
		t.Error("*:* was taken for a target")
	}
	everything, err := TargetClient([]string{"*", "0.0.0.0/0", "::/0"}, Default())
	if err != nil {
		t.Fatal(err)
	}
	if len(refusedEverywhere) < 40 {
		t.Errorf("only %d addresses are tried", len(refusedEverywhere))
	}
	for _, u := range refusedEverywhere {
		if u != "http://-" { // odd, but a name
			client, err := EngineClient(u, Default())
			if err == nil {
				_, err = client.Do(t.Context(), Request{Method: http.MethodGet, URL: u})
			}
			if err == nil {
				t.Errorf("as an engine, %s was called", u)
			}
		}
		if _, _, _, err := everything.Do(t.Context(), Request{Method: http.MethodGet, URL: u}); err == nil {
			t.Errorf("as a target, %s was called", u)
		}
	}
}

func TestWhatResolvedAddressesAreNeverDialled(t *testing.T) {
	t.Parallel()
	for address, never := range map[string]bool{
		"127.0.0.1": false, "::1": false, "192.168.1.2": false, "10.1.2.3": false, "100.64.0.1": false, "fd12::1": false, "8.8.8.8": false,
		"2606:4700::1111": false, "64:ff9b::808:808": false,
		"169.254.169.254": true, "::ffff:169.254.169.254": true, "0.0.0.0": true, "::": true, "224.0.0.251": true, "fe80::1": true,
		"64:ff9b::a9fe:a9fe": true, "2002:a9fe:a9fe::": true, "::a9fe:a9fe": true,
	} {
		if neverDial(netip.MustParseAddr(address)) != never {
			t.Errorf("%s: never is %v", address, !never)
		}
	}
}

// rebinding is a name server whose answer for every name changes: first is given once,
// then the other address.
func rebinding(t *testing.T, first, then string) (*net.Resolver, *atomic.Int64) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	asked := &atomic.Int64{}
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buffer[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response = true
			m.Additionals = nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				address := then
				if asked.Add(1) == 1 {
					address = first
				}
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET},
					Body:   &dnsmessage.AResource{A: netip.MustParseAddr(address).As4()},
				}}
			}
			reply, err := m.Pack()
			if err == nil {
				_, _ = conn.WriteTo(reply, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}, asked
}

func TestPromise9_ANameThatChangesItsAddressGainsNothing(t *testing.T) {
	t.Parallel()
	for name, addresses := range map[string][2]string{
		"first public, then metadata": {"127.0.0.1", "169.254.169.254"},
		"metadata at once":            {"169.254.169.254", "169.254.169.254"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resolver, asked := rebinding(t, addresses[0], addresses[1])
			d := &dialer{resolver: resolver, host: func(string) error { return nil }, address: func(netip.AddrPort) error { return nil }}
			var refused *lora.Error
			for range 3 {
				conn, err := d.dial(t.Context(), "tcp", "rebind.example:9")
				if err == nil {
					_ = conn.Close()
					t.Fatal("it was called")
				}
				if errors.As(err, &refused) && refused.Code != lora.Forbidden {
					t.Errorf("got %v", err)
				}
			}
			if refused == nil || asked.Load() < 2 {
				t.Errorf("the second address was not refused by us (asked %d times): %v", asked.Load(), refused)
			}
		})
	}
}

func TestAnEngineIsReachedAtItsOwnAddressOnly(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("other")) }))
	t.Cleanup(other.Close)
	var seen atomic.Pointer[http.Header]
	engine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Store(&r.Header)
		switch r.URL.Path {
		case "/elsewhere":
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		case "/metadata":
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/near":
			http.Redirect(w, r, "/", http.StatusFound)
		}
	}))
	t.Cleanup(engine.Close)
	client, err := EngineClient(engine.URL+"/", Default())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	for path, reached := range map[string]bool{"/": true, "/near": true, "/elsewhere": false, "/metadata": false, "/loop": false} {
		reply, err := client.Do(t.Context(), Request{Method: http.MethodGet, URL: engine.URL + path, Username: "u", Password: "p"})
		if (err == nil) != reached {
			t.Errorf("%s: %v", path, err)
		}
		if err == nil {
			_ = reply.Body.Close()
		}
	}
	if h := *seen.Load(); h.Get("Origin") != "" || !strings.HasPrefix(h.Get("Authorization"), "Basic ") {
		t.Errorf("the headers are %v", h)
	}
	if _, err := client.Do(t.Context(), Request{Method: http.MethodGet, URL: other.URL}); lora.CodeOf(err) != lora.Forbidden {
		t.Errorf("another port: %v", err)
	}
}

func TestTargetsAreThoseOnTheListOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		list string
		url  string
		ok   bool
	}{
		{"hooks.example.com", "https://hooks.example.com/x", true},
		{"hooks.example.com", "http://hooks.example.com/x", true},
		{"hooks.example.com", "http://hooks.example.com:8080/x", false},
		{"hooks.example.com:8080", "http://hooks.example.com:8080/x", true},
		{"hooks.example.com:8080", "http://hooks.example.com/x", false},
		{"hooks.example.com:*", "http://hooks.example.com:1234/x", true},
		{"*.example.com", "https://a.b.example.com", true},
		{"*.example.com", "https://example.com", false},
		{"example.com", "https://evilexample.com", false},
		{"example.com", "https://example.com.evil.org", false},
		{"example.com", "https://EXAMPLE.com.", true},
		{"192.168.1.20:8080", "http://192.168.1.20:8080/", true},
		{"192.168.1.20:8080", "http://192.168.1.21:8080/", false},
		{"10.0.0.0/8", "http://10.1.2.3:99/", true},
		{"10.0.0.0/8", "http://11.1.2.3:99/", false},
		{"*", "https://anything.example/", true},
		{"", "https://anything.example/", false},
	} {
		var list []string
		if c.list != "" {
			list = []string{c.list}
		}
		targets, err := TargetClient(list, Default())
		if err != nil {
			t.Fatal(err)
		}
		request, err := http.NewRequest(http.MethodGet, c.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := targets.Check(request.URL); (err == nil) != c.ok {
			t.Errorf("%q allows %s: %v", c.list, c.url, err)
		}
	}
}

func TestAPrivateTargetIsCalledOnlyWhenTheListNamesItsAddress(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "http://localhost:1/", http.StatusTemporaryRedirect)
			return
		}
		_, _ = w.Write(make([]byte, 3*mib))
	}))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	_, port, _ := net.SplitHostPort(host)
	for _, c := range []struct {
		list []string
		url  string
		ok   bool
	}{
		{[]string{host}, server.URL, true},
		{[]string{"127.0.0.0/8"}, server.URL, true},
		{[]string{"localhost:" + port}, "http://localhost:" + port, true},
		{[]string{"*"}, server.URL, false},
		{[]string{"*", "10.0.0.0/8"}, server.URL, false},
		{[]string{host}, server.URL + "/away", false},
	} {
		targets, err := TargetClient(c.list, Default())
		if err != nil {
			t.Fatal(err)
		}
		status, _, body, err := targets.Do(t.Context(), Request{Method: http.MethodPost, URL: c.url, Body: []byte("x")})
		if (err == nil) != c.ok {
			t.Errorf("%v, %s: %v", c.list, c.url, err)
		}
		if c.ok && (status != http.StatusOK || len(body) != targetReplyBytes) {
			t.Errorf("%v, %s: status %d, %d bytes kept", c.list, c.url, status, len(body))
		}
		targets.Close()
	}
}
