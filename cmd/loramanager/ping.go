package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"

	"loramanager/internal/guard"
)

type pingCmd struct {
	Live bool `help:"Ask only whether it runs, not whether it is ready."`
}

// pingPatience is less than what container engines give a check by default.
const pingPatience = 3 * time.Second

// Run asks the server of this configuration how it is. Images without a shell have
// nothing else to ask with.
func (p *pingCmd) Run(ctx context.Context, c *Config, io streams) error {
	path := "/readyz"
	if p.Live {
		path = "/livez"
	}
	status, body, err := c.askSelf(ctx, path)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("the server answers %d: %s", status, guard.DisplayName(string(body)))
	}
	_, err = fmt.Fprintln(io.out, "ok")
	return err
}

// askSelf asks whoever listens where this configuration says.
func (c *Config) askSelf(ctx context.Context, path string) (status int, body []byte, err error) {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return 0, nil, err
	}
	if addr, err := netip.ParseAddr(host); host == "" || err == nil && addr.IsUnspecified() {
		host = "127.0.0.1"
	}
	base := "http://" + net.JoinHostPort(host, port)
	out, err := guard.EngineClient(base, guard.Default())
	if err != nil {
		return 0, nil, err
	}
	defer out.Close()
	ctx, cancel := context.WithTimeout(ctx, pingPatience)
	defer cancel()
	reply, err := out.Do(ctx, guard.Request{Method: http.MethodGet, URL: base + c.BasePath + path})
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = reply.Body.Close() }() // it was only read
	body, err = io.ReadAll(io.LimitReader(reply.Body, 4096))
	return reply.Status, body, err
}
