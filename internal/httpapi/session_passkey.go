package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
)

// PasskeyChallenge is what a browser's passkey is asked.
type PasskeyChallenge struct {
	Flow    string          `json:"flow" doc:"To send along with the answer; good for some minutes"`
	Options json.RawMessage `json:"options" doc:"For navigator.credentials, as WebAuthn writes it in JSON"`
}

// PasskeyAnswer is what a passkey answered.
type PasskeyAnswer struct {
	Flow       string          `json:"flow" maxLength:"256"`
	Credential json.RawMessage `json:"credential" doc:"As WebAuthn writes it in JSON"`
}

func (s *Server) routePasskeyLogin() {
	const tag = "session"
	route(s, http.MethodPost, "/session/passkey/begin", "beginPasskeyLogin", tag, "Begin to log in with a passkey", s.beginPasskeyLogin)
	route(s, http.MethodPost, "/session/passkey", "loginPasskey", tag, "Log in with a passkey", s.loginPasskey)
}

func (s *Server) beginPasskeyLogin(ctx context.Context, _ *none) (*reply[PasskeyChallenge], error) {
	if err := s.needAccounts(); err != nil {
		return nil, err
	}
	flow, options, err := s.accounts.PasskeyBegin(ctx, fromOf(ctx))
	if err != nil {
		return nil, notLetIn(ctx, err)
	}
	return answer(PasskeyChallenge{Flow: flow, Options: options}, nil)
}

func (s *Server) loginPasskey(ctx context.Context, in *struct{ Body PasskeyAnswer }) (*loginReply, error) {
	if err := s.needAccounts(); err != nil {
		return nil, err
	}
	done, err := s.accounts.PasskeyFinish(ctx, in.Body.Flow, in.Body.Credential, fromOf(ctx))
	return s.loggedIn(ctx, done, err)
}
