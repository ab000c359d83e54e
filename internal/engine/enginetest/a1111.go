package enginetest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// A1111Options say how a fake of the A1111 family is.
type A1111Options struct {
	// Kind is lora.SDNext, lora.A1111 or lora.Forge; SD.Next when empty.
	Kind lora.EngineKind
	// Models, LoRAs and Controls are what it lists; a few of each when nil. LoRAs are
	// paths below its folder.
	Models, LoRAs, Controls []string
	// Aliases are the names that LoRA files, by path, state for themselves.
	Aliases map[string]string
	// Digests are the sshs_model_hash of LoRA files by path.
	Digests map[string]string
	// Unfit are LoRAs, by path, that are listed but change nothing when used.
	Unfit []string
	// StepTime is how long a step takes.
	StepTime time.Duration
	// Username and Password, when set, are asked of every caller.
	Username, Password string
	// InfoObject sends info as an object, as no real one does but clients expected.
	InfoObject bool
	// NoProgress is a server without progress and interrupt, such as sd-server's
	// imitation of this API.
	NoProgress bool
	// Fewer makes jobs end with one picture less than asked for.
	Fewer bool
}

// A1111 is a fake of SD.Next, A1111 or Forge: one generation at a time, progress and
// interrupt of whatever runs, LoRAs by tags that are passed over without a word when
// they are unknown, pictures as JPEG from SD.Next and as PNG from the others. Close ends
// it.
type A1111 struct {
	options A1111Options
	mux     *http.ServeMux
	slot    chan struct{} // held by the one generation that runs
	closed  chan struct{}
	once    sync.Once

	mu          sync.Mutex
	calls       []string
	received    []map[string]any
	used        [][]string // LoRAs of each generation, by path
	task        string     // that runs
	waiting     []string   // tasks that wait
	step, steps int
	preview     []byte
	previews    int
	interrupted bool
	interrupts  int
	broken      int
}

// NewA1111 starts a fake.
func NewA1111(options A1111Options) *A1111 {
	if options.Kind == "" {
		options.Kind = lora.SDNext
	}
	for _, l := range []struct {
		list  *[]string
		usual []string
	}{
		{&options.Models, []string{"tiny.safetensors", "xl/base.safetensors"}},
		{&options.LoRAs, []string{"style_a.safetensors", "sub/char_b.safetensors", "add.detail.v2.safetensors"}},
		{&options.Controls, []string{"control_canny"}},
	} {
		if *l.list == nil {
			*l.list = l.usual
		}
	}
	f := &A1111{options: options, mux: http.NewServeMux(), slot: make(chan struct{}, 1), closed: make(chan struct{})}
	f.routes()
	return f
}

// Close ends what runs.
func (f *A1111) Close() { f.once.Do(func() { close(f.closed) }) }

// Requests returns the bodies of the generations asked for, oldest first.
func (f *A1111) Requests() []map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.received)
}

// Used returns the LoRAs, by path, that each generation really used.
func (f *A1111) Used() [][]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.used)
}

// Calls returns the requests received, as "POST /sdapi/v1/txt2img", oldest first.
func (f *A1111) Calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// Interrupts is how often a generation was interrupted.
func (f *A1111) Interrupts() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.interrupts
}

// AddLoRA puts a file into the folder. It is listed after the next refresh, which SD.Next
// does by itself when it meets an unknown name.
func (f *A1111) AddLoRA(path string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.options.LoRAs = append(slices.Clone(f.options.LoRAs), path)
	f.broken = len(f.options.LoRAs) - 1
}

// listed are the LoRAs of the last refresh; the lock is held.
func (f *A1111) listed() []string {
	if f.broken > 0 {
		return f.options.LoRAs[:f.broken]
	}
	return f.options.LoRAs
}

// ServeHTTP implements http.Handler.
func (f *A1111) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.calls = append(f.calls, r.Method+" "+r.URL.Path)
	f.mu.Unlock()
	if name, password, _ := r.BasicAuth(); f.options.Username != "" && (name != f.options.Username || password != f.options.Password) {
		w.Header().Set("WWW-Authenticate", "Basic")
		f.fail(w, http.StatusUnauthorized, "Incorrect username or password")
		return
	}
	if r.Header.Get("Origin") != "" {
		f.fail(w, http.StatusForbidden, "Origin")
		return
	}
	f.mux.ServeHTTP(w, r)
}

func (f *A1111) sdnext() bool { return f.options.Kind == lora.SDNext }

// fail answers in the shape of the kind: Forge has only detail.
func (f *A1111) fail(w http.ResponseWriter, status int, detail string) {
	body := map[string]any{"detail": detail}
	if f.options.Kind != lora.Forge {
		body["error"], body["errors"], body["code"] = "HTTPException", "", status
	}
	answer(w, status, body)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller has gone when it fails
}

