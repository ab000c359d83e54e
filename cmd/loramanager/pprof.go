package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"time"
)

// serveProfiles offers profiles of this process at an address of this computer, when one
// is configured: never at the address of the API. The function it returns ends that.
func serveProfiles(ctx context.Context, c *Config, log *slog.Logger) (stop func(), err error) {
	if c.PProf == "" {
		return func() {}, nil
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", c.PProf)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s for profiles: %w", c.PProf, err)
	}
	server := &http.Server{Handler: profiles(), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("profiles are not served any more", "error", err)
		}
	}()
	log.Info("profiles are served", "address", listener.Addr().String())
	return func() {
		_ = server.Close() // a profile that is being taken is not worth waiting for
		<-ended
	}, nil
}

// profiles answers programs of this computer only, and no web page: a page may have its
// name lead here, or ask in the user's name.
func profiles() http.Handler {
	mux := http.NewServeMux()
	// The command line is left out: it may hold keys.
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		addr, err := netip.ParseAddr(host)
		if host != "localhost" && (err != nil || !addr.IsLoopback()) {
			http.Error(w, "ask by the address of this computer", http.StatusMisdirectedRequest)
			return
		}
		if site := r.Header.Get("Sec-Fetch-Site"); r.Header.Get("Origin") != "" || site != "" && site != "none" && site != "same-origin" {
			http.Error(w, "not for other pages", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
