package httpapi

import (
	"net/http"
	"strings"

	"loramanager/internal/lora"
)

// invalidKey is the contract's sentence for a missing or wrong key.
const invalidKey = "Invalid API Key"

// carriesKey reports whether the request holds the right key in a header, which
// no page of another site can add.
func (s *Server) carriesKey(r *http.Request) bool {
	if key := r.Header.Get("X-API-Key"); key != "" {
		return s.key.Matches(key)
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Bearer") && s.key.Matches(strings.TrimSpace(token))
}

// authenticated reports whether the request may use the API: no key is
// configured, or it carries the key, or the cookie of a login.
func (s *Server) authenticated(r *http.Request) bool {
	if s.key.Reveal() == "" || s.carriesKey(r) {
		return true
	}
	_, ok := s.sessions.read(r)
	return ok
}

// isOpen reports whether a path answers without a key; what lies outside /api is either
// the web app's files, which hold no data, or health, or the metrics, which do.
func isOpen(path string) bool {
	switch path {
	case "/api/health", apiPrefix + "/session":
		return true
	case metricsPath:
		return false
	}
	return !strings.HasPrefix(path, "/api/") && path != "/api"
}

// requireKey lets nobody in who does not have the key.
func (s *Server) requireKey(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isOpen(r.URL.Path) || s.authenticated(r) {
			next.ServeHTTP(w, r)
			return
		}
		if s.guesses.failed(clientAddr(r), r.Header.Get("X-API-Key") != "" || r.Header.Get("Authorization") != "") {
			writeTooMany(w, r)
			return
		}
		writeProblem(w, newProblem(r.Context(), http.StatusForbidden, lora.Unauthorized, invalidKey))
	})
}

func writeTooMany(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "60")
	writeProblem(w, newProblem(r.Context(), http.StatusTooManyRequests, lora.RateLimited,
		"Too many wrong keys from your address. Wait a minute and try again."))
}
