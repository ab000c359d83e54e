package fakehub

import (
	"fmt"
	"net/http"
	"strings"
)

// revision is what the main branch of every repository points at.
const revision = "0123456789abcdef0123456789abcdef01234567"

func (h *Hub) huggingFace(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/models/{owner}/{name}", func(w http.ResponseWriter, r *http.Request) {
		repo, ok := h.repo(r)
		if !ok {
			missing(w, "Repository")
			return
		}
		var gated any = false
		if repo.Gated {
			gated = "manual"
		}
		reply(w, thing{
			"id": repo.ID, "author": strings.SplitN(repo.ID, "/", 2)[0], "sha": revision, "lastModified": "2026-05-04T03:02:01.000Z", "private": false, "gated": gated,
			"disabled": false, "downloads": 42, "likes": 1, "tags": []string{"lora", "diffusers"},
			"cardData": thing{"base_model": []string{repo.Base}, "instance_prompt": repo.Words, "license": "apache-2.0", "tags": []string{"lora"}}, "siblings": []thing{},
		})
	})
	mux.HandleFunc("GET /api/models/{owner}/{name}/tree/{revision}", h.tree)
	mux.HandleFunc("GET /", h.resolve)
}

// resolve redirects from /{owner}/{name}/resolve/{revision}/{path} to the file host.
func (h *Hub) resolve(w http.ResponseWriter, r *http.Request) {
	parts := strings.SplitN(strings.Trim(r.URL.Path, "/"), "/", 5)
	if len(parts) < 5 || parts[2] != "resolve" {
		missing(w, "Page")
		return
	}
	r.SetPathValue("owner", parts[0])
	r.SetPathValue("name", parts[1])
	repo, _ := h.repo(r)
	for i, f := range repo.Files {
		if f.Name == parts[4] {
			h.redirectTo(w, r, fmt.Sprintf("%s/repo/%s/%d", h.files.URL, repo.ID, i))
			return
		}
	}
	missing(w, "Entry")
}

func (h *Hub) repo(r *http.Request) (Repo, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, repo := range h.repos {
		if repo.ID == r.PathValue("owner")+"/"+r.PathValue("name") {
			return repo, true
		}
	}
	return Repo{}, false
}

// tree lists the files of a repository, one to a page.
func (h *Hub) tree(w http.ResponseWriter, r *http.Request) {
	repo, ok := h.repo(r)
	if !ok {
		missing(w, "Repository")
		return
	}
	page := 0
	_, _ = fmt.Sscan(r.URL.Query().Get("cursor"), &page)
	if page >= len(repo.Files) {
		reply(w, []thing{})
		return
	}
	f := &repo.Files[page]
	if page+1 < len(repo.Files) {
		w.Header().Set("Link", fmt.Sprintf(`<%s%s?cursor=%d>; rel="next"`, h.api.URL, r.URL.Path, page+1))
	}
	reply(w, []thing{
		{"type": "directory", "oid": "x", "size": 0, "path": "folder"},
		{"type": "file", "oid": "abc", "size": len(f.Data), "path": f.Name, "lfs": thing{"oid": f.Sum(), "size": len(f.Data), "pointerSize": 134}},
	})
}
