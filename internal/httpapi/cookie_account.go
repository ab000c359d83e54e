package httpapi

import (
	"context"
	"net/http"
	"time"
)

const (
	flowCookieName = "loramanager_flow"
	flowLifetime   = 10 * time.Minute
)

// accountCookies put the secret of a session into the browser.
func (s *Server) accountCookies(ctx context.Context, value string) []http.Cookie {
	return []http.Cookie{cookie(value, int(sessionLifetime/time.Second), isSecure(requestOf(ctx)))}
}

// flowCookie ties a sign-in with a provider to the browser that began it. The provider
// sends the browser back, so it must not be strict.
func (s *Server) flowCookie(ctx context.Context, value string, lifetime time.Duration) http.Cookie {
	return http.Cookie{ //nolint:gosec // Secure follows the connection: without TLS a secure cookie would never come back
		Name: flowCookieName, Value: value, Path: s.options.BasePath + apiPrefix + "/session", MaxAge: int(lifetime / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: isSecure(requestOf(ctx)),
	}
}

func fromOf(ctx context.Context) from {
	r := requestOf(ctx)
	return from{Address: clientAddr(r).String(), Agent: r.UserAgent()}
}
