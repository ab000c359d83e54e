package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loramanager/internal/accounts"
	"loramanager/internal/lora"
)

// The modes of a server: who is let in.
const (
	modeOpen     = "open"     // everybody on this computer
	modeKey      = "key"      // whoever has the one key
	modeAccounts = "accounts" // people with a login
)

// SessionState says whether this browser is let in, as whom, and how it could be.
type SessionState struct {
	Mode          string       `json:"mode" enum:"open,key,accounts" doc:"open lets everybody on this computer in, key whoever has the key"`
	Authenticated bool         `json:"authenticated"`
	Required      bool         `json:"required" doc:"A key or a login is needed"`
	SetupNeeded   bool         `json:"setup_needed" doc:"There is no account yet: make the first with the token the server printed"`
	User          *SessionUser `json:"user" doc:"null when nobody is logged in"`
	Methods       LoginMethods `json:"methods"`
}

// SessionUser is who is logged in. On a server without accounts it has no id.
type SessionUser struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	DisplayName string            `json:"display_name"`
	Role        lora.Role         `json:"role" enum:"viewer,editor,operator,administrator"`
	Permissions []lora.Permission `json:"permissions"`
	MustChange  bool              `json:"must_change" doc:"The password must be changed before anything else"`
}

// LoginMethods are the ways to log in.
type LoginMethods struct {
	Password bool           `json:"password" doc:"With a name and a password"`
	Passkey  bool           `json:"passkey"`
	OIDC     *LoginProvider `json:"oidc" doc:"null when no sign-in provider is set up"`
}

// LoginProvider is a sign-in provider.
type LoginProvider struct {
	Name string `json:"name" doc:"For the button"`
}

// LoginReply is the state after a step of a login.
type LoginReply struct {
	SessionState
	Second *SecondStep `json:"second" doc:"A second factor is asked for; null when the login is complete"`
}

// SecondStep is what a login waits for.
type SecondStep struct {
	Flow    string   `json:"flow" doc:"To send along with the code; good for some minutes"`
	Methods []string `json:"methods" enum:"totp,recovery"`
}

// Login is the server's key, or the name and the password of an account.
type Login struct {
	Key      string `json:"key,omitempty" maxLength:"1024" doc:"Where the server has one key instead of accounts"`
	Name     string `json:"name,omitempty" maxLength:"256"`
	Password string `json:"password,omitempty" maxLength:"1024"`
}

// SecondFactor completes a login.
type SecondFactor struct {
	Flow string `json:"flow" maxLength:"256"`
	Code string `json:"code" maxLength:"64" doc:"Six figures, or a recovery code"`
}

// FirstAccount makes the first administrator.
type FirstAccount struct {
	Token    string `json:"token" maxLength:"256" doc:"As the server printed it when it started"`
	Name     string `json:"name" maxLength:"256"`
	Password string `json:"password" maxLength:"1024"`
}

// loginReply is the state with the cookie of a new session, if there is one.
type loginReply struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      LoginReply
}

// cookiesReply has cookies and no body.
type cookiesReply struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

func (s *Server) routeSession() {
	const tag = "session"
	route(s, http.MethodGet, "/session", "readSession", tag, "Whether this browser is let in", s.readSession)
	route(s, http.MethodPost, "/session", "login", tag, "Log in", s.login,
		describe("With the server's key, or with name and password. second is not null when the account has a second factor: the login is then completed under /session/second."))
	route(s, http.MethodPost, "/session/second", "loginSecond", tag, "Complete a login with a second factor", s.loginSecond)
	route(s, http.MethodPost, "/session/setup", "setUp", tag, "Make the first account", s.setUp)
	route(s, http.MethodDelete, "/session", "logout", tag, "Log out", s.logout)
}

func (s *Server) readSession(ctx context.Context, _ *none) (*reply[SessionState], error) {
	state, err := s.sessionState(ctx, actorOf(ctx))
	return answer(state, err)
}

// sessionState is what a browser needs to know before anything else.
func (s *Server) sessionState(ctx context.Context, actor *lora.Actor) (SessionState, error) {
	state := SessionState{Mode: s.mode, Authenticated: actor != nil, Required: s.mode != modeOpen}
	if actor != nil {
		state.User = &SessionUser{
			ID: actor.AccountID, Name: actor.Name, DisplayName: actor.DisplayName, Role: actor.Role,
			Permissions: permissionsOf(actor), MustChange: actor.MustChange,
		}
	}
	if s.mode != modeAccounts {
		return state, nil
	}
	state.Methods = s.methods
	needed, err := s.accounts.SetupNeeded(ctx)
	state.SetupNeeded = needed
	return state, err
}

