package security

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

// jobPatience is for a job that ends on its own, on a machine that is busy.
const jobPatience = 90 * time.Second

// made is a job as the history shows it.
type made struct {
	ID         string         `json:"id"`
	RawStatus  lora.JobStatus `json:"raw_status"`
	Engine     string         `json:"engine"`
	Error      *string        `json:"error_message"`
	ErrorClass string         `json:"error_class"`
	Images     []lora.Image   `json:"images"`
	Record     map[string]any `json:"result"`
}

// said is the reason a job gives for its end; empty without one.
func (m *made) said() string {
	if m.Error == nil {
		return ""
	}
	return *m.Error
}

// generate queues a generation, with the fields that body adds to a small picture.
func generate(t *testing.T, s *harness.Server, engine string, body map[string]any) string {
	t.Helper()
	whole := map[string]any{"prompt": "a lighthouse", "width": 64, "height": 64, "steps": 2}
	for key, value := range body {
		whole[key] = value
	}
	var queued struct {
		ID string `json:"delivery_id"`
	}
	s.Call("POST", "/api/v1/generation/queue-generation?backend="+engine, whole, &queued)
	return queued.ID
}

// deliver hands over a delivery and returns the id of its job.
func deliver(t *testing.T, s *harness.Server, mode, prompt string, params map[string]any) string {
	t.Helper()
	var accepted struct {
		ID string `json:"delivery_id"`
	}
	s.Call("POST", "/api/v1/deliveries", map[string]any{"mode": mode, "prompt": prompt, "params": params}, &accepted)
	return accepted.ID
}

// final waits until a job is over.
func final(t *testing.T, s *harness.Server, id string) made {
	t.Helper()
	var m made
	harness.Eventually(t, jobPatience, "the job "+id+" is over", func() bool {
		s.Call("GET", "/api/v1/generation/results/"+id, nil, &m)
		return m.RawStatus.Final()
	})
	return m
}

// attempted waits until a job is over or has failed once and waits for another try, which
// it is then told not to make.
func attempted(t *testing.T, s *harness.Server, id string) made {
	t.Helper()
	var m made
	harness.Eventually(t, jobPatience, "the job "+id+" was tried", func() bool {
		s.Call("GET", "/api/v1/generation/results/"+id, nil, &m)
		return m.RawStatus.Final() || m.RawStatus == lora.JobRetrying
	})
	if m.RawStatus == lora.JobRetrying {
		s.Ask("POST", "/api/v1/generation/jobs/"+id+"/cancel", "{}") // it may have begun again
	}
	return m
}

// addEngine sets an engine up.
func addEngine(t *testing.T, s *harness.Server, name string, kind lora.EngineKind, url string, fields map[string]any) {
	t.Helper()
	body := map[string]any{"name": name, "kind": kind, "url": url, "timeout_seconds": 30}
	for key, value := range fields {
		body[key] = value
	}
	s.Call("POST", "/api/v1/engines", body, nil)
}

// fakeEngine serves an engine of the A1111 family that has a habit; none when empty.
func fakeEngine(t *testing.T, habit enginetest.Habit) *httptest.Server {
	t.Helper()
	fake := enginetest.NewA1111(enginetest.A1111Options{})
	server := httptest.NewServer(enginetest.Sick(fake, habit, func(r *http.Request) bool { return habit != "" && enginetest.Generations(r) }))
	t.Cleanup(func() {
		fake.Close()
		server.CloseClientConnections()
		server.Close()
	})
	return server
}

// kept counts everything that a request could leave behind.
func kept(t *testing.T, s *harness.Server) map[string]int {
	t.Helper()
	count := map[string]int{}
	for _, list := range []struct{ what, path string }{
		{"jobs", "/generation/jobs?limit=200"}, {"compositions", "/compositions"}, {"presets", "/presets"}, {"workflows", "/workflows"},
		{"engines", "/engines"}, {"deliveries", "/deliveries?limit=200"},
	} {
		var body map[string]json.RawMessage
		s.Call("GET", "/api/v1"+list.path, nil, &body)
		var items []json.RawMessage
		if err := json.Unmarshal(body[list.what], &items); err != nil {
			t.Fatalf("%s: %v", list.path, err)
		}
		count[list.what] = len(items)
	}
	var stats lora.ResultStats
	s.Call("GET", "/api/v1/generation/results/stats?status=succeeded&status=failed&status=cancelled&status=pending&status=running&status=retrying", nil, &stats)
	count["results"], count["images"] = stats.Results, stats.Images
	count["picture files"] = len(filesBelow(t, filepath.Join(s.Data, "pictures")))
	return count
}

// filesBelow are the paths of all files below a folder that need not exist.
func filesBelow(t testing.TB, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			files = append(files, rel)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return files
}

// decode reads an answer as JSON.
func decode(r *harness.Reply, into any) error { return json.Unmarshal(r.Body, into) }
