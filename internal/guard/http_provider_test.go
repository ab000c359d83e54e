package guard_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

func client(t *testing.T, p *guard.Provider) *http.Client {
	t.Helper()
	c, ok := p.Context(t.Context()).Value(oauth2.HTTPClient).(*http.Client)
	if !ok {
		t.Fatal("the context has no client")
	}
	return c
}

func ask(t *testing.T, p *guard.Provider, address string) ([]byte, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client(t, p).Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	return io.ReadAll(response.Body)
}

func TestASignInProviderIsCalledAtItsOwnAddressesOnly(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "other") }))
	t.Cleanup(other.Close)
	own := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case "/giant":
			for range 2 * 1024 {
				_, _ = w.Write(make([]byte, 1024))
			}
		default:
			_, _ = io.WriteString(w, "own")
		}
	}))
	t.Cleanup(own.Close)
	p, err := guard.ProviderClient(own.URL, []string{"localhost"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)

	if body, err := ask(t, p, own.URL+"/keys"); err != nil || string(body) != "own" {
		t.Errorf("the issuer itself: %q, %v", body, err)
	}
	if _, err := ask(t, p, other.URL); lora.CodeOf(err) != lora.Forbidden {
		t.Errorf("another origin that nobody named: %v", err)
	}
	if _, err := ask(t, p, own.URL+"/away"); lora.CodeOf(err) != lora.Forbidden {
		t.Errorf("another origin by redirect: %v", err)
	}
	if _, err := ask(t, p, own.URL+"/giant"); !errors.Is(err, guard.ErrReplyTooLarge) {
		t.Errorf("an answer of 2 MiB: %v", err)
	}
	if err := p.Reach(other.URL + "/token"); err != nil {
		t.Fatal(err)
	}
	if body, err := ask(t, p, own.URL+"/away"); err != nil || string(body) != "other" {
		t.Errorf("another origin once it was named: %q, %v", body, err)
	}
}

func TestASignInProviderInOnesOwnNetworkMustBeAllowed(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	t.Cleanup(server.Close)
	for _, c := range []struct {
		why     string
		allowed []string
		want    lora.Code
	}{
		{"nothing is allowed", nil, lora.Forbidden},
		{"another range is", []string{"10.0.0.0/8"}, lora.Forbidden},
		{"its address is", []string{"127.0.0.1"}, ""},
		{"its range is", []string{"127.0.0.0/8"}, ""},
	} {
		p, err := guard.ProviderClient(server.URL, c.allowed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ask(t, p, server.URL); lora.CodeOf(err) != c.want {
			t.Errorf("%s: %v", c.why, err)
		}
		p.Close()
	}
}

func TestAddressesThatNoSignInProviderHas(t *testing.T) {
	t.Parallel()
	for _, issuer := range []string{
		"", "id.example.com", "ftp://id.example.com", "http://id.example.com", "https://user:secret@id.example.com", "https://169.254.169.254", "https://0x7f.1", "file:///etc/passwd",
	} {
		if _, err := guard.ProviderClient(issuer, nil); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", issuer, err)
		}
	}
	for _, allowed := range []string{"lan", "10.0.0.0/99", "fe80::1%eth0", ""} {
		if _, err := guard.ProviderClient("https://id.example.com", []string{allowed}); lora.CodeOf(err) != lora.Invalid {
			t.Errorf("allowing %q: %v", allowed, err)
		}
	}
}

func TestAProviderNamesFewHosts(t *testing.T) {
	t.Parallel()
	p, err := guard.ProviderClient("https://id.example.com", nil)
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.MustParseAddr("8.8.0.1")
	for range 15 {
		if err := p.Reach("https://" + addr.String()); err != nil {
			t.Fatal(err)
		}
		addr = addr.Next()
	}
	if err := p.Reach("https://" + addr.String()); lora.CodeOf(err) != lora.Forbidden {
		t.Errorf("the seventeenth host: %v", err)
	}
	if err := p.Reach("https://id.example.com/other/path"); err != nil {
		t.Errorf("one that is known: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	request, _ := http.NewRequestWithContext(ctx, http.MethodGet, "https://id.example.com", nil)
	if response, err := client(t, p).Do(request); err == nil {
		_ = response.Body.Close()
		t.Error("called after its context ended")
	}
}
