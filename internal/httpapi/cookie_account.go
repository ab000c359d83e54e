package httpapi

import (
	"context"
	"net/http"
	"time"

	"loramanager/internal/accounts"
)

const (
	flowCookieName = "loramanager_flow"
	flowLifetime   = 10 * time.Minute
)

// accountCookie puts the secret of a session into the browser.
func (s *Server) accountCookie(ctx context.Context, done *accounts.Result) http.Cookie {
	return cookie(done.Cookie.Reveal(), int(done.Actor.ExpiresAt.Sub(s.now())/time.Second), isSecure(requestOf(ctx)))
}

// flowCookie ties a sign-in with a provider to the browser that began it. The provider
// sends the browser back, so it must not be strict.
func (s *Server) flowCookie(ctx context.Context, value string, lifetime time.Duration) http.Cookie {
	secure := isSecure(requestOf(ctx))
	return http.Cookie{ //nolint:gosec // Secure follows the connection: without TLS a secure cookie would never come back
		Name: nameOfFlow(secure), Value: value, Path: "/", MaxAge: int(lifetime / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure,
	}
}

// nameOfFlow is bound to the host behind TLS, as the cookie of a session is.
func nameOfFlow(secure bool) string {
	if secure {
		return "__Host-" + flowCookieName
	}
	return flowCookieName
}

// fromOf is where the request comes from.
func fromOf(ctx context.Context) accounts.From {
	r := requestOf(ctx)
	return accounts.From{Address: clientAddr(r).String(), Agent: r.UserAgent(), RequestID: requestID(ctx)}
}
