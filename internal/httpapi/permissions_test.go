package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"loramanager/internal/lora"
)

// plainRoutes are the operations that huma does not know, by a request that reaches each.
var plainRoutes = map[string][2]string{
	"readMetrics": {"GET", metricsPath}, "readPreview": {"GET", apiPrefix + "/adapters/x/preview"}, "watch": {"GET", apiPrefix + "/ws/progress"},
	"readDescription": {"GET", "/api/openapi.json"}, "readDocs": {"GET", "/api/docs"}, "readPictureFile": {"GET", apiPrefix + "/pictures/00"},
	"readThumbnail": {"GET", apiPrefix + "/pictures/00/thumbnail"}, "upload": {"POST", UploadsPath},
}

// withoutLogin answer everybody beside the operations that are named open: they hold no data.
var withoutLogin = []string{"/health", "/api/health", "/livez", "/readyz", "/frontend/settings"}

// operations are all operations with a request that reaches each.
func operations(d *door) map[string][2]string {
	all := map[string][2]string{}
	for path, item := range d.api.OpenAPI().Paths {
		path = strings.NewReplacer("{id}", "x", "{lora_id}", "x", "{value}", "00", "{name}", "x", "{part}", "1").Replace(path)
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete} {
			if op != nil {
				all[op.OperationID] = [2]string{method, path}
			}
		}
	}
	for id, request := range plainRoutes {
		all[id] = request
	}
	return all
}

func TestPromise7_EveryOperationHasItsPermission(t *testing.T) {
	t.Parallel()
	d := openDoor(t, Options{})
	all := operations(d)
	for id := range all {
		_, needs := permissions[id]
		if open := slices.Contains(openOperations, id); needs == open {
			t.Errorf("%s is to be in one of the two lists", id)
		}
	}
	for id := range permissions {
		if _, there := all[id]; !there && id != "readMetrics" {
			t.Errorf("%s has a permission and no route", id)
		}
	}
	named := 0
	for _, p := range lora.Administrator.Permissions() {
		named += len(operationsOf(p))
	}
	if named != len(permissions) || len(openOperations) > 10 {
		t.Errorf("%d operations by permission, %d in all; %d are open", named, len(permissions), len(openOperations))
	}
}

func TestPromise7_NoRouteAnswersStrangers(t *testing.T) {
	t.Parallel()
	c := openClub(t, 0)
	var open []string
	for _, id := range openOperations {
		request := operations(c.door)[id]
		open = append(open, request[0]+" "+request[1])
	}
	routes := 0
	err := chi.Walk(c.router, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		path := strings.NewReplacer("{id}", "x", "{lora_id}", "x", "{value}", "00", "{name}", "x", "{part}", "1", "{sha256}", "00").Replace(route)
		if slices.Contains(withoutLogin, path) || slices.Contains(open, method+" "+path) {
			return nil
		}
		routes++
		r := c.ask(t, method, path, "")
		if r.StatusCode != http.StatusUnauthorized || r.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s %s answers a stranger with %d", method, path, r.StatusCode)
		}
		return nil
	})
	if err != nil || routes < 200 {
		t.Fatalf("%d routes, %v", routes, err)
	}
}

func TestPromise7_WhoeverLacksAPermissionIsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	c := openClub(t, 1)
	boss := c.join("boss", lora.Administrator)
	asking := map[string]*house{
		"viewer": c.join("viewer", lora.Viewer).house, "editor": c.join("editor", lora.Editor).house, "operator": c.join("operator", lora.Operator).house, "administrator": boss.house,
		"key read": c.program(boss, lora.ScopeRead), "key run": c.program(boss, lora.ScopeRun), "key edit": c.program(boss, lora.ScopeEdit),
		"key files": c.program(boss, lora.ScopeFiles), "key admin": c.program(boss, lora.ScopeAdmin), "server": c.house,
	}
	actors := map[string]lora.Actor{
		"server": {Role: lora.Administrator, Via: viaKey},
	}
	for _, r := range lora.Roles {
		actors[string(r)] = lora.Actor{Account: 1, Role: r, Via: viaSession}
	}
	for _, s := range lora.Scopes {
		actors["key "+string(s)] = lora.Actor{Account: 1, Role: lora.Administrator, Via: viaAPIKey, Scopes: []lora.Scope{s}}
	}
	all := operations(c.door)
	for who, h := range asking {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			actor := actors[who]
			for id, request := range all {
				need, closed := permissions[id]
				if !closed || id == "watch" {
					continue
				}
				own := slices.Contains(ownOperations, id)
				may := actor.May(need) && !(own && actor.Via != viaSession)
				if err := c.permit(context.WithValue(context.Background(), actorKey{}, &actor), id); may != (err == nil) {
					t.Errorf("%s by %s: %v", id, who, err)
				}
				if may && request[0] != "GET" {
					continue // it would be done
				}
				r := c.ask(t, request[0], request[1], "", h.as...)
				if refused := r.StatusCode == http.StatusForbidden; refused == may || r.StatusCode == http.StatusUnauthorized {
					t.Errorf("%s %s by %s: status %d", request[0], request[1], who, r.StatusCode)
				}
			}
		})
	}
}

func TestPromise7_ARefusalNamesThePermissionAndWhoHasIt(t *testing.T) {
	t.Parallel()
	c := openClub(t, 0)
	p := c.join("viewer", lora.Viewer).fails("POST", "/roots", `{"path":"/x"}`, 403, lora.Forbidden)
	if !strings.Contains(p.Detail, "system.manage") || !strings.Contains(p.Detail, "administrator") {
		t.Error(p.Detail)
	}
}

func TestBulkChangesOfFilesNeedMoreThanEditing(t *testing.T) {
	t.Parallel()
	c := openClub(t, 2)
	id := c.list("").Items[0].ID
	editor := c.join("editor", lora.Editor)
	editor.do("POST", "/adapters/bulk", map[string]any{"action": "add_tags", "lora_ids": []string{id}, "params": map[string]any{"tags": []string{"seen"}}}, 200, nil)
	editor.fails("POST", "/adapters/bulk", `{"action":"delete","lora_ids":["`+id+`"]}`, 403, lora.Forbidden)
	var roots RootList
	c.do("GET", "/roots", nil, 200, &roots)
	c.join("operator", lora.Operator).fails("POST", "/imports", `{"upload_ids":["x"],"target_root_id":"`+roots.Roots[0].ID+`","include":{"adapters":true,"files":true,"compositions":true,"jobs":true,"settings":true,"taste":true}}`, 403, lora.Forbidden)
}
