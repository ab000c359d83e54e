package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"loramanager/internal/accounts"
	"loramanager/internal/archive"
	"loramanager/internal/embedding"
	"loramanager/internal/engine"
	"loramanager/internal/events"
	"loramanager/internal/guard"
	"loramanager/internal/health"
	"loramanager/internal/httpapi"
	"loramanager/internal/hub"
	"loramanager/internal/images"
	"loramanager/internal/jobs"
	"loramanager/internal/library"
	"loramanager/internal/metrics"
	"loramanager/internal/origin"
	"loramanager/internal/queue"
	"loramanager/internal/recommend"
	"loramanager/internal/sample"
	"loramanager/internal/stats"
	"loramanager/internal/store"
	"loramanager/internal/trace"
	"loramanager/web"
)

// app is the whole program: every room, joined. Nothing of it is global, so a test
// can run several side by side.
type app struct {
	config   Config
	log      *slog.Logger
	listener net.Listener
	doorless bool // runs jobs only: no HTTP, no library
	desk     bool // serves one command: no HTTP, no jobs

	holder string // name of this process, which no other has nor had

	store     *store.Store
	roots     []*guard.Root // folders of the program
	decoder   *guard.Decoder
	images    *images.Store
	pictures  *images.Pictures
	folder    *images.Folder
	gallery   *gallery
	hub       *events.Hub
	carrier   *events.Carrier
	queue     queue.Queue
	roster    *roster
	jobs      *jobs.Jobs
	metrics   *metrics.Metrics
	embedder  *embedding.Client // nil without one
	tracer    *trace.Tracer
	recommend *recommend.Recommender
	stats     *stats.Stats
	pulse     *health.Pulse
	health    *health.Checker
	library   *library.Library
	wildcards *guard.Root
	uploads   *archive.Uploads
	archive   *archive.Archive
	hubs      []hub.Hub
	origin    *origin.Origin
	accounts  *accounts.Accounts
	provider  *guard.Provider // nil without one
	api       *httpapi.Server
	http      *http.Server

	working  sync.WaitGroup // what run starts
	registry atomic.Pointer[engine.Registry]
	news     news
}

// option changes one part of an app before it is put together.
type option func(*app)

// withListener serves on a listener that is open already.
func withListener(l net.Listener) option { return func(a *app) { a.listener = l } }

// withoutDoor only runs jobs.
func withoutDoor(a *app) { a.doorless = true }

// newApp opens the rooms from the bottom up. On an error those that are open are closed again.
func newApp(ctx context.Context, c Config, log *slog.Logger, options ...option) (a *app, err error) {
	a = &app{config: c, log: log, decoder: guard.NewDecoder(guard.Default())}
	a.holder = a.workerName() + "/" + rand.Text()[:8]
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
	if a.listener == nil && !a.doorless && !a.desk {
		var lc net.ListenConfig
		if a.listener, err = lc.Listen(ctx, "tcp", c.Listen); err != nil {
			return a, fmt.Errorf("cannot listen on %s: %w", c.Listen, err)
		}
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return a, fmt.Errorf("the data folder cannot be made: %w", err)
	}
	rooms := []func(context.Context) error{
		a.openMetrics, a.openTracer, a.openStore, a.openPictures, a.openWires, a.openEngines, a.openJobs, a.openViews, a.openLibrary, a.openArchive,
		a.openOrigin, a.openHealth, a.openAccounts, a.openDoor,
	}
	if a.desk {
		rooms = a.deskRooms()
	}
	for _, open := range rooms {
		if err := open(ctx); err != nil {
			return a, err
		}
	}
	return a, nil
}

func (a *app) openTracer(ctx context.Context) (err error) {
	a.tracer, err = trace.Open(ctx, trace.Options{Endpoint: strings.TrimRight(a.config.Collector, "/"), Service: "loramanager", Version: version})
	return err
}

func (a *app) openStore(ctx context.Context) (err error) {
	a.store, err = store.Open(ctx, store.Options{URL: a.config.DatabaseURL.Reveal(), DataDir: a.config.Data, Logger: a.log})
	if err == nil && a.doorless && a.store.Database() != "postgres" {
		err = errors.New("a worker of its own needs PostgreSQL: set DATABASE_URL. With SQLite the server runs the jobs itself")
	}
	return err
}

func (a *app) openPictures(context.Context) error {
	thumbs, err := openFolder(filepath.Join(a.config.Data, "thumbnails"))
	if err != nil {
		return err
	}
	a.roots = append(a.roots, thumbs)
	a.images = images.Open(images.Options{Dir: thumbs, Decoder: a.decoder})
	shelf, err := a.openShelf()
	if err != nil {
		return err
	}
	a.pictures = images.NewPictures(images.PicturesOptions{Shelf: shelf, Decoder: a.decoder, Thumbnails: a.images})
	a.gallery = &gallery{store: a.store, pictures: a.pictures, folder: a.folder}
	return nil
}

