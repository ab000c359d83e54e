package enginetest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// comfyClient is one socket. Writes are one at a time.
type comfyClient struct {
	conn      *websocket.Conn
	mu        sync.Mutex
	described bool // wants previews with a description
}

func (c *comfyClient) write(ctx context.Context, kind websocket.MessageType, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.conn.Write(ctx, kind, data)
}

func (f *ComfyUI) socket(w http.ResponseWriter, r *http.Request) {
	if f.options.NoSocket {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }()
	client, id := &comfyClient{conn: conn}, r.URL.Query().Get("clientId")
	f.mu.Lock()
	f.sockets[id] = client
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.sockets[id] == client {
			delete(f.sockets, id)
		}
	}()
	f.tell(id, "status", object{"status": object{"exec_info": object{"queue_remaining": 0}}, "sid": id})
	first := true
	for {
		_, data, err := conn.Read(f.ctx)
		if err != nil {
			return
		}
		if first && strings.Contains(string(data), `"supports_preview_metadata":true`) {
			client.mu.Lock()
			client.described = true
			client.mu.Unlock()
		}
		first = false
	}
}

// tell sends a message to one client, if it is there.
func (f *ComfyUI) tell(id, kind string, data object) {
	f.mu.Lock()
	client := f.sockets[id]
	f.mu.Unlock()
	if client == nil {
		return
	}
	text, _ := json.Marshal(object{"type": kind, "data": data})
	client.write(f.ctx, websocket.MessageText, text)
}

// preview sends a picture in the form the client wants.
func (f *ComfyUI) preview(job *comfyJob, node string, picture []byte) {
	f.mu.Lock()
	client := f.sockets[job.client]
	f.mu.Unlock()
	if client == nil || !f.options.Previews {
		return
	}
	client.mu.Lock()
	described := client.described
	client.mu.Unlock()
	frame := binary.BigEndian.AppendUint32(nil, 1)
	if described {
		about, _ := json.Marshal(object{"node_id": node, "prompt_id": job.id, "image_type": "image/png"})
		frame = binary.BigEndian.AppendUint32(nil, 4)
		frame = append(binary.BigEndian.AppendUint32(frame, uint32(len(about))), about...) //nolint:gosec // a few bytes
	} else {
		frame = binary.BigEndian.AppendUint32(frame, 2) // PNG
	}
	client.write(f.ctx, websocket.MessageBinary, append(frame, picture...))
}

// work runs prompts one after the other.
func (f *ComfyUI) work() {
	defer f.worker.Done()
	for {
		f.mu.Lock()
		var job *comfyJob
		ctx, cancel := context.WithCancel(f.ctx)
		if len(f.pending) > 0 {
			job, f.pending = f.pending[0], f.pending[1:]
			job.cancel = cancel
			f.running = job
		}
		f.mu.Unlock()
		if job != nil {
			f.run(ctx, job)
			cancel()
			continue
		}
		cancel()
		select {
		case <-f.wake:
		case <-f.ctx.Done():
			return
		}
	}
}

// run executes a prompt and puts it into the history, unless the server was restarted.
func (f *ComfyUI) run(ctx context.Context, job *comfyJob) {
	outputs, messages := object{}, []any{}
	say := func(kind string, data object) {
		data["prompt_id"] = job.id
		messages = append(messages, []any{kind, data})
		f.tell(job.client, kind, data)
	}
	say("execution_start", object{})
	say("execution_cached", object{"nodes": f.cachedNodes(job)})
	status := "success"
	for _, output := range job.outputs {
		if failed := f.runOutput(ctx, job, output, outputs); failed != nil {
			status = "error"
			kind := failed["kind"].(string)
			delete(failed, "kind")
			say(kind, failed)
			break
		}
	}
	if status == "success" {
		say("execution_success", object{})
	}
	f.mu.Lock()
	if f.running == job { // not restarted
		f.running = nil
		f.history[job.id] = object{
			"prompt": job.tuple(), "outputs": outputs, "meta": object{},
			"status": object{"status_str": status, "completed": status == "success", "messages": messages},
		}
	}
	f.mu.Unlock()
	f.tell(job.client, "executing", object{"node": nil, "prompt_id": job.id})
}

func (f *ComfyUI) cachedNodes(job *comfyJob) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	nodes := []string{}
	for id := range job.prompt {
		if f.sampled[signature(job.prompt, id)] {
			nodes = append(nodes, id)
		}
	}
	sort.Strings(nodes)
	return nodes
}

