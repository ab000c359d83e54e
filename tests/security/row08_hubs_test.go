package security

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"loramanager/tests/fakehub"
	"loramanager/tests/harness"
)

// openHub starts a fake hub and a server that knows it and the host of its files.
func openHub(t *testing.T, flags ...string) (*fakehub.Hub, *harness.Server) {
	t.Helper()
	fake := fakehub.New(fakehub.Sample())
	t.Cleanup(fake.Close)
	return fake, harness.Start(t, harness.Options{Flags: append([]string{"--civitai-url", fake.URL(), "--hub-file-hosts", fake.FileHost()}, flags...)})
}

func TestRow08_AHubCannotSendDownloadsInside(t *testing.T) {
	t.Parallel()
	fake, s := openHub(t)
	const wanted = `{"hub":"civitai","version_id":"5002"}`
	if r := s.Ask("POST", "/api/v1/hub/peek", wanted); r.Status != 200 {
		t.Fatalf("the hub itself: %d %.300s", r.Status, r.Body)
	}
	trap := newTrap(t)
	chained := httptest.NewServer(http.RedirectHandler(trap.URL, http.StatusFound))
	t.Cleanup(chained.Close)
	for _, to := range []string{
		chained.URL, trap.URL, "https://127.0.0.1:" + trap.port, "https://localhost:" + trap.port, "http://169.254.169.254/latest/meta-data/",
		"https://169.254.169.254/", "https://2852039166/", "https://[::ffff:169.254.169.254]/", "file:///etc/passwd",
	} {
		fake.RedirectTo(to)
		fake.Show(fakehub.Redirected, 1)
		if r := s.Ask("POST", "/api/v1/hub/peek", wanted); r.Status < 400 || r.Status == 500 || strings.Contains(string(r.Body), "meta-data") {
			t.Errorf("%q: %d %.300s", to, r.Status, r.Body)
		}
	}
	for _, text := range inside {
		address := strings.ReplaceAll(text, "PORT", trap.port)
		for _, path := range []string{"/api/v1/hub/peek", "/api/v1/downloads"} {
			if r := s.Ask("POST", path, asJSON(t, map[string]any{"url": address, "root_id": "none"})); r.Status < 400 || r.Status >= 500 {
				t.Errorf("%s %q: %d %.300s", path, address, r.Status, r.Body)
			}
		}
	}
	if n := trap.calls.Load(); n != 0 {
		t.Errorf("the inside was called %d times", n)
	}
}

func TestRow08_NoHubLiesWhereCredentialsAre(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{
		{"--civitai-url", "http://169.254.169.254"}, {"--civitai-url", "https://169.254.169.254"}, {"--civarchive-url", "https://2852039166"},
		{"--huggingface-url", "https://[::ffff:169.254.169.254]"}, {"--civitai-url", "http://example.com"}, {"--huggingface-url", "https://user:geheim@huggingface.co"},
		{"--civitai-url", "https://civitai.com", "--hub-file-hosts", "http://169.254.169.254"},
	} {
		out := harness.Run(t, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", t.TempDir()}, flags...)...)
		if said := out.Out + out.Stderr; out.Code == 0 || said == "" || strings.Contains(said, "geheim") {
			t.Errorf("%v: exit %d: %.300s", flags, out.Code, said)
		}
	}
}
