package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
)

const tagAccount = "account"

// AccountReply is one's own account.
type AccountReply struct {
	Account lora.Account `json:"account"`
}

// AccountPatch changes what it names.
type AccountPatch struct {
	_           struct{}      `additionalProperties:"false"`
	DisplayName field[string] `json:"display_name,omitempty"`
}

// PasswordChange replaces one's own password.
type PasswordChange struct {
	Current string `json:"current,omitempty" maxLength:"1024" doc:"Not needed by an account that has none yet and logged in just now"`
	New     string `json:"new" maxLength:"1024" doc:"10 to 256 characters"`
}

// Proof is one's own password again, before what protects the account is changed.
type Proof struct {
	Password string `json:"password,omitempty" maxLength:"1024" doc:"Not needed within ten minutes after a login"`
}

func (s *Server) routeAccount() {
	route(s, http.MethodGet, "/account", "readAccount", tagAccount, "Read one's own account", s.readAccount)
	route(s, http.MethodPatch, "/account", "patchAccount", tagAccount, "Change one's own account", s.patchAccount)
	route(s, http.MethodPost, "/account/password", "changePassword", tagAccount, "Change one's own password", s.changePassword,
		describe("All other sessions of the account end, and this one goes on under a new cookie."))
}

func (s *Server) readAccount(ctx context.Context, _ *none) (*reply[AccountReply], error) {
	own, err := s.accounts.Own(ctx, *actorOf(ctx))
	return answer(AccountReply{Account: own}, err)
}

func (s *Server) patchAccount(ctx context.Context, in *struct{ Body AccountPatch }) (*reply[AccountReply], error) {
	if !in.Body.DisplayName.given() {
		return s.readAccount(ctx, nil)
	}
	own, err := s.accounts.EditOwn(ctx, *actorOf(ctx), in.Body.DisplayName.Value)
	return answer(AccountReply{Account: own}, err)
}

func (s *Server) changePassword(ctx context.Context, in *struct{ Body PasswordChange }) (*cookiesReply, error) {
	done, err := s.accounts.ChangePassword(ctx, *actorOf(ctx), in.Body.Current, in.Body.New, fromOf(ctx))
	if err != nil {
		return nil, notLetIn(ctx, err)
	}
	return &cookiesReply{SetCookie: []http.Cookie{s.accountCookie(ctx, &done)}}, nil
}
