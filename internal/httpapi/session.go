package httpapi

import (
	"context"
	"net/http"
)

const cookieName = "loramanager_session"

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

func (s *Server) readSession(context.Context, *none) (*reply[SessionState], error) { return nil, nil }
func (s *Server) login(context.Context, *loginInput) (*cookieReply, error)         { return nil, nil }
func (s *Server) logout(context.Context, *none) (*cookieReply, error)              { return nil, nil }
