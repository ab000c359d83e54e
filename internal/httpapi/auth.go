package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// invalidKey is the contract's sentence for a missing or wrong key.
const invalidKey = "Invalid API Key"

// The actors of servers without accounts.
var (
	localUser = lora.Actor{Name: "local", Role: lora.Administrator, Via: viaLocal}
	keyHolder = lora.Actor{Name: "key", Role: lora.Administrator, Via: viaKey}
	serverKey = lora.Actor{Name: "API_KEY", Role: lora.Administrator, Via: viaKey}
)

// shownKey is the key a request shows in a header, which no page of another site can add.
func shownKey(r *http.Request) string {
	if key := r.Header.Get("X-API-Key"); key != "" {
		return key
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	return ""
}

// carriesKey reports whether a request comes from a program, not from a page: it shows
// the key. With accounts any key will do here, because a request that shows one is let in
// by it or not at all.
func (s *Server) carriesKey(r *http.Request) bool {
	key := shownKey(r)
	if s.mode == modeAccounts {
		return key != ""
	}
	return s.key.Matches(key)
}

// identifyActor says who makes a request; nobody is nil without an error.
func (s *Server) identifyActor(r *http.Request) (*lora.Actor, error) {
	switch s.mode {
	case modeOpen:
		return &localUser, nil
	case modeKey:
		if s.carriesKey(r) {
			return &keyHolder, nil
		}
		if name, ends, ok := s.sessions.read(r); ok {
			holder := keyHolder
			holder.SessionID, holder.ExpiresAt = name, ends
			return &holder, nil
		}
		return nil, nil
	}
	return s.identifyAccount(r)
}

// isOpen reports whether a path answers without a login; what lies outside /api is either
// the web app's files, which hold no data, or health, or the metrics, which do.
func isOpen(path string) bool {
	switch rest, ok := strings.CutPrefix(path, apiPrefix+"/session"); {
	case ok:
		return rest == "" || slices.Contains([]string{"/second", "/setup", "/passkey", "/passkey/begin", "/oidc", "/oidc/callback"}, rest)
	case path == "/api/health":
		return true
	case path == metricsPath:
		return false
	}
	return !strings.HasPrefix(path, "/api/") && path != "/api"
}

// letIn lets nobody in who is not known, and notes who it is.
func (s *Server) letIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		actor, err := s.identifyActor(r)
		if actor != nil {
			r = withActor(r, actor)
		}
		switch {
		case actor != nil, isOpen(r.URL.Path):
			next.ServeHTTP(w, r)
		case err != nil && lora.CodeOf(err) != lora.Unauthorized:
			writeProblem(w, problemOf(r.Context(), err))
		default:
			s.turnAway(w, r)
		}
	})
}

// turnAway answers somebody who is not known.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request) {
	if s.guesses.failed(clientAddr(r), r.Header.Get("X-API-Key") != "" || r.Header.Get("Authorization") != "") {
		writeTooMany(w, r)
		return
	}
	if s.mode == modeAccounts {
		w.Header().Set("WWW-Authenticate", "Bearer")
		writeProblem(w, newProblem(r.Context(), http.StatusUnauthorized, lora.Unauthorized, "You are not logged in, or no longer. Log in."))
		return
	}
	writeProblem(w, newProblem(r.Context(), http.StatusForbidden, lora.Unauthorized, invalidKey))
}

func writeTooMany(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "60")
	writeProblem(w, newProblem(r.Context(), http.StatusTooManyRequests, lora.RateLimited,
		"Too many wrong keys from your address. Wait a minute and try again."))
}
