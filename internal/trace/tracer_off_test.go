//go:build !otel

package trace

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAProgramWithoutTracingSaysSo(t *testing.T) {
	t.Parallel()
	if tracer, err := Open(t.Context(), Options{}); tracer != nil || err != nil {
		t.Errorf("without an endpoint: %v, %v", tracer, err)
	}
	if _, err := Open(t.Context(), Options{Endpoint: "http://127.0.0.1:4318"}); err == nil {
		t.Error("an endpoint is taken and nothing would ever be sent to it")
	}
}

func TestNoTracerIsNoTrouble(t *testing.T) {
	t.Parallel()
	var tracer *Tracer
	ctx, span := tracer.Begin(t.Context(), "job", Text("id", "1"), Number("n", 2))
	span.End(nil)
	if ctx != t.Context() || tracer.Parent(ctx) != "" || tracer.Under(ctx, "x") != ctx {
		t.Error("a tracer that is not there changed something")
	}
	served := httptest.NewRecorder()
	tracer.Handler(http.NotFoundHandler(), nil).ServeHTTP(served, httptest.NewRequest(http.MethodGet, "/", nil))
	if served.Code != http.StatusNotFound || tracer.Close(ctx) != nil {
		t.Error("a tracer that is not there changed an answer")
	}
}
