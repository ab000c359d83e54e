package engine_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loramanager/internal/engine"
	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
)

const someJob = "6f0d6a0e-7d6b-4c53-9d4e-000000000001"

func deliver(t *testing.T, d engine.Deliveries, task lora.DeliveryTask) (map[string]any, error) {
	t.Helper()
	task.JobID = someJob
	if task.Prompt == "" {
		task.Prompt = "a cat"
	}
	return open(t, engine.Options{Deliveries: d}).Deliver(t.Context(), task)
}

func TestAnHTTPDeliveryIsSignedAndAny2xxIsSuccess(t *testing.T) {
	t.Parallel()
	const secret = "s3cret"
	var got http.Header
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		body, _ = io.ReadAll(r.Body)
		w.Header().Set("X-Answer", "yes")
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, "thanks")
	}))
	t.Cleanup(server.Close)
	host, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	d := engine.Deliveries{Allowed: []string{host + ":" + port}, Secret: secret}
	for name, params := range map[string]map[string]any{
		"host, port and path": {"host": host, "port": json.Number(port), "path": "/x"},
		"below its mode":      {"http": map[string]any{"host": host, "port": port}, "cli": nil},
		"a URL":               {"url": server.URL + "/x"},
	} {
		result, err := deliver(t, d, lora.DeliveryTask{Mode: "http", Params: params})
		if err != nil || result["status"] != http.StatusAccepted || result["detail"] != "thanks" || result["headers"].(map[string]any)["X-Answer"] != "yes" {
			t.Errorf("%s: %v, %v", name, result, err)
		}
		if string(body) != `{"prompt":"a cat"}` || got.Get("Content-Type") != "application/json" || got.Get("X-LoRA-Manager-Delivery") != someJob {
			t.Errorf("%s: sent %s with %v", name, body, got)
		}
		var seconds, sum string
		if _, err := fmt.Sscanf(strings.ReplaceAll(got.Get("X-LoRA-Manager-Signature"), ",", " "), "t=%s v1=%s", &seconds, &sum); err != nil {
			t.Fatal(err)
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(seconds + "." + string(body)))
		if hex.EncodeToString(mac.Sum(nil)) != sum {
			t.Errorf("%s: the signature does not fit", name)
		}
	}
}

func TestAnHTTPDeliveryWithPicturesIsAForm(t *testing.T) {
	t.Parallel()
	picture := enginetest.Picture(8, 8, "x")
	var prompt, file, seed string
	var sent []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		prompt, seed = r.FormValue("prompt"), r.FormValue("seed")
		part, header, err := r.FormFile("image")
		if err == nil {
			file = header.Filename
			sent, _ = io.ReadAll(part)
		}
	}))
	t.Cleanup(server.Close)
	number := int64(7)
	_, err := deliver(t, engine.Deliveries{Allowed: []string{"127.0.0.0/8"}}, lora.DeliveryTask{
		Mode: "http", Seed: &number, Params: map[string]any{"url": server.URL}, Pictures: []lora.DeliveredPicture{{Data: picture}},
	})
	if err != nil || prompt != "a cat" || seed != "7" || string(sent) != string(picture) || file != "lora_prompt_"+someJob+"_000.png" {
		t.Errorf("got prompt %q, seed %q, %d bytes called %q: %v", prompt, seed, len(sent), file, err)
	}
}

