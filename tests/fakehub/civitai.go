package fakehub

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

type thing = map[string]any

func (h *Hub) civitai(mux *http.ServeMux) {
	mux.HandleFunc("POST /api/v1/model-versions/by-hash", h.byHashes)
	mux.HandleFunc("GET /api/v1/model-versions/by-hash/{hash}", func(w http.ResponseWriter, r *http.Request) {
		hash := strings.ToLower(r.PathValue("hash"))
		m, v, ok := h.find(func(m *Model, v *Version) bool { return !m.Archived && v.has(hash) })
		if !ok || hash == "" {
			missing(w, "Model")
			return
		}
		reply(w, h.version(&m, &v, true))
	})
	mux.HandleFunc("GET /api/v1/model-versions/{id}", func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		m, v, ok := h.find(func(m *Model, v *Version) bool { return !m.Archived && strconv.Itoa(v.ID) == id })
		if !ok {
			missing(w, "Model version")
			return
		}
		reply(w, h.version(&m, &v, true))
	})
	mux.HandleFunc("GET /api/v1/models/{id}", func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		m, _, ok := h.find(func(m *Model, _ *Version) bool { return !m.Archived && strconv.Itoa(m.ID) == id })
		if !ok {
			missing(w, "Model")
			return
		}
		reply(w, h.model(&m))
	})
	mux.HandleFunc("GET /api/v1/models", h.listModels)
	mux.HandleFunc("GET /api/download/models/{id}", h.download)
}

// has reports whether a file of the version has a digest, as AutoV2, AutoV3 or SHA-256.
func (v *Version) has(hash string) bool {
	for i := range v.Files {
		sum, tensors := v.Files[i].Sum(), v.Files[i].Tensors()
		if hash == sum || len(hash) == 10 && strings.HasPrefix(sum, hash) || len(hash) == 12 && strings.HasPrefix(tensors, hash) {
			return true
		}
	}
	return false
}

func (h *Hub) byHashes(w http.ResponseWriter, r *http.Request) {
	var hashes []string
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&hashes); err != nil || len(hashes) > 100 {
		w.WriteHeader(http.StatusBadRequest)
		reply(w, thing{"error": "at most 100 hashes"})
		return
	}
	found := []thing{}
	for _, hash := range hashes {
		m, v, ok := h.find(func(m *Model, v *Version) bool { return !m.Archived && len(hash) == 64 && v.has(strings.ToLower(hash)) })
		if ok {
			found = append([]thing{h.version(&m, &v, true)}, found...) // in no order a client may rely on
		}
	}
	reply(w, found)
}

func (h *Hub) listModels(w http.ResponseWriter, r *http.Request) {
	items := []thing{}
	for id := range strings.SplitSeq(r.URL.Query().Get("ids"), ",") {
		m, _, ok := h.find(func(m *Model, _ *Version) bool { return !m.Archived && !m.Unlisted && strconv.Itoa(m.ID) == id })
		if ok {
			items = append(items, h.model(&m))
		}
	}
	reply(w, thing{"items": items, "metadata": thing{"nextCursor": nil}})
}

func (h *Hub) model(m *Model) thing {
	versions := []thing{}
	for i := range m.Versions {
		v := h.version(m, &m.Versions[i], false)
		delete(v, "modelId") // as in the real answers
		versions = append(versions, v)
	}
	o := thing{
		"id": m.ID, "name": m.Name, "type": kind(m.Type), "description": m.HTML, "tags": m.Tags, "nsfw": false, "poi": nil, "minor": nil,
		"creator": thing{"username": m.Creator, "image": nil}, "allowNoCredit": true, "allowCommercialUse": []string{"Image", "RentCivit"},
		"allowDerivatives": true, "allowDifferentLicense": false, "modelVersions": versions,
	}
	if h.on(Nulls) {
		o["description"], o["tags"], o["creator"], o["allowCommercialUse"] = nil, nil, nil, nil
	}
	return o
}

// on reports whether a fault is on without counting it.
func (h *Hub) on(f Fault) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.faults[f] > 0
}

func kind(s string) string {
	if s == "" {
		return "LORA"
	}
	return s
}

func (h *Hub) version(m *Model, v *Version, alone bool) thing {
	o := thing{
		"id": v.ID, "modelId": m.ID, "name": v.Name, "baseModel": v.BaseModel, "baseModelType": "Standard", "trainedWords": v.Words,
		"description": "<p>About " + v.Name + "</p>", "publishedAt": v.Published.UTC().Format(time.RFC3339Nano), "status": "Published", "availability": "Public",
		"nsfwLevel": 1, "air": fmt.Sprintf("urn:air:sdxl:lora:civitai:%d@%d", m.ID, v.ID), "usageControl": first(v.Usage, "Download"), "earlyAccessEndsAt": nil,
		"stats": thing{"downloadCount": 123, "ratingCount": 3, "rating": 4.5}, "files": h.fileList(v), "images": h.pictureList(v),
		"downloadUrl": fmt.Sprintf("%s/api/download/models/%d", h.api.URL, v.ID),
	}
	if !v.Early.IsZero() {
		o["earlyAccessEndsAt"] = v.Early.UTC().Format(time.RFC3339)
	}
	if alone {
		o["model"] = thing{"name": m.Name, "type": kind(m.Type), "nsfw": false, "poi": nil}
	}
	if h.on(Nulls) {
		for _, key := range []string{"availability", "trainedWords", "description", "stats", "images", "usageControl", "air", "nsfwLevel", "baseModelType"} {
			o[key] = nil
		}
	}
	if h.on(Odd) {
		o["name"], o["trainedWords"], o["images"], o["stats"], o["baseModel"], o["nsfwLevel"], o["publishedAt"] = 7, thing{"a": 1}, "none", []int{1}, []string{"x"}, -3.5, 12
	}
	return o
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

func (h *Hub) fileList(v *Version) []thing {
	files := []thing{}
	for i := range v.Files {
		f := &v.Files[i]
		hashes := thing{"AutoV3": strings.ToUpper(f.Tensors()[:min(12, len(f.Tensors()))])}
		if sum := f.Sum(); sum != "" {
			hashes["SHA256"], hashes["AutoV2"] = strings.ToUpper(sum), strings.ToUpper(sum[:10])
		}
		files = append(files, thing{
			"id": v.ID*100 + i, "name": f.Name, "type": first(f.Type, "Model"), "sizeKB": float64(len(f.Data)) / 1024, "primary": i == 0,
			"metadata": thing{"format": "SafeTensor", "size": nil, "fp": "fp16"}, "pickleScanResult": "Success", "virusScanResult": "Success",
			"hashes": hashes, "downloadUrl": fmt.Sprintf("%s/api/download/models/%d?file=%d", h.api.URL, v.ID, i),
		})
	}
	return files
}

func (h *Hub) pictureList(v *Version) []thing {
	pictures := []thing{}
	for _, address := range v.Pictures {
		pictures = append(pictures, thing{"url": address, "hash": "U5", "width": 512, "height": 512, "nsfwLevel": 1, "type": "image", "meta": thing{"prompt": "a picture", "comfy": thing{"prompt": thing{}}}})
	}
	return pictures
}
