package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

// metricsPath is where Prometheus looks.
const metricsPath = "/metrics"

// What requests are counted under that matched no pattern.
const (
	routeRefused = "refused"   // before there was a choice: no key, a foreign page, another host
	routeApp     = "app"       // files and pages of the web app
	routeUnknown = "unmatched" // nothing is there
)

type patternKey struct{}

// count counts each request under the pattern of its route.
func (s *Server) count(next http.Handler) http.Handler {
	if s.options.Metrics == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, pattern := time.Now(), routeRefused
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			status := ww.Status()
			if status == 0 && r.Context().Err() != nil {
				status = statusClientClosed
			}
			s.options.Metrics.Answered(r.Method, pattern, status, time.Since(start))
		}()
		next.ServeHTTP(ww, r.WithContext(context.WithValue(r.Context(), patternKey{}, &pattern)))
	})
}

// notePattern remembers which route took the request, for count.
func notePattern(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to, counted := r.Context().Value(patternKey{}).(*string)
		if counted {
			defer func() { *to = patternOf(r) }()
		}
		next.ServeHTTP(w, r)
	})
}

// trace makes a span of every request, by the pattern of its route.
func (s *Server) trace(next http.Handler) http.Handler {
	return s.options.Tracer.Handler(next, patternOf)
}

func patternOf(r *http.Request) string {
	switch pattern := chi.RouteContext(r.Context()).RoutePattern(); {
	case pattern != "":
		return pattern
	case isAPI(r.URL.Path):
		return routeUnknown
	}
	return routeApp
}

// Sockets are the live connections: how many are open, and how many were ended because
// they did not keep up.
func (s *Server) Sockets() (open, cut int) {
	s.sockets.mu.Lock()
	defer s.sockets.mu.Unlock()
	return len(s.sockets.open), s.sockets.cut
}