// runOutput runs what an output needs and saves its picture. It returns the error.
func (f *ComfyUI) runOutput(ctx context.Context, job *comfyJob, output string, outputs object) object {
	for _, id := range upstream(job.prompt, output) {
		node := job.prompt[id].(object)
		inputs := node["inputs"].(object)
		mark := signature(job.prompt, id)
		f.mu.Lock()
		cached := f.sampled[mark]
		f.mu.Unlock()
		if cached {
			continue
		}
		f.tell(job.client, "executing", object{"node": id, "display_node": id, "prompt_id": job.id})
		if steps, ok := inputs["steps"].(float64); ok {
			if f.options.Fail != "" {
				return object{"kind": "execution_error", "node_id": id, "node_type": node["class_type"], "executed": []string{}, "exception_message": f.options.Fail, "exception_type": "RuntimeError", "traceback": []string{}}
			}
			if denoise, ok := inputs["denoise"].(float64); ok {
				steps = max(math.Ceil(steps*denoise), 1)
			}
			if !f.sample(ctx, job, id, int(steps)) {
				return object{"kind": "execution_interrupted", "node_id": id, "node_type": node["class_type"], "executed": []string{}}
			}
		}
		f.mu.Lock()
		f.sampled[mark] = true
		f.mu.Unlock()
	}
	width, height := f.measure(job.prompt, output)
	result := f.save(job, output, width, height)
	outputs[output] = result
	f.tell(job.client, "executed", object{"node": output, "display_node": output, "output": result, "prompt_id": job.id})
	return nil
}

// sample takes the time of a sampler. It reports false when it was interrupted.
func (f *ComfyUI) sample(ctx context.Context, job *comfyJob, id string, steps int) bool {
	for step := 1; step <= steps; step++ {
		if f.options.StepTime > 0 {
			select {
			case <-time.After(f.options.StepTime):
			case <-ctx.Done():
			}
		}
		if ctx.Err() != nil {
			return false
		}
		f.tell(job.client, "progress", object{"value": step, "max": steps, "prompt_id": job.id, "node": id})
		f.preview(job, id, Picture(32, 32, fmt.Sprint(id, step)))
	}
	return true
}

// save writes a file, or names the one it wrote for the same node before.
func (f *ComfyUI) save(job *comfyJob, output string, width, height int) object {
	node := job.prompt[output].(object)
	inputs := node["inputs"].(object)
	source, _ := linkOf(inputs["images"])
	mark := signature(job.prompt, output)
	folder, prefix, _ := strings.Cut(fmt.Sprint(inputs["filename_prefix"]), "/")
	kind := "output"
	if prefix == "" {
		folder, prefix = "", folder
	}
	if node["class_type"] == "PreviewImage" {
		kind, folder, prefix = "temp", "", "ComfyUI_temp"
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	name, cached := f.cache[mark]
	if !cached {
		f.saved++
		name = fmt.Sprintf("%s_%05d_.png", prefix, f.saved)
		f.cache[mark] = name
		f.files[strings.Join(slices.DeleteFunc([]string{kind, folder, name}, func(s string) bool { return s == "" }), "/")] = Picture(width, height, signature(job.prompt, source))
	}
	return object{"images": []object{{"filename": name, "subfolder": folder, "type": kind}}}
}

// upstream lists what a node needs, itself last.
func upstream(prompt object, id string) []string {
	var order []string
	seen := map[string]bool{}
	var visit func(string)
	visit = func(id string) {
		if seen[id] {
			return
		}
		seen[id] = true
		inputs := prompt[id].(object)["inputs"].(object)
		for _, name := range slices.Sorted(maps.Keys(inputs)) {
			if source, ok := linkOf(inputs[name]); ok && prompt[source] != nil {
				visit(source)
			}
		}
		order = append(order, id)
	}
	visit(id)
	return order
}

// signature is the same for nodes that make the same, whatever their ids.
func signature(prompt object, id string) string {
	node, _ := prompt[id].(object)
	inputs, _ := node["inputs"].(object)
	h := sha256.New()
	_, _ = fmt.Fprint(h, node["class_type"])
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		value := inputs[name]
		if source, ok := linkOf(value); ok {
			value = signature(prompt, source) + fmt.Sprint(value.([]any)[1])
		}
		_, _ = fmt.Fprintf(h, "|%s=%v", name, value)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// measure follows the picture of a node up to where its size comes from.
func (f *ComfyUI) measure(prompt object, id string) (width, height int) {
	node, _ := prompt[id].(object)
	inputs, _ := node["inputs"].(object)
	number := func(name string) int { n, _ := inputs[name].(float64); return int(n) }
	var from string
	for _, name := range []string{"images", "destination", "image", "samples", "pixels", "latent_image"} {
		if source, ok := linkOf(inputs[name]); ok && from == "" {
			from = source
		}
	}
	switch node["class_type"] {
	case "EmptyLatentImage":
		return number("width") / 8 * 8, number("height") / 8 * 8
	case "ImageScale":
		return number("width"), number("height")
	}
	if from == "" {
		return 64, 64
	}
	width, height = f.measure(prompt, from)
	switch node["class_type"] {
	case "LatentUpscaleBy":
		by, _ := inputs["scale_by"].(float64)
		return int(math.RoundToEven(float64(width/8)*by)) * 8, int(math.RoundToEven(float64(height/8)*by)) * 8
	case "ImageUpscaleWithModel":
		return 4 * width, 4 * height
	}
	return width, height
}
