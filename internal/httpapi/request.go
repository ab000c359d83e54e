package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"github.com/go-chi/chi/v5/middleware"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

type requestIDKey struct{}

// requestID returns the id under which a request stands in the log.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

type loggerKey struct{}

// loggerOf returns the server's log; handlers that only have a context find it here.
func loggerOf(ctx context.Context) *slog.Logger {
	if log, ok := ctx.Value(loggerKey{}).(*slog.Logger); ok {
		return log
	}
	return slog.Default()
}

// identify gives every request an id. One that a proxy sent is kept when it is harmless.
func identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-ID")
		if !harmlessID(id) {
			var b [8]byte
			_, _ = rand.Read(b[:]) // never fails, see crypto/rand
			id = hex.EncodeToString(b[:])
		}
		w.Header().Set("X-Request-ID", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

func harmlessID(id string) bool {
	if len(id) < 8 || len(id) > 64 {
		return false
	}
	for _, c := range []byte(id) {
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// record logs each request once and turns a panic into a 500 without internals.
// Queries are not logged: they hold what the user searches for.
func (s *Server) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		r = r.WithContext(context.WithValue(r.Context(), loggerKey{}, s.log))
		start := time.Now()
		defer func() {
			if v := recover(); v != nil {
				s.panicked(ww, r, v)
			}
			level := slog.LevelDebug
			if drains := s.draining.Load() && !isAPI(r.URL.Path); ww.Status() >= http.StatusInternalServerError && !drains { // that was said once
				level = slog.LevelError
			} else if r.Method != http.MethodGet && r.Method != http.MethodHead || isRefusal(ww.Status()) {
				level = slog.LevelInfo
			}
			s.log.LogAttrs(r.Context(), level, "request",
				slog.String("method", r.Method), slog.String("path", guard.DisplayName(r.URL.Path)), slog.Int("status", ww.Status()),
				slog.Int("bytes", ww.BytesWritten()), slog.Duration("took", time.Since(start)),
				slog.String("remote", clientAddr(r).String()), slog.String("request_id", requestID(r.Context())))
		}()
		next.ServeHTTP(ww, r)
	})
}

// isRefusal reports whether somebody was not let in, may not do something, or tried too often.
func isRefusal(status int) bool {
	return slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusMisdirectedRequest}, status)
}

func (s *Server) panicked(w middleware.WrapResponseWriter, r *http.Request, v any) {
	if v == http.ErrAbortHandler { //nolint:errorlint // the documented sentinel is compared as a panic value
		panic(v)
	}
	s.log.ErrorContext(r.Context(), "request panicked", "panic", v, "request_id", requestID(r.Context()), "stack", string(debug.Stack()))
	if w.Status() == 0 {
		writeProblem(w, newProblem(r.Context(), http.StatusInternalServerError, lora.Internal, internalDetail))
	}
}
