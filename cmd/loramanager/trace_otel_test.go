//go:build otel

package main

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	span "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collected takes spans as a collector does, over OTLP.
type collected struct {
	mu    sync.Mutex
	spans map[string]*span.Span // by name
	wire  strings.Builder
}

func (c *collected) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = unpacked
	}
	data, err := io.ReadAll(body)
	var request collector.ExportTraceServiceRequest
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(data, &request) != nil {
		http.Error(w, "this is no export of traces", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wire.Write(data)
	for _, resource := range request.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, s := range scope.Spans {
				c.spans[s.Name] = s
			}
		}
	}
}

func TestARequestItsJobAndItsEngineAreOneTrace(t *testing.T) {
	c := &collected{spans: map[string]*span.Span{}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	r := start(t, t.TempDir(), "--otel-endpoint", server.URL+"/")
	var queued struct {
		ID string `json:"delivery_id"`
	}
	r.post("/api/v1/generation/queue-generation", `{"prompt":"nobody else's business","width":64,"height":64,"steps":1}`, http.StatusOK, &queued)
	r.finished(queued.ID)
	r.halt() // sends what is left

	c.mu.Lock()
	defer c.mu.Unlock()
	chain := []string{"POST /api/v1/generation/queue-generation", "job generation", "engine sketch"}
	for i, name := range chain {
		s := c.spans[name]
		if s == nil {
			t.Fatalf("there is no span %q", name)
		}
		if i == 0 {
			continue
		}
		if above := c.spans[chain[i-1]]; string(s.ParentSpanId) != string(above.SpanId) || string(s.TraceId) != string(above.TraceId) {
			t.Errorf("%q is not below %q", name, chain[i-1])
		}
	}
	if strings.Contains(c.wire.String(), "business") {
		t.Error("the prompt was sent to the collector")
	}
}
