package httpapi

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"golang.org/x/sync/semaphore"

	"loramanager/internal/accounts"
	"loramanager/internal/archive"
	"loramanager/internal/events"
	"loramanager/internal/guard"
	"loramanager/internal/images"
	"loramanager/internal/jobs"
	"loramanager/internal/library"
	"loramanager/internal/lora"
	"loramanager/internal/metrics"
	"loramanager/internal/origin"
	"loramanager/internal/recommend"
	"loramanager/internal/stats"
	"loramanager/internal/store"
	"loramanager/internal/trace"
)

// Options are what a Server needs. The zero value of a field means its default.
type Options struct {
	Version, Commit string
	DataDir         string

	Listen          string // HOST:PORT the server is reached at
	AllowedHosts    []string
	Origins         []string // foreign origins that may call the API
	CORSCredentials bool
	BasePath        string // "" or "/lora"
	PublicURL       string // where browsers reach the server, as it is configured; may be empty
	Key             guard.Secret
	// TrustedProxies are believed about the address of whoever they speak for.
	TrustedProxies []netip.Prefix
	Frontend       FrontendSettings

	// Accounts knows who logs in; without AccountsOn it only keeps the audit log.
	Accounts   *accounts.Accounts
	AccountsOn bool

	Web      fs.FS // the built web app
	WebBuilt bool

	Store   *store.Store
	Library *library.Library
	Images  *images.Store
	Events  *events.Hub
	// Announcer publishes what the front door itself changes; Events when nil.
	Announcer library.Announcer
	// WriteSample writes n sample adapters into a folder.
	WriteSample func(ctx context.Context, dir string, n int) error

	Jobs     *jobs.Jobs
	Engines  Engines
	Pictures *images.Pictures
	// PicturePath is where a picture lies on this computer; empty when it lies elsewhere.
	PicturePath func(*lora.Image) string
	Wildcards   *guard.Root // folder of wildcard files; nil when there is none
	// DeliveryHosts and DeliveryFolder say where deliveries may go.
	DeliveryHosts  []string
	DeliveryFolder string

	Archive  *archive.Archive
	Uploads  *archive.Uploads
	Origin   *origin.Origin
	MoveIn   MoveIn
	Sidecars Sidecars

	Recommend *recommend.Recommender
	Stats     *stats.Stats
	Health    Health
	Metrics   *metrics.Metrics // none are told when nil
	Tracer    *trace.Tracer    // no spans are made when nil

	MaxSockets, MaxSocketsPerSession int // 1,000 and 20

	Log *slog.Logger     // slog.Default()
	Now func() time.Time // time.Now
}

// Server answers HTTP. It is an http.Handler; Close ends its WebSockets.
type Server struct {
	options  Options
	log      *slog.Logger
	now      func() time.Time
	key      guard.Secret
	mode     string // open, key or accounts
	accounts *accounts.Accounts
	methods  LoginMethods
	hosts    *hostList
	origins  *origins
	sessions *sessions
	guesses  *guesses
	sockets  *sockets

	store   *store.Store
	library *library.Library
	images  *images.Store
	events  *events.Hub

	jobs     *jobs.Jobs
	draining atomic.Bool     // about to be closed
	closing  context.Context // ends when the server is closed
	close    context.CancelFunc
	revoking sync.WaitGroup
	engines  Engines
	pictures *images.Pictures
	uploads  *semaphore.Weighted // of the bytes of pictures on their way in
	actives  actives

	recommend *recommend.Recommender
	stats     *stats.Stats
	health    Health

	archive  *archive.Archive
	origin   *origin.Origin
	moveIn   MoveIn
	sidecars Sidecars

	api     huma.API
	router  *chi.Mux
	docs    *apiDocs
	app     *webApp
	handler http.Handler
}

