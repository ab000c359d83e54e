package security

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"loramanager/tests/harness"
)

// askAs sends a request for a path under a name, byte for byte.
func askAs(s *harness.Server, path, host string) *harness.Reply {
	return s.Raw("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
}

func TestRow12_ForeignNamesAreRefusedEverywhere(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	_, port, _ := strings.Cut(strings.TrimPrefix(s.Base, "http://"), ":")
	hosts := []string{
		"evil.example", "evil.example:" + port, "localhost.evil.example:" + port, "evil.localhost:" + port, "localhost.:" + port, "localhost:" + port + ".evil.example",
		"127.0.0.1.evil.example:" + port, "127.0.0.1.nip.io:" + port, "127-0-0-1.nip.io:" + port, "localhost", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:" + port + "0",
		"localhost:1", "0.0.0.0:" + port, "[::]:" + port, "0:" + port, "127.1:" + port, "2130706433:" + port, "0x7f000001:" + port, "0177.0.0.1:" + port,
		"127.0.0.1%00:" + port, "user@127.0.0.1:" + port, "127.0.0.1:" + port + "@evil.example", "evil.example#127.0.0.1:" + port, "xn--localhst-dga:" + port,
		"169.254.169.254:" + port, "192.168.0.1:" + port, "10.0.0.1:" + port, "metadata.google.internal:" + port, "lоcalhost:" + port, "localhost%2eevil:" + port,
		"127.0.0.1, evil.example", "127.0.0.1:" + port + " evil.example", "[::ffff:10.0.0.1]:" + port, "[fe80::1%25eth0]:" + port, "", ":" + port, ".", "*", "-",
		"localhost:" + port + ":" + port, "[127.0.0.1:" + port, "127.0.0.1]:" + port, strings.Repeat("a.", 100) + "localhost:" + port,
	}
	for _, host := range hosts {
		for _, path := range []string{"/", "/api/v1/adapters", "/api/health", "/frontend/settings", "/readyz", "/api/docs", "/assets/x.js"} {
			if r := askAs(s, path, host); r.Status != 421 && r.Status != 400 {
				t.Errorf("Host %q may read %s: %d", host, path, r.Status)
			}
		}
	}
	for _, host := range []string{"localhost:" + port, "LOCALHOST:" + port, "127.0.0.1:" + port, "127.5.6.7:" + port, "[::1]:" + port, "[::ffff:127.0.0.1]:" + port} {
		if r := askAs(s, "/api/health", host); r.Status != 200 {
			t.Errorf("Host %q is ours but gets %d", host, r.Status)
		}
	}
}

// Other places where a name can stand.
func TestRow12_OnlyTheHostCounts(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	ours := strings.TrimPrefix(s.Base, "http://")
	for what, request := range map[string]string{
		"a whole address in the first line": "GET http://evil.example/api/v1/adapters HTTP/1.1\r\nHost: " + ours + "\r\nConnection: close\r\n\r\n",
		"two hosts":                         "GET /api/v1/adapters HTTP/1.1\r\nHost: " + ours + "\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
		"no host at all":                    "GET /api/v1/adapters HTTP/1.1\r\nConnection: close\r\n\r\n",
		"HTTP 1.0 without a host":           "GET /api/v1/adapters HTTP/1.0\r\n\r\n",
		"a proxy's header":                  "GET /api/v1/adapters HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: " + ours + "\r\nForwarded: host=" + ours + "\r\nConnection: close\r\n\r\n",
		"a live connection":                 "GET /api/v1/ws/progress HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
		"a change":                          "POST /api/v1/scans HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
	} {
		if r := s.Raw(request); r.Status != 421 && r.Status != 400 {
			t.Errorf("%s: %d %s", what, r.Status, r.Body)
		}
	}
}

// Names near ours that nobody thought of. The seed is printed when one gets through.
func TestRow12_NamesNearOursAreRefused(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	ours := strings.TrimPrefix(s.Base, "http://")
	_, port, _ := strings.Cut(ours, ":")
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 12))
	const letters = ".:-@/\\#?%[]0127abcLlocalhst\t _~"
	for range 500 {
		host := []byte(ours)
		if random.IntN(2) == 0 {
			host = []byte("localhost:" + port)
		}
		for range 1 + random.IntN(3) {
			at, letter := random.IntN(len(host)), letters[random.IntN(len(letters))]
			if random.IntN(2) == 0 {
				host[at] = letter
			} else {
				host = append(host[:at], append([]byte{letter}, host[at:]...)...)
			}
		}
		name := strings.ToLower(strings.TrimSpace(string(host)))
		if r := askAs(s, "/api/health", string(host)); r.Status != 421 && r.Status != 400 && !loopbackName(name, port) {
			t.Errorf("seed %d: Host %q gets %d", seed, host, r.Status)
		}
	}
}

// loopbackName says independently of the server which names are this machine's.
func loopbackName(host, port string) bool {
	name, ok := strings.CutSuffix(host, ":"+port)
	if !ok {
		return false
	}
	var b, c, d int
	n, err := fmt.Sscanf(name, "127.%d.%d.%d", &b, &c, &d)
	return name == "localhost" || err == nil && n == 3 && name == fmt.Sprintf("127.%d.%d.%d", b, c, d) && max(b, c, d) < 256
}