// openDoor opens what people and programs meet: the API and the web app.
func (a *app) openDoor(context.Context) (err error) {
	if a.doorless {
		return nil
	}
	if a.api, err = httpapi.New(a.apiOptions()); err != nil {
		return err
	}
	a.http = &http.Server{
		Handler: a.api, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	return nil
}

func (a *app) libraryOptions() library.Options {
	c := &a.config
	home, _ := os.UserHomeDir() // without one nothing is suggested
	o := library.Options{
		Files: a.store, Placement: a.store, Registry: a.store, ScanLog: a.store, DigestLog: digestLog{a.store, a.metrics}, Announcer: announcer{a.hub, a.store, a.metrics},
		Logger: a.log, Ignore: c.Ignore, Private: a.private(), Home: home,
		Watch: c.Watch, ScanOnStart: c.ScanOnStart, UnwatchedRescan: c.pollInterval(),
		Digests: c.Digests, DigestBytesPerSecond: int64(c.DigestMiBRate) << 20,
	}
	if a.store.Database() == "postgres" { // servers may share it
		o.Leases, o.Holder = a.store, a.holder
	}
	return o
}

// mover brings in what other managers left.
func (a *app) mover() mover {
	return mover{archive: a.archive, roots: a.library.Roots, private: a.private()}
}

// private are the folders that hold what is the program's own.
func (a *app) private() []string {
	c := &a.config
	return []string{c.Data, filepath.Join(c.Data, "thumbnails"), c.Pictures, c.Wildcards, c.Backups}
}

func (a *app) apiOptions() httpapi.Options {
	mover := a.mover()
	c := &a.config
	proxies, _ := c.trustedProxies() // checked with the configuration
	return httpapi.Options{
		Version: version, Commit: commit, DataDir: c.Data,
		Listen: a.listener.Addr().String(), AllowedHosts: append(c.publicHost(), c.AllowedHosts...), Origins: c.CORSOrigins, CORSCredentials: c.CORSCookies,
		BasePath: c.BasePath, PublicURL: c.PublicURL, Key: c.APIKey, Frontend: c.frontend(), TrustedProxies: proxies, Accounts: a.accounts, AccountsOn: c.Accounts,
		Web: web.Dist(), WebBuilt: web.Built(),
		Store: a.store, Library: a.library, Images: a.images, Events: a.hub, Announcer: announcer{a.hub, a.store, a.metrics},
		Tracer: a.tracer, Jobs: a.jobs, Engines: a.roster, Pictures: a.pictures, PicturePath: a.picturePath, Wildcards: a.wildcards,
		Archive: a.archive, Uploads: a.uploads, Origin: a.origin, MoveIn: mover, Sidecars: mover,
		DeliveryHosts: c.DeliveryHosts, DeliveryFolder: c.DeliveryFiles,
		Recommend: a.recommend, Stats: a.stats, Health: a.health, Metrics: a.metrics,
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

// run serves and works until ctx ends. Then it still answers for the time of draining, and
// stops within the patience.
func (a *app) run(ctx context.Context, patience time.Duration) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	failed := make(chan error, 1)
	if a.archive != nil {
		a.takeUp(ctx)
	}
	if a.http != nil {
		go func() { failed <- a.http.Serve(a.listener) }()
	}
	a.work(ctx)
	var err error
	if a.library != nil {
		err = a.library.Start(ctx)
	}
	if err == nil {
		if a.library != nil {
			a.addRoots(ctx)
		}
		select {
		case <-ctx.Done():
			a.drain(failed)
		case err = <-failed:
		}
	}
	stop()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return errors.Join(err, a.close(stopping))
}

// drain answers on while load balancers learn that this server is about to stop. Jobs and
// scans are left to others already.
func (a *app) drain(failed <-chan error) {
	if a.http == nil || a.config.DrainSeconds == 0 {
		return
	}
	a.log.Info("draining", "seconds", a.config.DrainSeconds)
	a.api.Drain() // connections stay open: a request may be on its way over each
	select {
	case <-time.After(time.Duration(a.config.DrainSeconds) * time.Second):
	case err := <-failed:
		a.log.Warn("nothing is answered any more", "error", err)
	}
}

// closeDoor ends live connections and waits for requests, or cuts them off when ctx ends.
func (a *app) closeDoor(ctx context.Context) error {
	live := make(chan error, 1)
	go func() { live <- a.api.Close(ctx) }() // hijacked connections are not the http.Server's
	err := a.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		a.log.Warn("requests that took too long were cut off")
		err = a.http.Close()
	}
	return errors.Join(err, <-live)
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

// close stops the rooms from the top down and waits for them. Jobs that run end or are
// left to be attached to again before anything they need is closed.
func (a *app) close(ctx context.Context) error {
	var errs []error
	if a.http != nil {
		errs = append(errs, a.closeDoor(ctx))
	}
	if a.listener != nil {
		_ = a.listener.Close() // closed already when the server ran
	}
	a.working.Wait()
	if a.health != nil {
		errs = append(errs, a.health.Close(ctx))
	}
	if a.pulse != nil {
		errs = append(errs, a.pulse.Close(ctx))
	}
	if a.embedder != nil {
		a.embedder.Close()
	}
	if a.provider != nil {
		a.provider.Close()
	}
	errs = append(errs, a.closeStories(ctx))
	if a.jobs != nil {
		a.jobs.Close()
	}
	if a.roster != nil && a.roster.Registry != nil {
		errs = append(errs, a.roster.Close())
	}
	if a.queue != nil {
		errs = append(errs, a.queue.Close(ctx))
	}
	if a.carrier != nil {
		errs = append(errs, a.carrier.Close(ctx))
	}
	if a.hub != nil {
		errs = append(errs, a.hub.Close(ctx))
	}
	if a.images != nil {
		errs = append(errs, a.images.Close(ctx))
	}
	for _, root := range a.roots {
		errs = append(errs, root.Close())
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	if a.tracer != nil {
		errs = append(errs, a.tracer.Close(ctx))
	}
	return errors.Join(errs...)
}
