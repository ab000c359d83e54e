package httpapi

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"loramanager/internal/lora"
)

// describePermission says in the description what an operation needs.
func describePermission(op *huma.Operation) {
	if slices.Contains(openOperations, op.OperationID) {
		op.Security = []map[string][]string{}
		return
	}
	op.Extensions = map[string]any{"x-permission": permissions[op.OperationID]}
	op.Security = []map[string][]string{{"key": {}}, {"bearer": {}}, {"session": {}}}
}

// askPermission makes an operation ask for its permission before its input is read.
func (s *Server) askPermission(op *huma.Operation) {
	id := op.OperationID
	op.Middlewares = append(huma.Middlewares{func(hctx huma.Context, next func(huma.Context)) {
		_, w := humachi.Unwrap(hctx)
		if err := s.enter(hctx.Context(), w, id); err != nil {
			writeProblem(w, problemOf(hctx.Context(), err))
			return
		}
		next(hctx)
	}}, op.Middlewares...)
}

// plain registers a route that answers for itself, under the id of an operation.
func (s *Server) plain(method, path, id string, handler http.HandlerFunc) {
	s.router.Method(method, path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.enter(r.Context(), w, id); err != nil {
			writeProblem(w, problemOf(r.Context(), err))
			return
		}
		handler(w, r)
	}))
}

// enter begins an operation. What is about accounts is kept by no cache.
func (s *Server) enter(ctx context.Context, w http.ResponseWriter, id string) error {
	noteAction(ctx, id)
	open := slices.Contains(openOperations, id)
	if need := permissions[id]; open || need == lora.ManageUsers || need == lora.ReadAudit || slices.Contains(ownOperations, id) {
		w.Header().Set("Cache-Control", "no-store")
	}
	if open {
		return nil
	}
	return s.permit(ctx, id)
}

// permit reports why the actor may not use an operation.
func (s *Server) permit(ctx context.Context, id string) error {
	actor := actorOf(ctx)
	own := slices.Contains(ownOperations, id)
	switch {
	case actor == nil:
	case own || permissions[id] == lora.ManageUsers:
		if err := s.needAccounts(); err != nil {
			return err
		}
	}
	switch {
	case actor == nil:
	case own && actor.Via != viaSession:
		return lora.Errorf(lora.Forbidden, "An account is changed by its owner, in the browser, not with an API key.")
	case !own && actor.MustChange:
		return lora.Errorf(lora.Forbidden, "Choose a new password first: /account/password takes it.")
	}
	return mustMay(ctx, permissions[id])
}

// mustMay reports that the actor lacks a permission, and who has it.
func mustMay(ctx context.Context, p lora.Permission) error {
	if actor := actorOf(ctx); actor != nil && actor.May(p) {
		return nil
	}
	return lora.Errorf(lora.Forbidden, "This needs the permission %s, which the role %s has.", p, weakestWith(p))
}

// permissionsOf are all permissions an actor has.
func permissionsOf(a *lora.Actor) []lora.Permission {
	all := []lora.Permission{}
	for _, p := range lora.Administrator.Permissions() {
		if a.May(p) {
			all = append(all, p)
		}
	}
	return all
}
