package guard

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"loramanager/internal/lora"
)

func openHub(t *testing.T, base string, hosts ...string) *Hub {
	t.Helper()
	limits := Default()
	limits.EngineIdle = 50 * time.Millisecond
	h, err := HubClient(HubOptions{Base: base, Token: "t0ken", FileHosts: hosts, Agent: "test/1", Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

func TestPromise9_AHubIsWhereItIsConfiguredToBe(t *testing.T) {
	t.Parallel()
	for base, ok := range map[string]bool{
		"https://civitai.com": true, "https://hf.lan:8443": true, "http://127.0.0.1:9000": true, "http://[::1]:9000": true, "http://localhost:1": true, "https://10.0.0.5": true,
		"http://civitai.com": false, "http://10.0.0.5": false, "civitai.com": false, "https://u:p@civitai.com": false, "https://civitai.com/?a=b": false, "https://civitai.com/#x": false,
		"ftp://civitai.com": false, "https://169.254.169.254": false, "https://0x7f000001": false, "https://2130706433": false, "": false,
	} {
		_, err := HubClient(HubOptions{Base: base, Limits: Default()})
		if (err == nil) != ok {
			t.Errorf("%q: %v", base, err)
		}
		if _, err := HubClient(HubOptions{Base: "https://civitai.com", FileHosts: []string{base}, Limits: Default()}); (err == nil) != ok {
			t.Errorf("%q as host of files: %v", base, err)
		}
	}
}

func TestPromise9_AHubsFilesComeFromPublicHostsAndNamedOnes(t *testing.T) {
	t.Parallel()
	h := openHub(t, "https://civitai.com", "https://files.lan:8443", "http://127.0.0.1:7")
	for address, ok := range map[string]bool{
		"https://civitai.com/x": true, "https://b2.civitai.com/x": true, "https://files.lan:8443/x": true, "http://127.0.0.1:7/x": true,
		"http://civitai.com/x": false, "https://civitai.com:444/x": false, "https://files.lan:8444/x": false, "http://files.lan:8443/x": false,
		"https://127.0.0.1:7/x": false, "http://127.0.0.1:8/x": false, "https://u@civitai.com/x": false, "https://169.254.169.254/x": false, "https://0177.0.0.1/x": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Check(u); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
	// The addresses names resolve to are judged when the connection is made.
	for address, public := range map[string]bool{
		"1.1.1.1:443": true, "[2606:4700:4700::1111]:443": true,
		"127.0.0.1:443": false, "10.1.2.3:443": false, "192.168.0.1:443": false, "172.16.0.1:443": false, "100.64.0.1:443": false, "169.254.169.254:443": false,
		"[::1]:443": false, "[fd00::1]:443": false, "[fe80::1]:443": false, "[64:ff9b::a00:1]:443": false,
	} {
		if got := isPublic(netip.MustParseAddrPort(address)); got != public {
			t.Errorf("%s is public: %v", address, got)
		}
	}
	_, err := h.dial(t.Context(), "tcp", "localhost:443") // such as a public name that resolves here
	if lora.CodeOf(err) != lora.Forbidden || !strings.Contains(err.Error(), "hub-file-hosts") {
		t.Errorf("a name that resolves to this machine: %v", err)
	}
}

func TestPromise9_AHubsTokenStaysAtHome(t *testing.T) {
	t.Parallel()
	var seen []string
	watch := func(next http.Handler) *httptest.Server {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = append(seen, r.Host+" "+r.Header.Get("Authorization")+" "+r.Header.Get("Referer")+r.UserAgent())
			next.ServeHTTP(w, r)
		}))
		t.Cleanup(s.Close)
		return s
	}
	var away *httptest.Server
	home := watch(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/go" {
			http.Redirect(w, r, away.URL+"/?signature=x", http.StatusTemporaryRedirect)
		}
	}))
	away = watch(http.RedirectHandler(home.URL+"/back", http.StatusTemporaryRedirect))
	h := openHub(t, home.URL, away.URL)
	reply, err := h.Fetch(t.Context(), Request{Method: http.MethodGet, URL: home.URL + "/go"})
	if err != nil {
		t.Fatal(err)
	}
	_ = reply.Body.Close()
	at := func(s *httptest.Server) string { return strings.TrimPrefix(s.URL, "http://") }
	want := []string{at(home) + " Bearer t0ken test/1", at(away) + "  test/1", at(home) + "  test/1"}
	if strings.Join(seen, "\n") != strings.Join(want, "\n") {
		t.Errorf("seen:\n%s\nwant:\n%s", strings.Join(seen, "\n"), strings.Join(want, "\n"))
	}
	if _, err := h.Ask(t.Context(), Request{Method: http.MethodGet, URL: home.URL + "/go"}); lora.CodeOf(err) != lora.Forbidden || strings.Contains(err.Error(), "signature") {
		t.Errorf("the API was followed away from home: %v", err)
	}
}

func TestPromise10_AHubsAnswersAreBounded(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/silent" {
			_, _ = io.WriteString(w, "a")
			w.(http.Flusher).Flush() //nolint:forcetypeassert // the test's own server
			<-r.Context().Done()
			return
		}
		block := make([]byte, mib)
		for r.Context().Err() == nil {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	h := openHub(t, server.URL)
	for path, want := range map[string]error{"/endless": ErrReplyTooLarge, "/silent": ErrIdle} {
		reply, err := h.Ask(t.Context(), Request{Method: http.MethodGet, URL: server.URL + path})
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, reply.Body)
		_ = reply.Body.Close()
		if err != want || n > hubReplyBytes { //nolint:errorlint // the very error
			t.Errorf("%s: %d bytes, %v", path, n, err)
		}
	}
}
