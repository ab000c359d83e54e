package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
)

// RoleList says what roles and scopes of API keys allow.
type RoleList struct {
	Roles       []RoleView       `json:"roles" doc:"Weakest first; each may do what the one before it may, and more"`
	Permissions []PermissionView `json:"permissions"`
	Scopes      []ScopeView      `json:"scopes"`
}

// RoleView is a role.
type RoleView struct {
	Name        lora.Role         `json:"name" enum:"viewer,editor,operator,administrator"`
	Permissions []lora.Permission `json:"permissions"`
}

// ScopeView is a scope of API keys.
type ScopeView struct {
	Name        lora.Scope        `json:"name" enum:"read,run,edit,files,admin"`
	Permissions []lora.Permission `json:"permissions"`
}

// PermissionView is a permission.
type PermissionView struct {
	Name       lora.Permission `json:"name"`
	Role       lora.Role       `json:"role" enum:"viewer,editor,operator,administrator" doc:"Weakest role that has it"`
	Operations []string        `json:"operations" doc:"Ids of the operations it opens"`
}

func (s *Server) routeRoles() {
	route(s, http.MethodGet, "/roles", "listRoles", tagUsers, "What roles and scopes allow", s.listRoles)
}

func (s *Server) listRoles(context.Context, *none) (*reply[RoleList], error) {
	var all RoleList
	for _, r := range lora.Roles {
		all.Roles = append(all.Roles, RoleView{Name: r, Permissions: r.Permissions()})
	}
	for _, p := range lora.Administrator.Permissions() {
		all.Permissions = append(all.Permissions, PermissionView{Name: p, Role: weakestWith(p), Operations: operationsOf(p)})
	}
	for _, scope := range lora.Scopes {
		all.Scopes = append(all.Scopes, ScopeView{Name: scope, Permissions: scope.Permissions()})
	}
	return answer(all, nil)
}
