package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
)

const tagUsers = "users"

// UserList are all accounts.
type UserList struct {
	Users []lora.Account `json:"users"`
}

// UserReply is one account.
type UserReply struct {
	User lora.Account `json:"user"`
}

// NewUser is an account to be made.
type NewUser struct {
	Name        string    `json:"name" maxLength:"256" doc:"To log in with"`
	DisplayName string    `json:"display_name,omitempty" maxLength:"256"`
	Role        lora.Role `json:"role" enum:"viewer,editor,operator,administrator"`
	JobQuota    int       `json:"job_quota,omitempty" minimum:"0" maximum:"1000000" doc:"Jobs that may wait or run at once; 0 is any number"`
	Password    string    `json:"password,omitempty" maxLength:"1024" doc:"One is made when absent; it must be changed at the first login either way"`
}

// UserCreated is a new account.
type UserCreated struct {
	User     lora.Account `json:"user"`
	Password *string      `json:"password" doc:"The one that was made, shown this once; null when one was given"`
}

// UserPatch changes what it names.
type UserPatch struct {
	_           struct{}         `additionalProperties:"false"`
	DisplayName field[string]    `json:"display_name,omitempty"`
	Role        field[lora.Role] `json:"role,omitempty" enum:"viewer,editor,operator,administrator"`
	JobQuota    field[int]       `json:"job_quota,omitempty" minimum:"0" maximum:"1000000"`
	Disabled    field[bool]      `json:"disabled,omitempty"`
}

// OneTimePassword lets its owner in once, to choose another.
type OneTimePassword struct {
	Password string `json:"password" doc:"Shown this once"`
}

func (s *Server) routeUsers() {
	route(s, http.MethodGet, "/users", "listUsers", tagUsers, "List accounts", s.listUsers)
	route(s, http.MethodPost, "/users", "addUser", tagUsers, "Make an account", s.addUser, created)
	route(s, http.MethodGet, "/users/{id}", "readUser", tagUsers, "Read an account", s.readUser)
	route(s, http.MethodPatch, "/users/{id}", "patchUser", tagUsers, "Change an account", s.patchUser,
		describe("409 when no enabled administrator would be left. A change of the role or disabling takes effect at once, also on live connections."))
	route(s, http.MethodDelete, "/users/{id}", "removeUser", tagUsers, "Remove an account", s.removeUser,
		describe("Its marks, sessions and keys go with it; its jobs and its entries in the audit log stay. 409 when no enabled administrator would be left."))
	route(s, http.MethodPost, "/users/{id}/password", "resetPassword", tagUsers, "Give an account a one-time password", s.resetPassword)
	route(s, http.MethodDelete, "/users/{id}/totp", "removeUserSecondFactor", tagUsers, "Turn an account's authenticator app off", s.removeUserSecondFactor)
	route(s, http.MethodDelete, "/users/{id}/sessions", "endUserSessions", tagUsers, "Log an account out everywhere", s.endUserSessions)
	route(s, http.MethodGet, "/keys", "listKeys", tagUsers, "List everybody's API keys", s.listKeys)
	route(s, http.MethodDelete, "/keys/{id}", "removeKey", tagUsers, "Revoke an API key", s.removeKey)
}

func (s *Server) listUsers(ctx context.Context, _ *none) (*reply[UserList], error) {
	found, err := s.accounts.List(ctx)
	return answer(UserList{Users: list(found)}, err)
}

func (s *Server) readUser(ctx context.Context, in *ByID) (*reply[UserReply], error) {
	found, err := s.accounts.User(ctx, in.ID)
	return answer(UserReply{User: found}, err)
}

func (s *Server) addUser(ctx context.Context, in *struct{ Body NewUser }) (*reply[UserCreated], error) {
	b := in.Body
	added, password, err := s.accounts.Add(ctx, lora.Account{Name: b.Name, DisplayName: b.DisplayName, Role: b.Role, JobQuota: b.JobQuota}, b.Password)
	created := UserCreated{User: added}
	if b.Password == "" {
		shown := password.Reveal()
		created.Password = &shown
	}
	return answer(created, err)
}

func (s *Server) patchUser(ctx context.Context, in *struct {
	ByID
	Body UserPatch
},
) (*reply[UserReply], error) {
	edited, err := s.accounts.Edit(ctx, in.ID, in.Body.apply)
	return answer(UserReply{User: edited}, err)
}

// apply changes what the patch names.
func (p *UserPatch) apply(a *lora.Account) error {
	a.DisplayName = p.DisplayName.or(a.DisplayName)
	a.Role = p.Role.or(a.Role)
	a.JobQuota = p.JobQuota.or(a.JobQuota)
	a.Disabled = p.Disabled.or(a.Disabled)
	return nil
}

func (s *Server) removeUser(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.accounts.Remove(ctx, in.ID)
}

func (s *Server) resetPassword(ctx context.Context, in *ByID) (*reply[OneTimePassword], error) {
	password, err := s.accounts.ResetPassword(ctx, in.ID)
	return answer(OneTimePassword{Password: password.Reveal()}, err)
}

func (s *Server) removeUserSecondFactor(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.accounts.RemoveSecondFactor(ctx, in.ID)
}

func (s *Server) endUserSessions(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.accounts.EndSessions(ctx, in.ID)
}

func (s *Server) listKeys(ctx context.Context, _ *none) (*reply[KeyList], error) {
	found, err := s.accounts.AllKeys(ctx)
	return answer(KeyList{Keys: list(found)}, err)
}

func (s *Server) removeKey(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.accounts.RemoveAnyKey(ctx, in.ID)
}
