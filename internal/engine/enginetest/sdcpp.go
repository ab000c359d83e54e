package enginetest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// SDCppOptions say how a fake sd-server is.
type SDCppOptions struct {
	// LoRAs are paths below its folder; a few when nil.
	LoRAs []string
	// StepTime is how long a step takes.
	StepTime time.Duration
	// Old is a build without jobs of its own.
	Old bool
	// Fail makes each job fail with this message.
	Fail string
	// Fewer makes jobs end with one picture less than asked for.
	Fewer bool
	// Expire throws the result of a job away as soon as it is done.
	Expire bool
}

// SDCpp is a fake of stable-diffusion.cpp's server, with the faults of the real one: it
// knows its LoRAs only after they were listed, rounds sizes up to 64, cannot stop what
// runs, takes 64 jobs at most, and keeps running when a caller hangs up. Close ends it.
type SDCpp struct {
	options SDCppOptions
	mux     *http.ServeMux
	slot    chan struct{} // held by the one generation that runs

	mu       sync.Mutex
	listed   bool
	number   int
	boot     int
	jobs     map[string]*sdcppJob
	waiting  []*sdcppJob
	running  *sdcppJob
	expired  map[string]bool
	received []object
	made     int

	wake   chan struct{}
	ctx    context.Context
	stop   context.CancelFunc
	worker sync.WaitGroup
}

type sdcppJob struct {
	id, status string
	body       object
	pictures   []string
	failed     object
}

// sdcppQueue is how many jobs may wait or run.
const sdcppQueue = 64

// NewSDCpp starts a fake.
func NewSDCpp(options SDCppOptions) *SDCpp {
	if options.LoRAs == nil {
		options.LoRAs = []string{"style_a.safetensors", "sub/char_b.safetensors"}
	}
	f := &SDCpp{options: options, mux: http.NewServeMux(), slot: make(chan struct{}, 1), wake: make(chan struct{}, 1), expired: map[string]bool{}, jobs: map[string]*sdcppJob{}}
	f.ctx, f.stop = context.WithCancel(context.Background())
	f.routes()
	f.worker.Add(1)
	go f.work()
	return f
}

// Close ends everything.
func (f *SDCpp) Close() {
	f.stop()
	f.worker.Wait()
}

// Restart forgets all jobs and that the LoRAs were listed.
func (f *SDCpp) Restart() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.boot++
	f.jobs, f.waiting, f.running, f.listed = map[string]*sdcppJob{}, nil, nil, false
}

// Requests returns the bodies of the generations asked for, oldest first.
func (f *SDCpp) Requests() []map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.received)
}

// Made is how many generations were finished.
func (f *SDCpp) Made() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.made
}

// ServeHTTP implements http.Handler. What it does not have is a 404 without a body.
func (f *SDCpp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, pattern := f.mux.Handler(r); pattern == "" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	f.mux.ServeHTTP(w, r)
}

func (f *SDCpp) routes() {
	list := func(path string, names ...string) {
		f.mux.HandleFunc("GET /sdapi/v1/"+path, func(w http.ResponseWriter, _ *http.Request) {
			objects := []object{}
			for _, name := range names {
				objects = append(objects, object{"name": name})
			}
			reply(w, http.StatusOK, objects)
		})
	}
	list("samplers", sdcppSamplers...)
	list("schedulers", sdcppSchedulers...)
	list("upscalers", "None", "Lanczos", "Nearest")
	list("latent-upscale-modes", "Latent", "Latent (nearest)")
	f.mux.HandleFunc("GET /sdapi/v1/options", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, object{"samples_format": "png", "sd_model_checkpoint": "tiny"})
	})
	f.mux.HandleFunc("GET /sdapi/v1/loras", func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, f.list()) })
	f.mux.HandleFunc("POST /sdapi/v1/txt2img", f.generate)
	f.mux.HandleFunc("POST /sdapi/v1/img2img", f.generate)
	if f.options.Old {
		return
	}
	f.mux.HandleFunc("GET /sdcpp/v1/capabilities", f.capabilities)
	f.mux.HandleFunc("POST /sdcpp/v1/img_gen", f.submit)
	f.mux.HandleFunc("GET /sdcpp/v1/jobs/{id}", f.job)
	f.mux.HandleFunc("POST /sdcpp/v1/jobs/{id}/cancel", f.cancel)
}

var (
	sdcppSamplers   = []string{"euler", "euler_a", "heun", "dpm++2m", "lcm"}
	sdcppSchedulers = []string{"discrete", "karras", "exponential", "simple"}
)

// list tells the LoRAs, which makes them known.
func (f *SDCpp) list() []object {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.listed = true
	loras := []object{}
	for _, path := range f.options.LoRAs {
		loras = append(loras, object{"name": path, "path": path})
	}
	return loras
}

func (f *SDCpp) capabilities(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, object{
		"model": object{"name": "tiny.gguf", "stem": "tiny", "path": "/models/tiny.gguf"}, "supported_modes": []string{"img_gen"},
		"samplers": sdcppSamplers, "schedulers": sdcppSchedulers, "loras": f.list(),
		"upscalers": []object{{"name": "None"}, {"name": "Lanczos"}, {"name": "Latent"}},
		"features":  object{"control_image": true, "cancel_queued": true, "cancel_generating": false},
		"limits":    object{"min_width": 64, "max_width": 4096, "min_height": 64, "max_height": 4096, "max_batch_count": 8, "max_queue_size": sdcppQueue},
	})
}

// refused checks the LoRAs of a request; the lock is held.
func (f *SDCpp) refused(body object) string {
	uses, _ := body["lora"].([]any)
	for _, use := range uses {
		path, _ := use.(object)["path"].(string)
		if !f.listed || !slices.Contains(f.options.LoRAs, path) {
			return path
		}
	}
	return ""
}

func readObject(r *http.Request) (object, bool) {
	var body object
	err := json.NewDecoder(r.Body).Decode(&body)
	return body, err == nil
}

func numberOf(body object, name string, usual int) int {
	if n, ok := body[name].(float64); ok {
		return int(n)
	}
	return usual
}

// make takes the time of a generation and draws its pictures.
func (f *SDCpp) make(body object, steps, count int) []string {
	select {
	case f.slot <- struct{}{}:
	case <-f.ctx.Done():
		return nil
	}
	defer func() { <-f.slot }()
	for range steps * count {
		if f.options.StepTime == 0 {
			break
		}
		select {
		case <-time.After(f.options.StepTime):
		case <-f.ctx.Done():
			return nil
		}
	}
	round := func(n int) int { return (n + 63) / 64 * 64 }
	width, height := round(numberOf(body, "width", 512)), round(numberOf(body, "height", 512))
	if hires, ok := body["hires"].(object); ok {
		scale, _ := hires["scale"].(float64)
		width, height = int(float64(width)*scale), int(float64(height)*scale)
	}
	pictures := []string{}
	for i := range count {
		mark := fmt.Sprint(body["prompt"], body["lora"], numberOf(body, "seed", 0)+i)
		pictures = append(pictures, base64.StdEncoding.EncodeToString(Picture(width, height, mark)))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.made++
	if f.options.Fewer {
		pictures = pictures[1:]
	}
	return pictures
}