func (f *A1111) routes() {
	list := func(path string, items func() any) {
		f.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, items()) })
	}
	list("/sdapi/v1/options", func() any {
		format := "png"
		if f.sdnext() {
			format = "jpg"
		}
		return map[string]any{"sd_model_checkpoint": f.options.Models[0], "samples_format": format}
	})
	list("/sdapi/v1/samplers", func() any { return named("name", "DPM++ 2M", "Euler", "Euler a", "UniPC") })
	list("/sdapi/v1/sd-models", func() any { return named("title", f.options.Models...) })
	list("/sdapi/v1/upscalers", func() any { return named("name", "None", "Lanczos", "ESRGAN_4x") })
	list("/sdapi/v1/loras", f.loras)
	f.mux.HandleFunc("POST /sdapi/v1/refresh-loras", func(w http.ResponseWriter, _ *http.Request) {
		f.mu.Lock()
		f.broken = 0
		f.mu.Unlock()
		answer(w, http.StatusOK, nil)
	})
	if f.sdnext() {
		list("/sdapi/v1/version", func() any { return map[string]any{"app": "sd.next", "updated": "2026-07-01", "hash": "058a7f0"} })
		list("/sdapi/v1/sd-vae", func() any { return named("model_name", "vae.safetensors") })
		list("/sdapi/v1/controlnets", func() any { return f.options.Controls })
		list("/sdapi/v1/preprocessors", func() any { return named("name", "Canny") })
		f.mux.HandleFunc("POST /sdapi/v1/control", f.generate)
		f.mux.HandleFunc("POST /sdapi/v1/checkpoint", func(w http.ResponseWriter, r *http.Request) {
			answer(w, http.StatusOK, map[string]any{"ok": slices.Contains(f.options.Models, r.URL.Query().Get("sd_model_checkpoint"))})
		})
	} else {
		vaes := map[lora.EngineKind]string{lora.A1111: "/sdapi/v1/sd-vae", lora.Forge: "/sdapi/v1/sd-modules"}[f.options.Kind]
		list(vaes, func() any { return named("model_name", "vae.safetensors") })
		list("/sdapi/v1/schedulers", func() any {
			return []any{map[string]any{"name": "automatic", "label": "Automatic"}, map[string]any{"name": "karras", "label": "Karras"}}
		})
		list("/controlnet/model_list", func() any { return map[string]any{"model_list": f.options.Controls} })
		list("/controlnet/module_list", func() any { return map[string]any{"module_list": []string{"none", "canny"}} })
	}
	f.mux.HandleFunc("POST /sdapi/v1/txt2img", f.generate)
	f.mux.HandleFunc("POST /sdapi/v1/img2img", f.generate)
	f.mux.HandleFunc("POST /sdapi/v1/extra-single-image", f.enlarge)
	if !f.options.NoProgress {
		f.mux.HandleFunc("GET /sdapi/v1/progress", f.progress)
		f.mux.HandleFunc("POST /sdapi/v1/interrupt", f.interrupt)
		if !f.sdnext() {
			f.mux.HandleFunc("POST /internal/progress", f.taskProgress)
		}
	}
}

func named(member string, names ...string) []any {
	list := []any{}
	for _, name := range names {
		list = append(list, map[string]any{member: name})
	}
	return list
}

// loras lists the LoRAs the way each kind names them.
func (f *A1111) loras() any {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := []any{}
	for _, path := range f.listed() {
		alias := f.options.Aliases[path]
		if alias == "" {
			alias = f.handle(path)
		}
		metadata := map[string]any{"ss_tag_frequency": map[string]any{"a": map[string]any{"1girl": 10}}}
		if digest := f.options.Digests[path]; digest != "" {
			metadata["sshs_model_hash"] = digest
		}
		list = append(list, map[string]any{"name": f.handle(path), "alias": alias, "path": "/models/Lora/" + path, "metadata": metadata})
	}
	return list
}

// handle is the name of a LoRA in tags: SD.Next turns dots into underscores.
func (f *A1111) handle(path string) string {
	name := strings.TrimSuffix(path[strings.LastIndexByte(path, '/')+1:], ".safetensors")
	if f.sdnext() {
		name = strings.ReplaceAll(name, ".", "_")
	}
	return name
}

func (f *A1111) interrupt(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	if f.steps > 0 {
		f.interrupted = true
		f.interrupts++
	}
	f.mu.Unlock()
	if f.options.Kind == lora.Forge {
		answer(w, http.StatusOK, map[string]any{})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (f *A1111) progress(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	body := map[string]any{
		"progress": f.fraction(), "eta_relative": 1.5, "current_image": nil, "textinfo": nil,
		"state": map[string]any{"skipped": false, "interrupted": f.interrupted, "job_count": 1, "sampling_step": f.step, "sampling_steps": f.steps},
	}
	if skip, _ := strconv.ParseBool(r.URL.Query().Get("skip_current_image")); !skip && f.preview != nil {
		body["current_image"] = base64Text(f.preview)
	}
	answer(w, http.StatusOK, body)
}

func (f *A1111) taskProgress(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Task    string `json:"id_task"`
		Preview int    `json:"id_live_preview"`
	}
	if json.NewDecoder(r.Body).Decode(&ask) != nil {
		f.fail(w, http.StatusUnprocessableEntity, "not JSON")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	place := slices.Index(f.waiting, ask.Task)
	body := map[string]any{
		"active": f.task == ask.Task, "queued": place >= 0, "completed": place < 0 && f.task != ask.Task,
		"progress": nil, "eta": nil, "live_preview": nil, "id_live_preview": f.previews, "textinfo": nil,
	}
	if place >= 0 {
		body["textinfo"] = "In queue: " + strconv.Itoa(place+1) + "/" + strconv.Itoa(len(f.waiting))
	}
	if f.task == ask.Task {
		body["progress"] = f.fraction()
		if f.previews != ask.Preview && f.preview != nil {
			body["live_preview"] = "data:image/png;base64," + base64Text(f.preview)
		}
	}
	answer(w, http.StatusOK, body)
}

func (f *A1111) fraction() float64 {
	if f.steps == 0 {
		return 0
	}
	return max(0.01, float64(f.step)/float64(f.steps))
}
