//go:build otel

package trace

import (
	"context"
	"fmt"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"
)

const parentHeader = "traceparent"

// Tracer makes spans and sends them, in parts and in the background. A nil Tracer makes
// none.
type Tracer struct {
	provider *sdk.TracerProvider
	spans    api.Tracer
	parents  propagation.TraceContext
}

// Span is a part of a request's time. A nil Span takes everything and does nothing.
type Span struct{ span api.Span }

// Open sends spans to the collector of the options, or returns nil when there is none.
// That the collector is away is no error: what cannot be sent is dropped.
func Open(ctx context.Context, o Options) (*Tracer, error) {
	if o.Endpoint == "" {
		return nil, nil
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(o.Endpoint+"/v1/traces"))
	if err != nil {
		return nil, fmt.Errorf("the collector of traces at %q: %w", o.Endpoint, err)
	}
	return open(o, sdk.WithBatcher(exporter)), nil
}

func open(o Options, sink sdk.TracerProviderOption) *Tracer {
	about := resource.NewSchemaless(attribute.String("service.name", o.Service), attribute.String("service.version", o.Version))
	provider := sdk.NewTracerProvider(sink, sdk.WithResource(about))
	return &Tracer{provider: provider, spans: provider.Tracer("loramanager")}
}

// Close sends what is left, until ctx is done.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Begin starts a span below the one of ctx.
func (t *Tracer) Begin(ctx context.Context, name string, facts ...Fact) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	ctx, span := t.spans.Start(ctx, name, api.WithAttributes(attributes(facts)...))
	return ctx, &Span{span}
}

func attributes(facts []Fact) []attribute.KeyValue {
	all := make([]attribute.KeyValue, 0, len(facts))
	for _, f := range facts {
		if f.Text != "" {
			all = append(all, attribute.String(f.Name, f.Text))
		} else {
			all = append(all, attribute.Int64(f.Name, f.Number))
		}
	}
	return all
}

// Parent is the traceparent of the span of ctx; empty when it has none.
func (t *Tracer) Parent(ctx context.Context) string {
	if t == nil {
		return ""
	}
	carrier := propagation.MapCarrier{}
	t.parents.Inject(ctx, carrier)
	return carrier[parentHeader]
}

// Under makes spans of ctx belong below a traceparent. One that is not valid is ignored.
func (t *Tracer) Under(ctx context.Context, parent string) context.Context {
	if t == nil || !validParent(parent) {
		return ctx
	}
	return t.parents.Extract(ctx, propagation.MapCarrier{parentHeader: parent})
}

// Handler makes a span of every request. route names it once it has been answered, by
// its pattern and never by its path, which holds ids.
func (t *Tracer) Handler(next http.Handler, route func(*http.Request) string) http.Handler {
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, span := t.spans.Start(t.Under(r.Context(), r.Header.Get(parentHeader)), r.Method,
			api.WithSpanKind(api.SpanKindServer), api.WithAttributes(attribute.String("http.request.method", r.Method)))
		defer span.End()
		r = r.WithContext(ctx)
		next.ServeHTTP(w, r)
		if pattern := route(r); pattern != "" {
			span.SetName(r.Method + " " + pattern)
			span.SetAttributes(attribute.String("http.route", pattern))
		}
	})
}

// End ends the span. Of an error only that there was one is told: its text may quote
// what a user wrote.
func (s *Span) End(err error) {
	if s == nil {
		return
	}
	if err != nil {
		s.span.SetStatus(codes.Error, "")
	}
	s.span.End()
}
