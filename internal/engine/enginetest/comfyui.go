package enginetest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// ComfyUIOptions say how a fake ComfyUI is.
type ComfyUIOptions struct {
	// Models, LoRAs, VAEs, Controls and Upscalers are what it lists; a few of each when
	// nil.
	Models, LoRAs, VAEs, Controls, Upscalers []string
	// StepTime is how long a step of a sampler takes.
	StepTime time.Duration
	// Previews sends one after each step: with a description to clients that asked for
	// that, plain otherwise.
	Previews bool
	// Old is a server of 2024: it ignores the prompt id of the caller, knows no /api/jobs,
	// and its interrupt stops whatever runs.
	Old bool
	// NoSocket refuses WebSocket connections, as some proxies do.
	NoSocket bool
	// Fail makes each prompt fail at its first sampler with this message.
	Fail string
	// Username and Password, when set, are asked of every caller.
	Username, Password string
}

// ComfyUI is a fake of ComfyUI: its routes and messages, its checks of a graph, its queue
// and its cache. It draws plain pictures of the size the graph asks for, the same for the
// same graph. Close ends it.
type ComfyUI struct {
	options ComfyUIOptions
	mux     *http.ServeMux

	mu       sync.Mutex
	number   int
	pending  []*comfyJob
	running  *comfyJob
	history  map[string]any
	cache    map[string]string // file by signature of the node that saved it
	sampled  map[string]bool   // signatures of nodes that were run
	files    map[string][]byte // by type/subfolder/filename
	sockets  map[string]*comfyClient
	received []map[string]any
	calls    []string
	saved    int

	wake   chan struct{}
	ctx    context.Context
	stop   context.CancelFunc
	worker sync.WaitGroup
}

type comfyJob struct {
	number  int
	id      string
	client  string
	prompt  map[string]any
	outputs []string
	cancel  context.CancelFunc
}

// NewComfyUI starts a fake.
func NewComfyUI(options ComfyUIOptions) *ComfyUI {
	for _, l := range []struct {
		list  *[]string
		usual []string
	}{
		{&options.Models, []string{"tiny.safetensors", "xl/base.safetensors"}},
		{&options.LoRAs, []string{"style_a.safetensors", "sub/char_b.safetensors"}},
		{&options.VAEs, []string{"vae.safetensors"}},
		{&options.Controls, []string{"canny.safetensors"}},
		{&options.Upscalers, []string{"4x.pth"}},
	} {
		if *l.list == nil {
			*l.list = l.usual
		}
	}
	f := &ComfyUI{options: options, mux: http.NewServeMux(), wake: make(chan struct{}, 1)}
	f.forget()
	f.files = map[string][]byte{}
	f.sockets = map[string]*comfyClient{}
	f.routes()
	f.ctx, f.stop = context.WithCancel(context.Background())
	f.worker.Add(1)
	go f.work()
	return f
}

// Close ends everything.
func (f *ComfyUI) Close() {
	f.stop()
	f.worker.Wait()
	f.Cut()
}

// forget empties the queue, the history and the cache.
func (f *ComfyUI) forget() {
	f.pending, f.history, f.cache, f.sampled = nil, map[string]any{}, map[string]string{}, map[string]bool{}
}

// Restart does what a crash and a restart of ComfyUI do: the running prompt ends, the
// queue and the history are empty, connections break. Files stay.
func (f *ComfyUI) Restart() {
	f.mu.Lock()
	if f.running != nil {
		f.running.cancel()
		f.running = nil
	}
	f.forget()
	f.mu.Unlock()
	f.Cut()
}

// Cut breaks all socket connections.
func (f *ComfyUI) Cut() {
	f.mu.Lock()
	clients := f.sockets
	f.sockets = map[string]*comfyClient{}
	f.mu.Unlock()
	for _, client := range clients {
		_ = client.conn.CloseNow()
	}
}

// Prompts returns the graphs received, oldest first.
func (f *ComfyUI) Prompts() []map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.received)
}

// Calls returns the requests received, as "POST /prompt", oldest first.
func (f *ComfyUI) Calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// Saved is how many files were written.
func (f *ComfyUI) Saved() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.saved
}

// ServeHTTP implements http.Handler. Every route exists with and without /api.
func (f *ComfyUI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.calls = append(f.calls, r.Method+" "+r.URL.Path)
	f.mu.Unlock()
	if name, password, _ := r.BasicAuth(); f.options.Username != "" && (name != f.options.Username || password != f.options.Password) {
		w.Header().Set("WWW-Authenticate", "Basic")
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.Header.Get("Origin") != "" {
		w.WriteHeader(http.StatusForbidden) // as ComfyUI does for pages of other hosts
		return
	}
	if path, ok := strings.CutPrefix(r.URL.Path, "/api"); ok && !strings.HasPrefix(path, "/jobs") {
		r.URL.Path = path
	}
	f.mux.ServeHTTP(w, r)
}

func (f *ComfyUI) routes() {
	f.mux.HandleFunc("GET /ws", f.socket)
	f.mux.HandleFunc("POST /prompt", f.submit)
	f.mux.HandleFunc("GET /prompt", func(w http.ResponseWriter, _ *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		reply(w, http.StatusOK, map[string]any{"exec_info": map[string]any{"queue_remaining": f.remaining()}})
	})
	f.mux.HandleFunc("GET /queue", f.queue)
	f.mux.HandleFunc("POST /queue", f.changeQueue)
	f.mux.HandleFunc("POST /interrupt", f.interrupt)
	f.mux.HandleFunc("GET /history/{id}", func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		found := map[string]any{}
		if entry, ok := f.history[r.PathValue("id")]; ok {
			found[r.PathValue("id")] = entry
		}
		reply(w, http.StatusOK, found)
	})
	f.mux.HandleFunc("GET /view", f.view)
	f.mux.HandleFunc("POST /upload/image", f.upload)
	f.mux.HandleFunc("GET /object_info/{class}", func(w http.ResponseWriter, r *http.Request) {
		found := map[string]any{}
		if class, ok := f.classes()[r.PathValue("class")]; ok {
			found[r.PathValue("class")] = class
		}
		reply(w, http.StatusOK, found)
	})
	f.mux.HandleFunc("GET /object_info", func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, f.classes()) })
	f.mux.HandleFunc("GET /system_stats", func(w http.ResponseWriter, _ *http.Request) {
		argv := []string{"main.py"}
		if f.options.Previews {
			argv = append(argv, "--preview-method", "auto")
		}
		reply(w, http.StatusOK, map[string]any{"system": map[string]any{"os": "posix", "comfyui_version": "0.3.64", "argv": argv}, "devices": []any{}})
	})
	if !f.options.Old {
		f.mux.HandleFunc("POST /api/jobs/{id}/cancel", f.cancelJob)
	}
}

func (f *ComfyUI) remaining() int {
	n := len(f.pending)
	if f.running != nil {
		n++
	}
	return n
}

// reply writes JSON.
func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func randomID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
