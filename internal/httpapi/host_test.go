package httpapi

import (
	"net"
	"testing"

	"loramanager/internal/lora"
)

func TestPromise2_OnlyOurOwnNamesAreAnswered(t *testing.T) {
	t.Parallel()
	local := &net.TCPAddr{IP: net.ParseIP("192.168.1.5"), Port: 8000}
	h := newHostList("0.0.0.0:8000", []string{"NAS.local", "proxy.example:8443"}, []string{"http://localhost:5173"})
	for _, c := range []struct {
		host string
		want bool
	}{
		{"localhost:8000", true},
		{"LOCALHOST:8000", true},
		{"127.0.0.1:8000", true},
		{"127.9.8.7:8000", true},
		{"[::1]:8000", true},
		{"[::ffff:127.0.0.1]:8000", true},
		{"192.168.1.5:8000", true}, // the address the request arrived at
		{"nas.local:8000", true},
		{"nas.local:9000", true}, // configured without a port
		{"nas.local", true},
		{"proxy.example:8443", true},
		{"localhost:5173", true}, // an allowed origin's own host: its proxy keeps the name
		{"", false},
		{"localhost", false}, // port 80 is not ours
		{"localhost:8001", false},
		{"localhost.evil.com:8000", false},
		{"localhost.:8000", false},
		{"evil.com:8000", false},
		{"evil.com", false},
		{"127.0.0.1.evil.com:8000", false},
		{"127.0.0.1:8000@evil.com", false},
		{"evil.com/localhost:8000", false},
		{"192.168.1.6:8000", false},
		{"10.0.0.1:8000", false},
		{"0.0.0.0:8000", false},
		{"[::]:8000", false},
		{"[fe80::1%25eth0]:8000", false},
		{"2130706433:8000", false}, // 127.0.0.1 as a number
		{"0177.0.0.1:8000", false},
		{"127.1:8000", false},
		{"[::1", false},
		{"::1:8000", false},
		{"localhost:8000:8000", false},
		{"localhost:08000", false},
		{"proxy.example", false}, // configured with a port
		{"proxy.example:8000", false},
		{"xnas.local:8000", false},
		{"nas.local.evil.com:8000", false},
	} {
		if got := h.allows(c.host, local); got != c.want {
			t.Errorf("Host %q: allowed %v, want %v", c.host, got, c.want)
		}
	}
}

func TestPromise2_AForeignHostGets421OnEveryPath(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{})
	for _, path := range []string{"/", "/health", "/api/v1/adapters", "/api/docs", "/api/v1/ws/progress", "/assets/app.js"} {
		problem(t, d.ask(t, "GET", path, "", "Host: rebound.evil.com"), 421, lora.Forbidden)
	}
	if r := d.ask(t, "GET", "/health", ""); r.StatusCode != 200 {
		t.Errorf("our own name: %d", r.StatusCode)
	}
}
