package guard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// Failures of a reply that has begun.
var (
	// ErrReplyTooLarge says that a reply was longer than its limit.
	ErrReplyTooLarge = errors.New("the reply is too large")
	// ErrIdle says that no byte came for Limits.EngineIdle in the middle of a reply.
	ErrIdle = errors.New("the reply stopped in the middle")
)

// Outbound calls other computers, within rules fixed when it was made. It uses no proxy
// of the environment, sends no Origin, keeps no cookies, follows at most three redirects
// and has no timeout of its own besides idleness: the context bounds a call.
type Outbound struct {
	client *http.Client
	limits Limits
}

// Request is one call.
type Request struct {
	Method   string
	URL      string
	Header   http.Header
	Body     []byte
	Username string
	Password Secret
}

// Reply is what came back. Body fails with ErrReplyTooLarge beyond the limit and with
// ErrIdle when the other side falls silent; it must be closed.
type Reply struct {
	Status int
	Header http.Header
	Body   io.ReadCloser
}

const (
	maxRedirects      = 3
	maxReplyHeader    = 64 * kib
	handshakeTimeout  = 10 * time.Second
	idleConnections   = 4
	idleConnectionAge = 60 * time.Second
)

// EngineClient returns a client for the engine at base, an http or https URL, and for
// nothing else: not another host, not another port, not by redirect. The engine may be
// on this machine or on the local network, which is why only an administrator's
// configuration may name it. Errors are *lora.Error and belong to the field url.
func EngineClient(base string, limits Limits) (*Outbound, error) {
	origin, err := engineOrigin(base)
	if err != nil {
		return nil, err
	}
	return newOutbound(limits, (&dialer{
		host: func(hostPort string) error {
			host, port, err := splitHost(hostPort)
			if err == nil && joinHost(host, port) != origin.host {
				err = lora.Errorf(lora.Forbidden, "The engine sent us to %s, which is not its own address.", DisplayName(hostPort))
			}
			return err
		},
		address: func(netip.AddrPort) error { return nil },
	}).dial, origin.check), nil
}

// origin is a scheme with a host and port.
type origin struct{ scheme, host string }

func engineOrigin(base string) (origin, error) {
	u, err := url.Parse(base)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return origin{}, lora.FieldErrorf(lora.Invalid, "url", "The URL of an engine begins with http:// or https:// and names a host, such as http://127.0.0.1:7860.")
	case u.User != nil:
		return origin{}, lora.FieldErrorf(lora.Invalid, "url", "Put the user name and password into their own fields, not into the URL.")
	case u.RawQuery != "" || u.Fragment != "":
		return origin{}, lora.FieldErrorf(lora.Invalid, "url", "The URL of an engine ends before any ? or #.")
	}
	o, err := originOf(u)
	if known := (*lora.Error)(nil); errors.As(err, &known) {
		return origin{}, &lora.Error{Code: known.Code, Field: "url", Message: known.Message}
	}
	return o, err
}

// originOf refuses what splitHost refuses.
func originOf(u *url.URL) (origin, error) {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	host, number, err := splitHost(net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return origin{}, err
	}
	return origin{scheme: u.Scheme, host: joinHost(host, number)}, nil
}

func joinHost(host string, port uint16) string {
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// check lets a URL pass that is of this origin.
func (o origin) check(u *url.URL) error {
	other, err := originOf(u)
	if err == nil && other != o {
		err = lora.Errorf(lora.Forbidden, "The engine sent us to %s://%s, which is not its own address.", DisplayName(u.Scheme), DisplayName(u.Host))
	}
	return err
}

// newOutbound returns a client whose every URL, redirects included, passes check.
func newOutbound(limits Limits, dial dialFunc, check func(*url.URL) error) *Outbound {
	transport := &http.Transport{
		Proxy:                  nil,
		DialContext:            dial,
		TLSHandshakeTimeout:    handshakeTimeout,
		MaxIdleConnsPerHost:    idleConnections,
		IdleConnTimeout:        idleConnectionAge,
		MaxResponseHeaderBytes: maxReplyHeader,
		DisableCompression:     true,
	}
	client := &http.Client{
		Transport: checked{transport, check},
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return lora.Errorf(lora.Forbidden, "The address redirected more than %d times.", maxRedirects)
			}
			return nil
		},
	}
	return &Outbound{client: client, limits: limits}
}

// checked is a transport that looks at each URL before it goes out.
type checked struct {
	*http.Transport
	check func(*url.URL) error
}

// RoundTrip implements http.RoundTripper.
func (c checked) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := c.check(r.URL); err != nil {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, err
	}
	return c.Transport.RoundTrip(r)
}

// HTTP returns the client itself, for protocols that begin as HTTP, such as WebSocket.
// Its replies are not bounded.
func (o *Outbound) HTTP() *http.Client { return o.client }

// Close lets go of connections that are not in use.
func (o *Outbound) Close() { o.client.CloseIdleConnections() }

// Do makes one call and returns when the head of the reply is there.
func (o *Outbound) Do(ctx context.Context, r Request) (*Reply, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		cancel(nil)
		return nil, fmt.Errorf("the request cannot be made: %w", err)
	}
	for name, values := range r.Header {
		request.Header[name] = values
	}
	if r.Username != "" || r.Password != "" {
		request.SetBasicAuth(r.Username, r.Password.Reveal())
	}
	response, err := o.client.Do(request) //nolint:bodyclose // Reply.Body closes it
	if err != nil {
		cancel(nil)
		return nil, err
	}
	body := &boundedBody{body: response.Body, left: o.limits.EngineReplyBytes, idle: o.limits.EngineIdle, ctx: ctx, cancel: cancel}
	return &Reply{Status: response.StatusCode, Header: response.Header, Body: body}, nil
}

// boundedBody counts bytes and watches for silence.
type boundedBody struct {
	body   io.ReadCloser
	left   int64
	idle   time.Duration
	ctx    context.Context
	cancel context.CancelCauseFunc
	once   sync.Once
}

// Read implements io.Reader.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return b.beyond()
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	alarm := time.AfterFunc(b.idle, func() { b.cancel(ErrIdle) })
	n, err := b.body.Read(p)
	alarm.Stop()
	b.left -= int64(n)
	if err != nil && err != io.EOF && errors.Is(context.Cause(b.ctx), ErrIdle) {
		err = ErrIdle
	}
	return n, err
}

// beyond tells the end of a reply of exactly the limit from one that goes on.
func (b *boundedBody) beyond() (int, error) {
	var one [1]byte
	n, err := b.body.Read(one[:])
	if n > 0 {
		return 0, ErrReplyTooLarge
	}
	return 0, err
}

// Close implements io.Closer. What was not read is dropped with the connection.
func (b *boundedBody) Close() error {
	var err error
	b.once.Do(func() {
		b.cancel(nil)
		err = b.body.Close()
	})
	return err
}