func (s *Server) login(ctx context.Context, in *struct{ Body Login }) (*loginReply, error) {
	if s.mode == modeAccounts {
		// The log names accounts that are tried, and nothing that was typed by mistake.
		if known, _, found, _ := s.store.AccountByName(ctx, in.Body.Name); found {
			noteTarget(ctx, known.Name)
		}
		done, err := s.accounts.Login(ctx, in.Body.Name, in.Body.Password, fromOf(ctx))
		return s.loggedIn(ctx, done, err)
	}
	r := requestOf(ctx)
	if s.guesses.exhausted(clientAddr(r)) {
		return nil, huma.ErrorWithHeaders(newProblem(ctx, http.StatusTooManyRequests, lora.RateLimited,
			"Too many wrong keys from your address. Wait a minute and try again."), http.Header{"Retry-After": {"60"}})
	}
	if !s.key.Matches(in.Body.Key) {
		s.guesses.failed(clientAddr(r), true)
		return nil, newProblem(ctx, http.StatusForbidden, lora.Unauthorized, invalidKey)
	}
	state, err := s.sessionState(ctx, &keyHolder)
	return &loginReply{SetCookie: []http.Cookie{s.sessions.issue(isSecure(r))}, Body: LoginReply{SessionState: state}}, err
}

func (s *Server) loginSecond(ctx context.Context, in *struct{ Body SecondFactor }) (*loginReply, error) {
	if err := s.needAccounts(); err != nil {
		return nil, err
	}
	done, err := s.accounts.Second(ctx, in.Body.Flow, in.Body.Code, fromOf(ctx))
	return s.loggedIn(ctx, done, err)
}

func (s *Server) setUp(ctx context.Context, in *struct{ Body FirstAccount }) (*loginReply, error) {
	if err := s.needAccounts(); err != nil {
		return nil, err
	}
	done, err := s.accounts.Setup(ctx, in.Body.Token, in.Body.Name, in.Body.Password, fromOf(ctx))
	return s.loggedIn(ctx, done, err)
}

func (s *Server) logout(ctx context.Context, _ *none) (*cookiesReply, error) {
	r := requestOf(ctx)
	gone := &cookiesReply{SetCookie: []http.Cookie{s.sessions.end(isSecure(r))}}
	actor := actorOf(ctx)
	if actor == nil || actor.SessionID == "" {
		return gone, nil
	}
	if s.mode == modeAccounts {
		return gone, s.accounts.Revoke(ctx, *actor, actor.SessionID)
	}
	s.sockets.closeSession(actor.SessionID)
	return gone, nil
}

// needAccounts reports that the server has none.
func (s *Server) needAccounts() error {
	if s.mode == modeAccounts {
		return nil
	}
	return lora.Errorf(lora.NotFound, "This server keeps no accounts. Start it with --accounts to have some.")
}

// loggedIn answers a step of a login: with the cookie of a new session, or with what is
// still asked for.
func (s *Server) loggedIn(ctx context.Context, done accounts.Result, err error) (*loginReply, error) {
	if err != nil {
		return nil, notLetIn(ctx, err)
	}
	if done.Cookie == "" {
		state, err := s.sessionState(ctx, nil)
		return &loginReply{Body: LoginReply{SessionState: state, Second: &SecondStep{Flow: done.Flow, Methods: done.Methods}}}, err
	}
	noteActor(ctx, done.Actor)
	state, err := s.sessionState(ctx, &done.Actor)
	return &loginReply{SetCookie: []http.Cookie{s.accountCookie(ctx, &done)}, Body: LoginReply{SessionState: state}}, err
}

// notLetIn adds to an error what clients that are not let in need to know.
func notLetIn(ctx context.Context, err error) error {
	headers := http.Header{}
	if wait, ok := accounts.RetryAfter(err); ok {
		headers.Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
	}
	problem := problemOf(ctx, err)
	if problem.Status == http.StatusUnauthorized {
		headers.Set("WWW-Authenticate", "Bearer")
	}
	return huma.ErrorWithHeaders(problem, headers)
}

// loginMethods are the ways to log in that are set up.
func (s *Server) loginMethods() LoginMethods {
	m := LoginMethods{Password: true, Passkey: s.accounts.HasPasskeys()}
	if name := s.accounts.ProviderName(); name != "" {
		m.OIDC = &LoginProvider{Name: name}
	}
	return m
}
