package fakehub

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

func (h *Hub) civArchive(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/sha256/{hash}", func(w http.ResponseWriter, r *http.Request) {
		hash := strings.ToLower(r.PathValue("hash"))
		m, v, ok := h.find(func(_ *Model, v *Version) bool { return len(hash) == 64 && v.has(hash) })
		switch {
		case !ok:
			missing(w, "Hash")
		case v.ID%2 == 0: // some answers name only where the file belongs
			reply(w, thing{"files": []thing{{"model_id": m.ID, "model_version_id": v.ID, "source": "civitai"}}})
		default:
			reply(w, thing{"data": h.archived(&m, &v)})
		}
	})
	mux.HandleFunc("GET /api/models/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, version := r.PathValue("id"), r.URL.Query().Get("modelVersionId")
		m, v, ok := h.find(func(m *Model, v *Version) bool {
			return strconv.Itoa(m.ID) == id && (version == "" || strconv.Itoa(v.ID) == version)
		})
		if !ok {
			missing(w, "Model")
			return
		}
		reply(w, h.archived(&m, &v))
	})
}

func (h *Hub) archived(m *Model, v *Version) thing {
	versions := []thing{}
	for i := range m.Versions {
		versions = append(versions, thing{"id": m.Versions[i].ID, "name": m.Versions[i].Name, "baseModel": m.Versions[i].BaseModel, "createdAt": m.Versions[i].Published.UTC().Format(time.RFC3339)})
	}
	files := []thing{}
	for i := range v.Files {
		files = append(files, thing{
			"id": v.ID*100 + i, "name": v.Files[i].Name, "type": "Model", "sizeKB": float64(len(v.Files[i].Data)) / 1024, "sha256": v.Files[i].Sum(), "is_primary": false,
			"downloadUrl": nil, "mirrors": []thing{
				{"url": h.api.URL + "/gone", "filename": v.Files[i].Name, "deletedAt": "2026-01-01T00:00:00Z"},
				{"url": fmt.Sprintf("%s/files/%d/%d", h.files.URL, v.ID, i), "filename": v.Files[i].Name, "deletedAt": nil},
			},
		})
	}
	return thing{
		"id": m.ID, "name": m.Name, "type": kind(m.Type), "description": m.HTML, "tags": m.Tags, "is_nsfw": false, "creator_username": m.Creator, "versions": versions,
		"version": thing{"id": v.ID, "modelId": m.ID, "name": v.Name, "baseModel": v.BaseModel, "trigger": v.Words, "createdAt": v.Published.UTC().Format(time.RFC3339), "files": files, "images": h.pictureList(v)},
	}
}