// New joins routes and rooms to a Server.
func New(o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxSockets <= 0 {
		o.MaxSockets = guard.Default().Sockets
	}
	if o.MaxSocketsPerSession <= 0 {
		o.MaxSocketsPerSession = guard.Default().SocketsPerSession
	}
	if o.Events == nil {
		o.Events = events.New(events.Options{})
	}
	if o.Announcer == nil {
		o.Announcer = o.Events
	}
	origins, err := newOrigins(o.Origins, o.CORSCredentials)
	if err != nil {
		return nil, err
	}
	s := &Server{
		options: o, log: o.Log, now: o.Now, key: o.Key, mode: modeOf(&o), accounts: o.Accounts, origins: origins,
		hosts:    newHostList(o.Listen, o.AllowedHosts, origins.names),
		sessions: newSessions(o.Key, o.Now), guesses: newGuesses(o.Now),
		store: o.Store, library: o.Library, images: o.Images, events: o.Events,
		jobs: o.Jobs, engines: o.Engines, pictures: o.Pictures, uploads: semaphore.NewWeighted(uploadBudget),
		recommend: o.Recommend, stats: o.Stats, health: o.Health,
		archive: o.Archive, origin: o.Origin, moveIn: o.MoveIn, sidecars: o.Sidecars,
		sockets: newSockets(o.Events, o.MaxSockets, o.MaxSocketsPerSession),
		app:     &webApp{files: o.Web, built: o.WebBuilt, base: o.BasePath},
		router:  chi.NewRouter(),
	}
	s.closing, s.close = context.WithCancel(context.Background())
	if s.mode == modeAccounts {
		s.methods = s.loginMethods()
		s.sockets.alive = s.aliveAccount
		s.revoking.Go(s.revoke)
	}
	s.routeAll()
	spec, err := s.spec()
	if err != nil {
		return nil, err
	}
	if s.docs, err = newAPIDocs(spec); err != nil {
		return nil, err
	}
	s.handler = s.chain()
	return s, nil
}

func (s *Server) routeAll() {
	s.router.Use(middleware.GetHead, notePattern, s.trace, s.audit)
	s.router.NotFound(s.notFound)
	s.router.MethodNotAllowed(s.methodNotAllowed)
	s.api = humachi.New(s.router, humaConfig())
	s.api.UseMiddleware(readQueriesLaxly, rememberRequest)
	for _, routes := range []func(){
		s.routeAdapters, s.routeAdapterCreate, s.routeAdapterPatch, s.routeAdapterActions, s.routeBulk, s.routeExport, s.routeTrash,
		s.routeDigests, s.routeSummary, s.routeRoots, s.routeScans, s.routeSearches, s.routeSettings, s.routeSystem, s.routeSession,
		s.routeCompose, s.routePrompts, s.routeCompositions, s.routeGenerate, s.routeJobs, s.routeResults, s.routeResultEdits, s.routeDownloads,
		s.routePictures, s.routeShelf, s.routeEngines, s.routeDeliveries,
		s.routeRecommendations, s.routeRecommendFeedback, s.routeRecommendIndex, s.routeAnalytics, s.routeDashboard, s.routeStatus,
		s.routeExports, s.routeImports, s.routeTransfers, s.routeBackups, s.routeBackupHistory, s.routeBackupSchedules, s.routeMoveIn, s.routeSidecars, s.routeHub, s.routeHubDownloads,
		s.routeUploads, s.routeImportNow,
		s.routePasskeyLogin, s.routeProviderLogin, s.routeAccount, s.routeAccountSessions, s.routeAccountTOTP, s.routeAccountPasskeys, s.routeAccountKeys, s.routeAccountProvider,
		s.routeUsers, s.routeRoles, s.routeAudit,
	} {
		routes()
	}
	s.routeHealth()
	if s.options.Metrics != nil {
		s.plain(http.MethodGet, metricsPath, "readMetrics", s.options.Metrics.Handler().ServeHTTP)
	}
	s.plain(http.MethodGet, apiPrefix+"/adapters/{id}/preview", "readPreview", s.servePreview)
	s.plain(http.MethodGet, apiPrefix+"/ws/progress", "watch", s.serveSocket)
	s.plain(http.MethodGet, "/api/openapi.json", "readDescription", func(w http.ResponseWriter, r *http.Request) { s.docs.serveSpec(w, r) })
	s.plain(http.MethodGet, "/api/docs", "readDocs", func(w http.ResponseWriter, r *http.Request) { s.docs.servePage(w, r) })
}

