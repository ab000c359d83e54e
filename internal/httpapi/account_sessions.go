package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
)

// AccountSession is a session of one's own account.
type AccountSession struct {
	lora.Session
	Current bool `json:"current" doc:"This browser's"`
}

// AccountSessionList are one's own sessions, the one seen last first.
type AccountSessionList struct {
	Sessions []AccountSession `json:"sessions"`
}

func (s *Server) routeAccountSessions() {
	route(s, http.MethodGet, "/account/sessions", "listAccountSessions", tagAccount, "List where one is logged in", s.listAccountSessions)
	route(s, http.MethodDelete, "/account/sessions", "endOtherSessions", tagAccount, "Log out everywhere else", s.endOtherSessions)
	route(s, http.MethodDelete, "/account/sessions/{id}", "endAccountSession", tagAccount, "Log out one browser", s.endAccountSession)
}

func (s *Server) listAccountSessions(ctx context.Context, _ *none) (*reply[AccountSessionList], error) {
	actor := actorOf(ctx)
	found, err := s.accounts.Sessions(ctx, *actor)
	all := make([]AccountSession, len(found))
	for i := range found {
		all[i] = AccountSession{Session: found[i], Current: found[i].ID == actor.SessionID}
	}
	return answer(AccountSessionList{Sessions: all}, err)
}

func (s *Server) endOtherSessions(ctx context.Context, _ *none) (*none, error) {
	return nil, s.accounts.RevokeOthers(ctx, *actorOf(ctx))
}

func (s *Server) endAccountSession(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.accounts.Revoke(ctx, *actorOf(ctx), in.ID)
}
