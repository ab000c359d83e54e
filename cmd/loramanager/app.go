package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"loramanager/internal/events"
	"loramanager/internal/guard"
	"loramanager/internal/httpapi"
	"loramanager/internal/images"
	"loramanager/internal/library"
	"loramanager/internal/lora"
	"loramanager/internal/sample"
	"loramanager/internal/store"
	"loramanager/web"
)

// app is the whole program: every room, joined. Nothing of it is global, so a test
// can run several side by side.
type app struct {
	config   Config
	log      *slog.Logger
	listener net.Listener

	store   *store.Store
	thumbs  *guard.Root
	images  *images.Store
	hub     *events.Hub
	library *library.Library
	api     *httpapi.Server
	http    *http.Server
}

// option changes one part of an app before it is put together.
type option func(*app)

// withListener serves on a listener that is open already.
func withListener(l net.Listener) option { return func(a *app) { a.listener = l } }

// newApp opens the rooms from the bottom up. On an error those that are open are closed again.
func newApp(ctx context.Context, c Config, log *slog.Logger, options ...option) (a *app, err error) {
	a = &app{config: c, log: log}
	for _, o := range options {
		o(a)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close(context.WithoutCancel(ctx)))
		}
	}()
	// The port first: when it is taken nothing else needs to be undone, and clients
	// that are early wait in the queue instead of being refused.
	if a.listener == nil {
		var lc net.ListenConfig
		if a.listener, err = lc.Listen(ctx, "tcp", c.Listen); err != nil {
			return a, fmt.Errorf("cannot listen on %s: %w", c.Listen, err)
		}
	}
	if err := os.MkdirAll(filepath.Join(c.Data, "thumbnails"), 0o700); err != nil {
		return a, fmt.Errorf("the data folder cannot be made: %w", err)
	}
	if a.store, err = store.Open(ctx, store.Options{URL: c.DatabaseURL.Reveal(), DataDir: c.Data, Logger: log}); err != nil {
		return a, err
	}
	if a.thumbs, err = guard.OpenRoot(filepath.Join(c.Data, "thumbnails")); err != nil {
		return a, err
	}
	a.images = images.Open(images.Options{Dir: a.thumbs, Decoder: guard.NewDecoder(guard.Default())})
	a.hub = events.New(events.Options{})
	a.library = library.New(a.libraryOptions())
	if a.api, err = httpapi.New(a.apiOptions()); err != nil {
		return a, err
	}
	a.http = &http.Server{
		Handler: a.api, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	return a, nil
}

func (a *app) libraryOptions() library.Options {
	c := &a.config
	home, _ := os.UserHomeDir() // without one nothing is suggested
	return library.Options{
		Files: a.store, Placement: a.store, Registry: a.store, ScanLog: a.store, DigestLog: a.store, Announcer: announcer{a.hub, a.store},
		Logger: a.log, Ignore: c.Ignore, Private: []string{c.Data, filepath.Join(c.Data, "thumbnails")}, Home: home,
		Watch: c.Watch, ScanOnStart: c.ScanOnStart, UnwatchedRescan: c.pollInterval(),
		Digests: c.Digests, DigestBytesPerSecond: int64(c.DigestMiBRate) << 20,
	}
}

func (a *app) apiOptions() httpapi.Options {
	c := &a.config
	return httpapi.Options{
		Version: version, Commit: commit, DataDir: c.Data,
		Listen: a.listener.Addr().String(), AllowedHosts: c.AllowedHosts, Origins: c.CORSOrigins, CORSCredentials: c.CORSCookies,
		BasePath: c.BasePath, Key: c.APIKey, Frontend: c.frontend(),
		Web: web.Dist(), WebBuilt: web.Built(),
		Store: a.store, Library: a.library, Images: a.images, Events: a.hub, Announcer: announcer{a.hub, a.store},
		WriteSample: func(ctx context.Context, dir string, n int) error { return sample.Write(ctx, dir, n, sample.Options{}) },
		MaxSockets:  c.MaxSockets, MaxSocketsPerSession: c.SocketsPer, Log: a.log,
	}
}

// frontend is what /frontend/settings tells clients.
func (c *Config) frontend() httpapi.FrontendSettings {
	address := strings.TrimSpace(c.BackendURL)
	switch {
	case strings.HasPrefix(address, "http://"), strings.HasPrefix(address, "https://"):
		address = strings.TrimRight(address, "/")
	case strings.Trim(address, "/") != "":
		address = "/" + strings.Trim(address, "/")
	default:
		address = c.BasePath + "/api/v1"
	}
	return httpapi.FrontendSettings{BackendURL: address, GenerationPolling: httpapi.GenerationPolling{
		QueueMS: c.QueuePollMS, WebsocketRetryMS: c.SocketRetryMS, SystemStatusMS: c.StatusPollMS,
	}}
}

// run serves until ctx ends, then stops within the given time.
func (a *app) run(ctx context.Context, patience time.Duration) error {
	failed := make(chan error, 1)
	go func() { failed <- a.http.Serve(a.listener) }()
	err := a.library.Start(ctx)
	if err == nil {
		a.addRoots(ctx)
		select {
		case <-ctx.Done():
		case err = <-failed:
		}
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return errors.Join(err, a.close(stopping))
}

// addRoots adds the library folders of the configuration that are not there yet.
func (a *app) addRoots(ctx context.Context) {
	for _, dir := range a.config.Root {
		dir, err := filepath.Abs(dir)
		if err == nil && !a.hasRoot(ctx, dir) {
			_, _, err = a.library.AddRoot(ctx, dir, "")
		}
		if err != nil {
			a.log.Warn("a library folder of the configuration was not added", "folder", dir, "error", err)
		}
	}
}

func (a *app) hasRoot(ctx context.Context, dir string) bool {
	roots, err := a.store.Roots(ctx)
	if err != nil {
		return false
	}
	for i := range roots {
		if filepath.Clean(roots[i].Path) == dir {
			return true
		}
	}
	return false
}

// close stops the rooms from the top down and waits for them.
func (a *app) close(ctx context.Context) error {
	var errs []error
	if a.http != nil {
		live := make(chan error, 1)
		go func() { live <- a.api.Close(ctx) }() // hijacked connections are not the http.Server's
		errs = append(errs, a.http.Shutdown(ctx), <-live)
	}
	if a.listener != nil {
		_ = a.listener.Close() // closed already when the server ran
	}
	if a.library != nil {
		errs = append(errs, a.library.Close())
	}
	if a.hub != nil {
		errs = append(errs, a.hub.Close(ctx))
	}
	if a.images != nil {
		errs = append(errs, a.images.Close(ctx))
	}
	if a.thumbs != nil {
		errs = append(errs, a.thumbs.Close())
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	return errors.Join(errs...)
}

// announcer adds to news of changed adapters the number of the latest change, by
// which a client knows whether it has seen it.
type announcer struct {
	hub   *events.Hub
	store *store.Store
}

type adaptersChanged struct {
	library.AdaptersChanged
	Change int64 `json:"change"`
}

const numberPatience = time.Second

// Announce implements library.Announcer.
func (a announcer) Announce(eventType string, data any) {
	if changed, ok := data.(library.AdaptersChanged); ok {
		ctx, cancel := context.WithTimeout(context.Background(), numberPatience)
		defer cancel()
		number, err := a.store.Change(ctx)
		if err != nil && lora.CodeOf(err) == lora.Internal {
			changed.IDs = nil // read everything again
		}
		data = adaptersChanged{changed, number}
	}
	a.hub.Announce(eventType, data)
}
