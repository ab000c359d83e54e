package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"runtime"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"loramanager/internal/lora"
)

// Version says what is running.
type Version struct {
	Version  string  `json:"version"`
	Commit   string  `json:"commit"`
	Go       string  `json:"go"`
	Database string  `json:"database" enum:"sqlite,postgres"`
	DataDir  *string `json:"data_dir,omitempty" doc:"Only told to this machine"`
}

// FrontendSettings are what clients of the prototype read before anything else.
// They never hold a secret: the key's place is always null.
type FrontendSettings struct {
	BackendURL        string            `json:"backendUrl"`
	BackendAPIKey     *string           `json:"backendApiKey"`
	GenerationPolling GenerationPolling `json:"generationPolling"`
}

// GenerationPolling are intervals in milliseconds.
type GenerationPolling struct {
	QueueMS          int `json:"queueMs"`
	WebsocketRetryMS int `json:"websocketRetryMs"`
	SystemStatusMS   int `json:"systemStatusMs"`
}

type requestKey struct{}

// rememberRequest lets the few handlers that need the connection itself find it.
func rememberRequest(ctx huma.Context, next func(huma.Context)) {
	r, _ := humachi.Unwrap(ctx)
	next(huma.WithValue(ctx, requestKey{}, r))
}

// requestOf returns the request behind a handler's context.
func requestOf(ctx context.Context) *http.Request {
	r, _ := ctx.Value(requestKey{}).(*http.Request)
	return r
}

func (s *Server) routeSystem() {
	route(s, http.MethodGet, "/version", "readVersion", "system", "What is running", s.readVersion)
}

func (s *Server) readVersion(ctx context.Context, _ *none) (*reply[Version], error) {
	v := Version{Version: s.options.Version, Commit: s.options.Commit, Go: runtime.Version(), Database: s.store.Database()}
	if clientAddr(requestOf(ctx)).IsLoopback() {
		v.DataDir = &s.options.DataDir
	}
	return answer(v, nil)
}

// routeHealth adds what load balancers and supervisors ask. None of it needs a key.
func (s *Server) routeHealth() {
	s.router.Get("/health", s.unlessDraining(map[string]string{"status": "ok", "service": "lora-manager"}))
	s.router.Get("/api/health", s.unlessDraining(map[string]string{"status": "ok"}))
	s.router.Get("/livez", sayJSON(map[string]string{"status": "ok"}))
	s.router.Get("/readyz", s.ready)
	s.router.Get("/frontend/settings", sayJSON(s.options.Frontend))
}

// Drain has /health and /readyz say that the server is about to stop. Everything is
// answered as before.
func (s *Server) Drain() { s.draining.Store(true) }

// unlessDraining says that all is well until the server is about to stop: a load balancer
// sends its requests elsewhere then.
func (s *Server) unlessDraining(well any) http.HandlerFunc {
	sayWell, sayDraining := sayJSON(well), sayJSON(map[string]string{"status": "draining"})
	return func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusServiceUnavailable)
			sayDraining(w, r)
			return
		}
		sayWell(w, r)
	}
}

func sayJSON(value any) http.HandlerFunc {
	body, err := json.Marshal(value)
	return func(w http.ResponseWriter, r *http.Request) {
		if err != nil {
			writeProblem(w, problemOf(r.Context(), err))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(body)
	}
}

const readyPatience = 2 * time.Second

// ready answers 200 while the database answers with the schema this program knows, and
// the server is not about to stop.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyPatience)
	defer cancel()
	err := s.store.Ready(ctx)
	if s.draining.Load() || s.closing.Err() != nil {
		err = lora.Errorf(lora.Unavailable, "The server is stopping.")
	}
	if err != nil {
		writeProblem(w, newProblem(ctx, http.StatusServiceUnavailable, lora.Unavailable, problemOf(ctx, err).Detail))
		return
	}
	sayJSON(map[string]string{"status": "ok"})(w, r)
}