// chain puts what every request passes before the routes, outermost first.
func (s *Server) chain() http.Handler {
	var h http.Handler = s.router
	for _, wrap := range []func(http.Handler) http.Handler{
		jsonOnly, withoutTrailingSlash, compressForDistance, s.letIn, s.refuseForeignPages, s.cors, s.checkHost, s.securityHeaders, s.record, s.count, s.locate, identify,
	} {
		h = wrap(h)
	}
	if s.options.BasePath != "" {
		h = belowBase(s.options.BasePath, h)
	}
	return h
}

// Close ends all live connections and waits for them, or for the end of ctx. Requests
// that wait for a job are answered without its end.
func (s *Server) Close(ctx context.Context) error {
	s.close()
	err := s.sockets.close(ctx)
	s.revoking.Wait()
	return err
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

func isAPI(path string) bool { return path == "/api" || strings.HasPrefix(path, "/api/") }

func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	if isAPI(r.URL.Path) {
		writeProblem(w, newProblem(r.Context(), http.StatusNotFound, lora.NotFound, "The API has nothing under this path. What it has: /api/docs."))
		return
	}
	s.app.ServeHTTP(w, r)
}

func (s *Server) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodPatch, http.MethodPost, http.MethodPut} {
		if s.router.Match(chi.NewRouteContext(), method, r.URL.Path) {
			allowed = append(allowed, method)
			if method == http.MethodGet {
				allowed = append(allowed, http.MethodHead)
			}
		}
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	writeProblem(w, newProblem(r.Context(), http.StatusMethodNotAllowed, lora.Invalid,
		"This path takes "+strings.Join(allowed, ", ")+", not "+r.Method+"."))
}

// belowBase takes the path under which a proxy shows the server off the front, for
// proxies that leave it on.
func belowBase(base string, next http.Handler) http.Handler {
	stripped := http.StripPrefix(base, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, base+"/") {
			stripped.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// withoutTrailingSlash sends clients that add a slash to the path without it.
func withoutTrailingSlash(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path := r.URL.Path; isAPI(path) && strings.HasSuffix(path, "/") && path != "/api/" {
			target := *r.URL
			target.Path, target.RawPath = strings.TrimRight(path, "/"), ""
			w.Header().Set("Location", target.RequestURI())
			w.WriteHeader(http.StatusTemporaryRedirect)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// jsonOnly refuses bodies that are neither JSON nor a picture or an upload where one is
// taken: forms are what foreign pages can send without asking. A body without a type is
// taken for JSON.
func jsonOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 && isAPI(r.URL.Path) && !isJSON(r.Header.Get("Content-Type")) && !isPicture(r) && !isUpload(r) {
			writeProblem(w, newProblem(r.Context(), http.StatusUnsupportedMediaType, lora.Invalid, "The body must be JSON, sent as application/json."))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isPicture reports whether a picture is sent to one of the routes that take one. Pages
// have to ask before they may send such a type.
func isPicture(r *http.Request) bool {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return slices.Contains(pictureTypes, strings.ToLower(strings.TrimSpace(media))) &&
		slices.Contains([]string{apiPrefix + "/pictures", apiPrefix + "/prompts/read-picture"}, r.URL.Path)
}

func isJSON(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	return media == "" || media == "application/json" || (strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json"))
}

// compressForDistance compresses JSON and tables for clients on other machines. To this
// machine the wire is faster than the compressor.
func compressForDistance(next http.Handler) http.Handler {
	compressed := middleware.Compress(gzipLevel, "application/json", "application/problem+json", "text/csv", "text/html")(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if addr := clientAddr(r); addr == (netip.Addr{}) || addr.IsLoopback() || !isAPI(r.URL.Path) || r.Header.Get("Upgrade") != "" {
			next.ServeHTTP(w, r)
			return
		}
		compressed.ServeHTTP(w, r)
	})
}

// gzipLevel is the fastest level: a page of 200 adapters shrinks to a tenth already.
const gzipLevel = 1
