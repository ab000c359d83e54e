package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	_ "image/png" // a sketch is one
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"loramanager/internal/engine/enginetest"
	"loramanager/internal/queue/redistest"
	"loramanager/internal/store/pgtest"
)

func (r *running) post(path, body string, status int, out any) {
	r.t.Helper()
	answer, err := http.Post(r.address+path, "application/json", strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err == nil && out != nil && answer.StatusCode == status {
		err = json.Unmarshal(text, out)
	}
	if err != nil || answer.StatusCode != status {
		r.t.Fatalf("%s: status %d, want %d, %v: %s", path, answer.StatusCode, status, err, text)
	}
}

func (r *running) bytes(path string) []byte {
	r.t.Helper()
	answer, err := http.Get(r.address + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		r.t.Fatalf("%s: status %d, %v", path, answer.StatusCode, err)
	}
	return body
}

// result is what the tests read of a result.
type result struct {
	ID, Status, Engine string
	Images             []struct {
		URL           string
		Width, Height int
	}
	ErrorMessage *string `json:"error_message"`
}

// finished waits until a job is final.
func (r *running) finished(id string) result {
	r.t.Helper()
	var got result
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if r.get("/api/v1/generation/results/"+id, &got); got.Status == "completed" || got.Status == "failed" {
			return got
		}
	}
	r.t.Fatalf("the job does not end: %+v", got)
	return got
}

func TestStory2_FromAPromptToAPictureInTheHistory(t *testing.T) {
	data := t.TempDir()
	r := start(t, data)
	var queued struct {
		ID string `json:"delivery_id"`
	}
	r.post("/api/v1/generation/queue-generation", `{"prompt":"a lighthouse <lora:nobody:0.5>","width":64,"height":96,"steps":3,"seed":7}`, 200, &queued)
	got := r.finished(queued.ID)
	if got.Status != "completed" || got.Engine != "sketch" || len(got.Images) != 1 {
		t.Fatalf("%+v", got)
	}
	picture, _, err := image.DecodeConfig(bytes.NewReader(r.bytes(got.Images[0].URL)))
	if err != nil || picture.Width != 64 || picture.Height != 96 {
		t.Errorf("the picture is %d x %d, %v", picture.Width, picture.Height, err)
	}
	if download := r.bytes("/api/v1/generation/results/" + queued.ID + "/download"); len(download) == 0 {
		t.Error("nothing to download")
	}
	var immediate struct {
		Status string
		Images []string
	}
	r.post("/api/v1/generation/generate", `{"prompt":"at once","width":64,"height":64,"steps":2}`, 200, &immediate)
	if immediate.Status != "completed" || len(immediate.Images) != 1 {
		t.Errorf("%+v", immediate)
	}
	r.halt()

	r = start(t, data)
	defer r.halt()
	var history struct{ Results []result }
	if r.get("/api/v1/generation/history", &history); len(history.Results) != 2 || history.Results[1].ID != queued.ID {
		t.Errorf("after a restart the history is %+v", history.Results)
	}
	if again := r.bytes(got.Images[0].URL); len(again) == 0 {
		t.Error("the picture is gone")
	}
}

