package security

import (
	"bytes"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

// traversals are names that must never lead out of a folder.
var traversals = []string{
	".", "..", "../", "../x", "../outside", "../outside/secret.txt", "../../etc/passwd", "a/..", "a/../b", "a/../../b", "a/b/../../../c",
	"./..", "//", "/etc/passwd", "//server/share/x", "a//b", "/a", "a/./b", "....//....//etc/passwd", "..;/..;/etc/passwd", "a/..;/b",
	"\x00", "a\x00b", "a.safetensors\x00.png", "..\x00/x",
	`..\`, `..\..\windows\win.ini`, `a\b`, `a\..\b`, `\`, `\\server\share\x`, `\\?\C:\x`, `\\.\pipe\x`, `/\evil`, `..\/`,
	"C:", "C:/", "c:/x", `C:\x`, "c:x", "file.txt:stream", "file.txt::$DATA", "file:///etc/passwd", "http://localhost/x",
	"con", "CON", "con.safetensors", "con .txt", "a/nul", "prn.x.y", "aux/x", "COM1", "lpt1.safetensors", "COM¹", "conin$", "CLOCK$",
	"%2e%2e", "%2e%2e/x", "%2E%2E%2Fx", "..%2fx", "a%2fb", "a%5cb", "a%00", "%252e%252e%252f", "%c0%ae%c0%ae", "%u2215",
	"a∕b", "..∕x", "a⁄b", "a／b", "a＼b", "．．", "‥", "․․", "…",
	"a.", "a..", "a ", " a", "...", ". .",
	"a\nb", "a\r\nb", "a\x1b[31m", "a\u202eb", "\ufeff", "a\xff", "\xc0\xae\xc0\xae/x", "a?b", "a*b", "a|b", `a"b`,
	"~", "~root", "$HOME", "${HOME}", "`id`", "$(id)", "a;b", ".trash", ".git/config", ".loramanager-trash",
	strings.Repeat("a", 256), strings.Repeat("a/", 200) + "a", strings.Repeat("../", 300) + "etc/passwd",
}

// canary stands in the file that nobody may read or change.
const canary = "canary-7f3a91-outside"

// guarded is a server over one library folder with something beside it to protect.
type guarded struct {
	*harness.Server
	t       *testing.T
	root    lora.Root
	dir     string // the library folder
	outside string // what lies beside it
	before  map[string]string
	adapter lora.Adapter
}

func guardedServer(t *testing.T) *guarded {
	t.Helper()
	parent := t.TempDir()
	g := &guarded{t: t, dir: filepath.Join(parent, "library"), outside: filepath.Join(parent, "outside")}
	write(t, g.outside, "secret.txt", []byte(canary))
	write(t, g.outside, "secret.safetensors", good(t, map[string]string{"modelspec.title": canary}, 9))
	write(t, g.dir, "sub/a.safetensors", good(t, nil, 1))
	g.Server = harness.Start(t, harness.Options{Data: filepath.Join(parent, "data")})
	g.root, _ = g.AddRoot(g.dir)
	g.adapter = g.ByFile()["a.safetensors"]
	g.before = snapshot(t, g.outside)
	return g
}

// harmless checks what an answer must not be: a failure of the server, or a look outside.
func (g *guarded) harmless(what string, r *harness.Reply) {
	g.t.Helper()
	if r.Status >= 500 {
		g.t.Errorf("%s: %d %.300s", what, r.Status, r.Body)
	}
	if bytes.Contains(r.Body, []byte(canary)) || bytes.Contains(r.Body, []byte("root:x:0:0")) || bytes.Contains(r.Body, []byte("root:*:0:0")) {
		g.t.Errorf("%s: the answer shows a file outside: %.300s", what, r.Body)
	}
	if r.Status >= 400 && strings.HasPrefix(what, "/api/") {
		r.Problem(g.t)
	}
}

// untouched checks that nothing outside changed and the adapter still lies inside.
func (g *guarded) untouched() {
	g.t.Helper()
	if now := snapshot(g.t, g.outside); !maps.Equal(now, g.before) {
		g.t.Errorf("the folder outside changed from %v to %v", g.before, now)
	}
	var adapters int
	for rel := range snapshot(g.t, g.dir) {
		if strings.HasSuffix(rel, ".safetensors") {
			adapters++
		}
	}
	if adapters != 1 {
		g.t.Errorf("the library folder holds %d adapters: %v", adapters, snapshot(g.t, g.dir))
	}
	parent, err := os.ReadDir(filepath.Dir(g.dir))
	if err != nil || len(parent) != 3 {
		g.t.Errorf("beside the library folder lie %v, %v", parent, err)
	}
}

func TestRow05_NoNameLeadsOutOfAFolder(t *testing.T) {
	t.Parallel()
	if len(traversals) < 60 {
		t.Fatalf("only %d payloads", len(traversals))
	}
	g := guardedServer(t)
	id := "/api/v1/adapters/" + g.adapter.ID
	for _, name := range traversals {
		for _, request := range []struct {
			path string
			body any
		}{
			{id + "/move", map[string]any{"root_id": g.root.ID, "folder": name}},
			{id + "/move", map[string]any{"root_id": name, "folder": "x"}},
			{id + "/rename", map[string]any{"file_name": name}},
			{id + "/rename", map[string]any{"file_name": name + ".safetensors"}},
			{"/api/v1/adapters/bulk", map[string]any{"action": "move", "lora_ids": []string{g.adapter.ID}, "params": map[string]any{"root_id": g.root.ID, "folder": name}}},
			{"/api/v1/adapters/bulk", map[string]any{"action": "delete", "lora_ids": []string{name}}},
			{"/api/v1/adapters", map[string]any{"name": "x", "file_path": name}},
			{"/api/v1/adapters", map[string]any{"name": "x", "file_path": g.dir + "/" + name}},
			{"/api/v1/adapters", map[string]any{"name": "x", "file_path": g.dir + "/../outside/" + name}},
			{"/api/v1/scans", map[string]any{"root_ids": []string{name}}},
		} {
			g.harmless(request.path+" "+asJSON(t, request.body), g.Ask("POST", request.path, asJSON(t, request.body)))
		}
	}
	g.untouched()
}

func TestRow05_NoIdLeadsOutOfAFolder(t *testing.T) {
	t.Parallel()
	g := guardedServer(t)
	routes := []struct{ method, before, after, body string }{
		{"GET", "/api/v1/adapters/", "", ""}, {"PATCH", "/api/v1/adapters/", "", `{"notes":"x"}`}, {"DELETE", "/api/v1/adapters/", "", ""},
		{"GET", "/api/v1/adapters/", "/inspect", ""}, {"GET", "/api/v1/adapters/", "/preview?w=160", ""}, {"GET", "/api/v1/adapters/", "/digests", ""},
		{"POST", "/api/v1/adapters/", "/digests", ""}, {"POST", "/api/v1/adapters/", "/rescan", ""}, {"POST", "/api/v1/adapters/", "/restore", ""},
		{"POST", "/api/v1/adapters/", "/rename", `{"file_name":"x"}`}, {"POST", "/api/v1/adapters/", "/activate", ""},
		{"GET", "/api/v1/adapters/" + g.adapter.ID + "/preview?n=", "", ""}, {"GET", "/api/v1/adapters/" + g.adapter.ID + "/preview?w=", "", ""},
		{"GET", "/api/v1/digests/", "", ""}, {"POST", "/api/v1/undo/", "", ""}, {"GET", "/api/v1/scans/", "", ""}, {"POST", "/api/v1/scans/", "/cancel", ""},
		{"PATCH", "/api/v1/roots/", "", `{"name":"x"}`}, {"DELETE", "/api/v1/roots/", "?purge=true", ""}, {"DELETE", "/api/v1/searches/", "", ""},
		{"GET", "/api/v1/exports/", "", ""}, {"GET", "/api/v1/exports/", "/parts/1", ""}, {"DELETE", "/api/v1/exports/", "", ""}, {"GET", "/api/v1/transfers/", "", ""},
		{"GET", "/api/v1/imports/", "/items", ""}, {"POST", "/api/v1/imports/", "/apply", ""}, {"GET", "/api/v1/backups/", "", ""},
		{"GET", "/api/v1/backups/", "/download", ""}, {"POST", "/api/v1/backups/", "/restore", `{}`}, {"DELETE", "/api/v1/backups/", "", ""},
		{"DELETE", "/api/v1/backups/schedules/", "", ""}, {"POST", "/api/v1/downloads/", "/cancel", ""}, {"GET", "/api/v1/adapters/", "/hub", ""},
		{"GET", "/", "", ""}, {"GET", "/assets/", "", ""}, {"GET", "/library/", "", ""}, {"GET", "/api/", "", ""},
	}
	for _, name := range traversals {
		for _, route := range routes {
			path := route.before + url.PathEscape(name) + route.after
			if strings.HasSuffix(route.before, "=") {
				path = route.before + url.QueryEscape(name)
			}
			r := g.Ask(route.method, path, route.body)
			g.harmless(route.method+" "+path, r)
			if strings.HasPrefix(path, "/api/v1/") && r.Status < 300 && !strings.Contains(path, "/preview?") {
				g.t.Errorf("%s %s was answered with %d: %.200s", route.method, path, r.Status, r.Body)
			}
		}
	}
	g.untouched()
}

// Paths that no client library sends, because it would tidy them up first.
func TestRow05_NoAddressLeadsOutOfTheWebApp(t *testing.T) {
	t.Parallel()
	g := guardedServer(t)
	host := "Host: " + strings.TrimPrefix(g.Base, "http://") + "\r\nConnection: close\r\n\r\n"
	for _, path := range []string{
		"/../../../../etc/passwd", "/assets/../../../../etc/passwd", "/assets/..%2f..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
		"/..%5c..%5cetc%5cpasswd", `/..\..\etc\passwd`, "/assets/%00", "/%c0%ae%c0%ae/etc/passwd", "/./../x", "/.git/config", "/..;/etc/passwd",
		"/../outside/secret.txt", "/library/../../outside/secret.txt", "/api/../../outside/secret.txt", "/api/v1/../../../outside/secret.txt", "/%2f%2fetc/passwd",
	} {
		g.harmless(path, g.Raw("GET "+path+" HTTP/1.1\r\n"+host))
	}
	g.untouched()
}

func TestRow05_FoldersThatMustNotBecomeLibrariesAreRefused(t *testing.T) {
	t.Parallel()
	g := guardedServer(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(g.Data, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range append([]string{
		"/", "//", "/.", "/..", "/../", g.dir + "/../../../../../../../../..", // a whole disk
		g.Data, g.Data + "/", g.Data + "/thumbnails", g.Data + "/../data", link, filepath.Dir(g.Data), // our own data
		g.dir, g.dir + "/sub", g.dir + "/sub/..", // what is there already
		filepath.Join(g.outside, "secret.txt"), filepath.Join(g.outside, "gone"), g.outside + "\x00", // no folders
	}, traversals...) {
		if path == "~" {
			continue // the home folder, which is a folder like any other
		}
		r := g.Ask("POST", "/api/v1/roots", asJSON(t, map[string]string{"path": path}))
		if r.Status != 422 && r.Status != 404 && r.Status != 403 {
			t.Errorf("%q as a library folder: %d %.200s", path, r.Status, r.Body)
		}
		g.harmless("/api/v1/roots "+path, r)
	}
	var listed struct {
		Roots []lora.Root `json:"roots"`
	}
	if g.Call("GET", "/api/v1/roots", nil, &listed); len(listed.Roots) != 1 {
		t.Errorf("library folders: %+v", listed.Roots)
	}
}

// Refusals must not tell which files exist outside.
func TestRow05_ARefusalDoesNotTellWhatExists(t *testing.T) {
	t.Parallel()
	g := guardedServer(t)
	ask := func(path string) string {
		r := g.Ask("POST", "/api/v1/adapters", asJSON(t, map[string]string{"name": "x", "file_path": path}), "X-Request-ID: same-for-all")
		if r.Status != 403 {
			t.Errorf("%s: %d %s", path, r.Status, r.Body)
		}
		return string(r.Body)
	}
	there, gone := ask(filepath.Join(g.outside, "secret.safetensors")), ask(filepath.Join(g.outside, "gone00.safetensors"))
	if there != gone {
		t.Errorf("a file that exists is refused with %s, one that does not with %s", there, gone)
	}
}
