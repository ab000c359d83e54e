package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loramanager/internal/lora"
)

// SessionState says whether this browser is let in.
type SessionState struct {
	Authenticated bool `json:"authenticated"`
	Required      bool `json:"required" doc:"A key is configured"`
}

type loginInput struct {
	Body struct {
		Key string `json:"key" maxLength:"1024"`
	} `nameHint:"Login"`
}

type cookieReply struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (s *Server) routeSession() {
	route(s, http.MethodGet, "/session", "readSession", "session", "Whether this browser is let in", s.readSession)
	route(s, http.MethodPost, "/session", "login", "session", "Log in with the key", s.login)
	route(s, http.MethodDelete, "/session", "logout", "session", "Log out", s.logout)
}

func (s *Server) readSession(ctx context.Context, _ *none) (*reply[SessionState], error) {
	return answer(SessionState{Authenticated: s.authenticated(requestOf(ctx)), Required: s.key.Reveal() != ""}, nil)
}

func (s *Server) login(ctx context.Context, in *loginInput) (*cookieReply, error) {
	r := requestOf(ctx)
	if s.guesses.exhausted(clientAddr(r)) {
		return nil, huma.ErrorWithHeaders(newProblem(ctx, http.StatusTooManyRequests, lora.RateLimited,
			"Too many wrong keys from your address. Wait a minute and try again."), http.Header{"Retry-After": {"60"}})
	}
	if !s.key.Matches(in.Body.Key) {
		s.guesses.failed(clientAddr(r), true)
		return nil, newProblem(ctx, http.StatusForbidden, lora.Unauthorized, invalidKey)
	}
	return &cookieReply{SetCookie: s.sessions.issue(isSecure(r))}, nil
}

func (s *Server) logout(ctx context.Context, _ *none) (*cookieReply, error) {
	r := requestOf(ctx)
	if name, ok := s.sessions.read(r); ok {
		s.sockets.closeSession(name)
	}
	return &cookieReply{SetCookie: s.sessions.end(isSecure(r))}, nil
}