func TestAnHTTPDeliveryThatFailsSaysHow(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hang":
			<-hang
		case "/gone":
			http.Error(w, `{"detail":"no such hook"}`, http.StatusNotFound)
		case "/metadata":
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusTemporaryRedirect)
		case "/down":
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(hang) })
	for name, c := range map[string]struct {
		params map[string]any
		status any
		detail string
		class  lora.EngineErrorClass
	}{
		"no host":              {nil, "error", "Missing required parameter: host", lora.EngineRefused},
		"a port that is none":  {map[string]any{"host": "127.0.0.1", "port": 99999.0}, "error", "The port", lora.EngineRefused},
		"a host with a path":   {map[string]any{"host": "a/b"}, "error", "The host", lora.EngineRefused},
		"a target not allowed": {map[string]any{"host": "example.com"}, "error", "Deliveries to example.com:80 are not allowed", lora.EngineRefused},
		"a cloud's metadata":   {map[string]any{"url": server.URL + "/metadata"}, "error", "169.254.169.254", lora.EngineRefused},
		"another scheme":       {map[string]any{"url": "file:///etc/passwd"}, "error", "", lora.EngineRefused},
		"no answer in time":    {map[string]any{"url": server.URL + "/hang"}, "error", "Request timeout after 0.2s", lora.EngineTimeout},
		"404":                  {map[string]any{"url": server.URL + "/gone"}, http.StatusNotFound, "no such hook", lora.EngineNotFound},
		"502":                  {map[string]any{"url": server.URL + "/down"}, http.StatusBadGateway, "", lora.EngineUnreachable},
		"nobody there":         {map[string]any{"url": "http://127.0.0.1:1"}, "error", "cannot be reached", lora.EngineUnreachable},
	} {
		result, err := deliver(t, engine.Deliveries{Allowed: []string{"127.0.0.0/8"}, Timeout: 200 * time.Millisecond}, lora.DeliveryTask{Mode: "http", Params: c.params})
		if result["status"] != c.status || !strings.Contains(fmt.Sprint(result["detail"]), c.detail) || classOf(err) != c.class {
			t.Errorf("%s: %v, %v", name, result, err)
		}
	}
}

func TestPromise6_AFileDeliveryWritesBelowItsFolderWhatThreeTokensSay(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	seed := int64(7)
	task := lora.DeliveryTask{Mode: "cli", Prompt: "a {seed} cat", Negative: "bad", Seed: &seed}
	for template, want := range map[string]string{
		"": "a {seed} cat", "P:{prompt} N:{negative} S:{seed}": "P:a {seed} cat N:bad S:7", "x {1} { } {": "x {1} { } {",
	} {
		task.Params = map[string]any{"template": template}
		result, err := deliver(t, engine.Deliveries{Folder: folder}, task)
		path := filepath.Join(folder, "lora_prompt_"+someJob+".txt")
		if err != nil || result["status"] != "ok" || result["detail"] != "Prompt written to "+path || result["file_path"] != path {
			t.Fatalf("%q: %v, %v", template, result, err)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != want {
			t.Errorf("%q: wrote %q, %v", template, text, err)
		}
	}
	task.Pictures = []lora.DeliveredPicture{{Data: enginetest.Picture(8, 8, "x")}}
	if _, err := deliver(t, engine.Deliveries{Folder: folder}, task); err != nil {
		t.Error(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 2 || entries[1].Name() != "lora_prompt_"+someJob+"_000.png" {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestAFileDeliveryRefusesWhatItCannotWrite(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		folder   string
		template any
		prompt   string
		want     string
	}{
		"a template that is none": {t.TempDir(), 5, "", "is a text"},
		"an unknown placeholder":  {t.TempDir(), "{nope}", "", "{nope}"},
		"a width":                 {t.TempDir(), "{prompt:>5000000}", "", "unknown placeholder"},
		"an attribute":            {t.TempDir(), "{prompt.__class__}", "", "unknown placeholder"},
		"too long a text":         {t.TempDir(), "{prompt}{prompt}", strings.Repeat("x", 40<<10), "longer than 64 KiB"},
		"too long a template":     {t.TempDir(), strings.Repeat("x", 70<<10), "", "longer than 64 KiB"},
		"no folder":               {"", "", "", "No folder"},
	} {
		result, err := deliver(t, engine.Deliveries{Folder: c.folder}, lora.DeliveryTask{Mode: "file", Prompt: c.prompt, Params: map[string]any{"template": c.template}})
		if classOf(err) != lora.EngineRefused || result["status"] != "error" || !strings.Contains(fmt.Sprint(result["detail"]), c.want) {
			t.Errorf("%s: %v, %v", name, result, err)
		}
		if c.folder == "" {
			continue
		}
		if entries, _ := os.ReadDir(c.folder); len(entries) != 0 {
			t.Errorf("%s: %v was written", name, entries)
		}
	}
	if result, err := deliver(t, engine.Deliveries{}, lora.DeliveryTask{Mode: "mail"}); err == nil || result["detail"] != "unknown mode: mail" {
		t.Errorf("got %v, %v", result, err)
	}
}