// startWorker runs a worker in the background of a test.
func startWorker(t *testing.T, args ...string) (halt func()) {
	t.Helper()
	config, err := parse(t, nil, "", args...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	a, err := newApp(ctx, config, slog.New(slog.DiscardHandler), withoutDoor)
	if err != nil {
		stop()
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.run(ctx, stopPatience) }()
	return func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestStory2_AWorkerRunsWhatAServerAccepts(t *testing.T) {
	for name, wires := range map[string][]string{
		"woken through PostgreSQL": nil,
		"woken through Redis":      {"--redis-url=" + redistest.Start(t).URL()},
	} {
		t.Run(name, func(t *testing.T) {
			shared := append([]string{"--database-url=" + pgtest.Database(t), "--pictures=" + t.TempDir()}, wires...)
			server := start(t, t.TempDir(), append(shared, "--no-workers")...)
			defer server.halt()
			defer startWorker(t, append(shared, "--data="+t.TempDir())...)()
			var got struct {
				ID     string `json:"job_id"`
				Status string
				Images []string
			}
			server.post("/api/v1/generation/generate", `{"prompt":"far away","width":64,"height":64,"steps":2}`, 200, &got)
			if got.Status != "completed" || len(got.Images) != 1 {
				t.Errorf("%+v", got)
			}
			if r := server.finished(got.ID); len(r.Images) != 1 || len(server.bytes(r.Images[0].URL)) == 0 {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestAWorkerOfItsOwnNeedsPostgreSQL(t *testing.T) {
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"worker", "--data=" + t.TempDir()}, nil, streams{out: &out, err: &errs})
	if code != exitProblem || !strings.Contains(errs.String(), "needs PostgreSQL") {
		t.Errorf("%d %s", code, errs.String())
	}
}

func TestEnginesOfTheConfigurationAreThere(t *testing.T) {
	r := start(t, t.TempDir(), "--sdnext-base-url=http://127.0.0.1:1/", "--no-sketch")
	defer r.halt()
	var engines struct {
		Engines []struct {
			Name, URL         string
			FromConfiguration bool `json:"from_configuration"`
		}
	}
	if r.get("/api/v1/engines", &engines); len(engines.Engines) != 1 || engines.Engines[0].URL != "http://127.0.0.1:1" || !engines.Engines[0].FromConfiguration {
		t.Errorf("%+v", engines)
	}
	r.post("/api/v1/engines", `{"name":"sdnext","kind":"sdnext","url":"http://127.0.0.1:2"}`, 409, nil)
	var backends map[string]bool
	if r.get("/api/v1/generation/backends", &backends); !backends["sdnext"] || backends["sketch"] {
		t.Errorf("%v", backends)
	}
}

func TestStory2_ComfyUIRunsAWorkflowThatWasKept(t *testing.T) {
	comfy := enginetest.NewComfyUI(enginetest.ComfyUIOptions{StepTime: time.Nanosecond})
	served := httptest.NewServer(comfy)
	defer comfy.Close()
	defer served.Close()
	r := start(t, t.TempDir(), "--comfyui-url="+served.URL)
	defer r.halt()
	// The picture is twice as large as was asked for: that is what this workflow adds.
	graph := `{
		"1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "tiny.safetensors"}},
		"2": {"class_type": "CLIPTextEncode", "inputs": {"text": "{{prompt}}", "clip": ["1", 1]}},
		"3": {"class_type": "EmptyLatentImage", "inputs": {"width": "{{width}}", "height": "{{height}}", "batch_size": 1}},
		"4": {"class_type": "KSampler", "inputs": {"seed": "{{seed}}", "steps": 2, "cfg": 3, "sampler_name": "euler", "scheduler": "simple", "denoise": 1,
			"model": ["1", 0], "positive": ["2", 0], "negative": ["2", 0], "latent_image": ["3", 0]}},
		"5": {"class_type": "LatentUpscaleBy", "inputs": {"samples": ["4", 0], "upscale_method": "bislerp", "scale_by": 2}},
		"6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
		"7": {"class_type": "SaveImage", "inputs": {"filename_prefix": "twice", "images": ["6", 0]}}
	}`
	body, err := json.Marshal(map[string]string{"graph": graph})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, r.address+"/api/v1/workflows/twice", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("the workflow is answered with %d", answer.StatusCode)
	}
	var queued struct {
		ID string `json:"delivery_id"`
	}
	r.post("/api/v1/generation/queue-generation?backend=comfyui", `{"prompt":"a lighthouse","workflow":"twice","width":64,"height":96,"seed":7}`, 200, &queued)
	if got := r.finished(queued.ID); got.Status != "completed" || len(got.Images) != 1 || got.Images[0].Width != 128 || got.Images[0].Height != 192 {
		t.Errorf("%+v", got)
	}
}
