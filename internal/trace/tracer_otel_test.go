//go:build otel

package trace

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

func TestPromise1_AJobBelongsToTheRequestThatMadeIt(t *testing.T) {
	t.Parallel()
	kept := tracetest.NewInMemoryExporter()
	tracer := open(Options{Service: "test"}, sdk.WithSyncer(kept))
	parent := ""
	handler := tracer.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		parent = tracer.Parent(r.Context())
	}), func(*http.Request) string { return "/jobs/{id}" })
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/jobs/secret", nil))
	if !validParent(parent) {
		t.Fatalf("the row would keep %q", parent)
	}

	// Another process, later.
	ctx, job := tracer.Begin(tracer.Under(context.Background(), parent), "job", Text("job.id", "7"))
	_, engine := tracer.Begin(ctx, "engine", Number("attempt", 1))
	engine.End(nil)
	job.End(nil)

	spans := kept.GetSpans()
	if len(spans) != 3 {
		t.Fatalf("got %d spans, want 3", len(spans))
	}
	request, ran, made := spans[0], spans[2], spans[1]
	if request.Name != "POST /jobs/{id}" {
		t.Errorf("the request is called %q", request.Name)
	}
	if ran.Parent.SpanID() != request.SpanContext.SpanID() || made.Parent.SpanID() != ran.SpanContext.SpanID() ||
		made.SpanContext.TraceID() != request.SpanContext.TraceID() {
		t.Error("request, job and engine are not one below the other in one trace")
	}
}

func TestPromise3_AFailedSpanDoesNotQuoteTheError(t *testing.T) {
	t.Parallel()
	kept := tracetest.NewInMemoryExporter()
	_, span := open(Options{}, sdk.WithSyncer(kept)).Begin(t.Context(), "engine")
	span.End(errors.New("a prompt of somebody"))
	made := kept.GetSpans()[0]
	if made.Status.Code != codes.Error || made.Status.Description != "" || len(made.Events) != 0 {
		t.Errorf("the span says %+v with events %v", made.Status, made.Events)
	}
}

func TestAHostileParentIsIgnored(t *testing.T) {
	t.Parallel()
	tracer := open(Options{}, sdk.WithSyncer(tracetest.NewInMemoryExporter()))
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Header.Set("Traceparent", strings.Repeat("0", 9000))
	tracer.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if !validParent(tracer.Parent(r.Context())) {
			t.Error("the request has no trace of its own")
		}
	}), func(*http.Request) string { return "" }).ServeHTTP(httptest.NewRecorder(), request)
}

func TestPromise2_ACollectorThatIsAwayBreaksNothing(t *testing.T) {
	t.Parallel()
	away := httptest.NewServer(http.NotFoundHandler())
	away.Close()
	tracer, err := Open(t.Context(), Options{Endpoint: away.URL, Service: "test"})
	if err != nil {
		t.Fatal(err)
	}
	_, span := tracer.Begin(t.Context(), "job")
	span.End(nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tracer.Close(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("closing: %v", err)
	}
}
