package fleet

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// balancer is a small load balancer: it asks each door's /health twenty times a second, and
// sends a request to the next door that is well. Only a request that no door has seen, since
// the connection was refused, is sent to another.
type balancer struct {
	f         *fleet
	transport *http.Transport
	next      atomic.Int64

	mu   sync.Mutex
	well map[string]bool // by base
}

// balance returns the address of a load balancer before the fleet.
func balance(t *testing.T, f *fleet) string {
	t.Helper()
	b := &balancer{f: f, transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	stop := make(chan struct{})
	var looking sync.WaitGroup
	looking.Go(func() { b.look(stop) })
	proxy := &httputil.ReverseProxy{Transport: b, Rewrite: func(r *httputil.ProxyRequest) { r.Out.Host = "" }}
	server := httptest.NewServer(proxy)
	t.Cleanup(func() {
		server.Close()
		close(stop)
		looking.Wait()
		b.transport.CloseIdleConnections()
	})
	return server.URL
}

func (b *balancer) look(stop <-chan struct{}) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		well := map[string]bool{}
		for door := range doors {
			if base := b.f.base(door); healthy(base) {
				well[base] = true
			}
		}
		b.mu.Lock()
		b.well = well
		b.mu.Unlock()
		select {
		case <-stop:
			return
		case <-tick.C:
		}
	}
}

var errNobody = errors.New("no door is well")

// RoundTrip implements http.RoundTripper.
func (b *balancer) RoundTrip(r *http.Request) (*http.Response, error) {
	// Whole, so that what is left of it on the way in cannot end the connection to the door.
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	err := errNobody
	for range 2 * doors {
		base := b.f.base(int(b.next.Add(1) % doors))
		b.mu.Lock()
		well := b.well[base]
		b.mu.Unlock()
		if !well {
			continue
		}
		target, bad := url.Parse(base)
		if bad != nil {
			return nil, bad
		}
		out := r.Clone(r.Context())
		out.URL.Scheme, out.URL.Host = target.Scheme, target.Host
		out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		answer, failure := b.transport.RoundTrip(out)
		var op *net.OpError
		if failure == nil || !errors.As(failure, &op) || op.Op != "dial" {
			return answer, failure
		}
		err = failure
	}
	return nil, err
}
