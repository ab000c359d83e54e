package enginetest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

func base64Text(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// loraTag is a LoRA in a prompt of this family.
var loraTag = regexp.MustCompile(`<lora:([^:>]+)[^>]*>`)

// a1111Job is one generation.
type a1111Job struct {
	body            map[string]any
	words, negative string
	used            []string // by path
	names           []string // as tags call them
	width, height   int
	steps, count    int
	seed            int64
	task            string
	control         bool
}

func (f *A1111) generate(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	if json.NewDecoder(r.Body).Decode(&body) != nil {
		f.fail(w, http.StatusUnprocessableEntity, "not JSON")
		return
	}
	f.mu.Lock()
	f.received = append(f.received, body)
	f.mu.Unlock()
	if status, detail := f.refused(r.URL.Path, body); status != 0 {
		f.fail(w, status, detail)
		return
	}
	job := f.job(r.URL.Path, body)
	if !f.enter(job) {
		return
	}
	pictures := f.work(job)
	f.leave()
	if model, _ := body["sd_model_checkpoint"].(string); model != "" && !slices.Contains(f.options.Models, model) {
		pictures = nil // SD.Next gives up without a word
	}
	f.reply(w, job, pictures)
}

// refused is what the real ones refuse: null for a text, unknown samplers, no image.
func (f *A1111) refused(path string, body map[string]any) (status int, detail string) {
	for _, member := range []string{"prompt", "negative_prompt"} {
		if _, ok := body[member].(string); !ok {
			return http.StatusUnprocessableEntity, member + ": str type expected"
		}
	}
	if sampler, ok := body["sampler_name"].(string); ok && !slices.Contains([]string{"DPM++ 2M", "Euler", "Euler a", "UniPC"}, sampler) && !strings.HasSuffix(path, "/control") {
		status = http.StatusNotFound
		if f.options.Kind == lora.Forge {
			status = http.StatusBadRequest
		}
		return status, "Sampler not found"
	}
	if strings.HasSuffix(path, "/img2img") && body["init_images"] == nil {
		return http.StatusNotFound, "Init image not found"
	}
	return 0, ""
}

func (f *A1111) job(path string, body map[string]any) a1111Job {
	integer := func(member string, usual int) int {
		if v, ok := body[member].(float64); ok && v > 0 {
			return int(v)
		}
		return usual
	}
	job := a1111Job{
		body: body, negative: fmt.Sprint(body["negative_prompt"]), width: integer("width", 512), height: integer("height", 512),
		steps: integer("steps", 20), count: integer("batch_size", 1) * integer("n_iter", 1), seed: int64(integer("seed", 1)),
	}
	job.task, _ = body["force_task_id"].(string)
	if job.control = strings.HasSuffix(path, "/control"); job.control {
		job.width, job.height, job.count = integer("width_before", 512), integer("height_before", 512), integer("batch_size", 1)*integer("batch_count", 1)
	}
	job.width, job.height = job.width/8*8, job.height/8*8
	if on, _ := body["enable_hr"].(bool); on {
		scale, _ := body["hr_scale"].(float64)
		job.width, job.height = int(float64(job.width)*scale), int(float64(job.height)*scale)
	}
	prompt := fmt.Sprint(body["prompt"])
	job.words = strings.TrimSpace(loraTag.ReplaceAllString(prompt, ""))
	job.used, job.names = f.resolve(prompt)
	return job
}

// resolve finds the LoRAs of a prompt. Of unknown ones SD.Next drops these, the others
// drop all of the request; nobody says so.
func (f *A1111) resolve(prompt string) (used, names []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sdnext() {
		f.broken = 0
	}
	for _, tag := range loraTag.FindAllStringSubmatch(prompt, -1) {
		at := slices.IndexFunc(f.listed(), func(path string) bool {
			return f.handle(path) == tag[1] || f.options.Aliases[path] == tag[1] || f.sdnext() && strings.TrimSuffix(path, ".safetensors") == tag[1]
		})
		switch {
		case at < 0 && !f.sdnext():
			return nil, nil
		case at >= 0 && !slices.Contains(f.options.Unfit, f.listed()[at]):
			used, names = append(used, f.listed()[at]), append(names, tag[1])
		}
	}
	return used, names
}

// enter waits for the slot. It returns false when the fake was closed.
func (f *A1111) enter(job a1111Job) bool {
	f.mu.Lock()
	f.waiting = append(f.waiting, job.task)
	f.mu.Unlock()
	select {
	case f.slot <- struct{}{}:
	case <-f.closed:
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting = slices.Delete(f.waiting, 0, 1)
	f.task, f.step, f.steps, f.interrupted, f.preview = job.task, 0, job.steps*job.count, false, nil
	f.used = append(f.used, job.used)
	return true
}

func (f *A1111) leave() {
	f.mu.Lock()
	f.task, f.step, f.steps = "", 0, 0
	f.mu.Unlock()
	<-f.slot
}

// work draws the pictures, step by step. Interrupted, it returns what is there and, from
// SD.Next, the preview of the one being drawn.
func (f *A1111) work(job a1111Job) [][]byte {
	var pictures [][]byte
	for i := range job.count {
		mark := fmt.Sprint(job.words, job.negative, job.used, job.seed+int64(i), job.body["cfg_scale"])
		for range job.steps {
			select {
			case <-time.After(f.options.StepTime):
			case <-f.closed:
				return pictures
			}
			if f.stepped() {
				if f.sdnext() {
					pictures = append(pictures, f.encode(job, i, mark))
				}
				return pictures
			}
		}
		pictures = append(pictures, f.encode(job, i, mark))
	}
	if f.options.Fewer && len(pictures) > 0 {
		pictures = pictures[1:]
	}
	return pictures
}

// stepped counts a step and tells whether to stop.
func (f *A1111) stepped() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.step++
	f.previews++
	f.preview = Picture(32, 32, fmt.Sprint(f.previews))
	return f.interrupted
}

// text is the infotext of the i-th picture.
func (j a1111Job) text(i int) string {
	return fmt.Sprintf("%v\nNegative prompt: %s\nSteps: %d, Sampler: %v, CFG scale: %v, Seed: %d, Size: %dx%d, Model: tiny",
		j.body["prompt"], j.negative, j.steps, j.body["sampler_name"], j.body["cfg_scale"], j.seed+int64(i), j.width, j.height)
}

// encode writes the i-th picture: JPEG from SD.Next, PNG with its text from the others.
func (f *A1111) encode(job a1111Job, i int, mark string) []byte {
	if !f.sdnext() {
		return WithText(Picture(job.width, job.height, mark), "parameters", job.text(i))
	}
	var out bytes.Buffer
	_ = jpeg.Encode(&out, plain(job.width, job.height, mark), nil) // memory can be written to
	return out.Bytes()
}

func (f *A1111) reply(w http.ResponseWriter, job a1111Job, pictures [][]byte) {
	images, seeds, texts := []string{}, []int64{}, []string{}
	for i, picture := range pictures {
		images = append(images, base64Text(picture))
		seeds, texts = append(seeds, job.seed+int64(i)), append(texts, job.text(i))
	}
	if job.control {
		answer(w, http.StatusOK, map[string]any{"images": images, "processed": images, "params": job.body, "info": strings.Join(texts, "\n")})
		return
	}
	if scripts, ok := job.body["alwayson_scripts"].(map[string]any); ok && scripts["ControlNet"] != nil {
		images = append(images, base64Text(Picture(job.width, job.height, "map")))
	}
	extra := map[string]any{}
	if len(job.names) > 0 {
		if f.sdnext() {
			extra["LoRA networks"] = strings.Join(job.names, ", ")
		} else {
			extra["Lora hashes"] = strings.Join(job.names, ": 0123456789ab, ") + ": 0123456789ab"
		}
	}
	var info any = map[string]any{"prompt": job.body["prompt"], "all_seeds": seeds, "infotexts": texts, "extra_generation_params": extra}
	if len(pictures) == 0 {
		info = ""
	} else if !f.options.InfoObject {
		text, _ := json.Marshal(info) // texts and numbers
		info = string(text)
	}
	answer(w, http.StatusOK, map[string]any{"images": images, "parameters": job.body, "info": info})
}

func (f *A1111) enlarge(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Image    string  `json:"image"`
		Upscaler string  `json:"upscaler_1"`
		Scale    float64 `json:"upscaling_resize"`
	}
	if json.NewDecoder(r.Body).Decode(&ask) != nil {
		f.fail(w, http.StatusUnprocessableEntity, "not JSON")
		return
	}
	data, err := base64.StdEncoding.DecodeString(ask.Image)
	_, width, height, measured := guard.MeasurePicture(bytes.NewReader(data))
	if err != nil || measured != nil {
		f.fail(w, http.StatusInternalServerError, "Invalid encoded image")
		return
	}
	larger := Picture(int(float64(width)*ask.Scale), int(float64(height)*ask.Scale), ask.Image)
	answer(w, http.StatusOK, map[string]any{"html_info": "", "image": base64Text(larger)})
}
