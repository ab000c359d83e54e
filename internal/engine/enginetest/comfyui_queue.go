package enginetest

import (
	"encoding/json"
	"io"
	"net/http"
	"path"
	"regexp"
	"slices"
)

var canonicalUUID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func (f *ComfyUI) submit(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Prompt   object  `json:"prompt"`
		ClientID string  `json:"client_id"`
		PromptID *string `json:"prompt_id"`
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil || body.Prompt == nil {
		reply(w, http.StatusBadRequest, object{"error": object{"type": "no_prompt", "message": "No prompt provided", "details": "No prompt provided", "extra_info": object{}}, "node_errors": object{}})
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.received = append(f.received, body.Prompt)
	id := randomID()
	if body.PromptID != nil && !f.options.Old {
		if id = *body.PromptID; !canonicalUUID.MatchString(id) {
			reply(w, http.StatusBadRequest, object{"error": object{"type": "invalid_prompt_id", "message": "prompt_id must be a canonical UUID"}, "node_errors": object{}})
			return
		}
	}
	outputs, broken, refused := f.validate(body.Prompt)
	if refused != nil {
		reply(w, http.StatusBadRequest, object{"error": refused, "node_errors": broken})
		return
	}
	f.number++
	f.pending = append(f.pending, &comfyJob{number: f.number, id: id, client: body.ClientID, prompt: body.Prompt, outputs: outputs})
	select {
	case f.wake <- struct{}{}:
	default:
	}
	reply(w, http.StatusOK, object{"prompt_id": id, "number": f.number, "node_errors": broken})
}

func (j *comfyJob) tuple() []any {
	return []any{j.number, j.id, j.prompt, object{"client_id": j.client}, j.outputs}
}

func (f *ComfyUI) queue(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	running, pending := []any{}, []any{}
	if f.running != nil {
		running = append(running, f.running.tuple())
	}
	for _, job := range slices.Backward(f.pending) { // a heap: in no order to rely on
		pending = append(pending, job.tuple())
	}
	reply(w, http.StatusOK, object{"queue_running": running, "queue_pending": pending})
}

func (f *ComfyUI) changeQueue(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Clear  bool     `json:"clear"`
		Delete []string `json:"delete"`
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pending = slices.DeleteFunc(f.pending, func(j *comfyJob) bool { return body.Clear || slices.Contains(body.Delete, j.id) })
	w.WriteHeader(http.StatusOK)
}

func (f *ComfyUI) interrupt(w http.ResponseWriter, r *http.Request) {
	var body struct {
		PromptID string `json:"prompt_id"`
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.running != nil && (f.options.Old || body.PromptID == "" || body.PromptID == f.running.id) {
		f.running.cancel()
	}
	w.WriteHeader(http.StatusOK)
}

// cancelJob is what servers since 2026 have.
func (f *ComfyUI) cancelJob(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	f.mu.Lock()
	defer f.mu.Unlock()
	before := len(f.pending)
	f.pending = slices.DeleteFunc(f.pending, func(j *comfyJob) bool { return j.id == id })
	cancelled := len(f.pending) < before
	if f.running != nil && f.running.id == id {
		f.running.cancel()
		cancelled = true
	}
	reply(w, http.StatusOK, object{"cancelled": cancelled})
}

func (f *ComfyUI) upload(w http.ResponseWriter, r *http.Request) {
	file, head, err := r.FormFile("image")
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, 100<<20))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	folder := r.FormValue("subfolder")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[path.Join("input", folder, head.Filename)] = data
	reply(w, http.StatusOK, object{"name": head.Filename, "subfolder": folder, "type": "input"})
}

func (f *ComfyUI) view(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	f.mu.Lock()
	data, ok := f.files[path.Join(q.Get("type"), q.Get("subfolder"), q.Get("filename"))]
	f.mu.Unlock()
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(data)
}
