package httpapi

import (
	"context"
	"log/slog"
)

const requestIDLabel = "request_id"

// LogHandler puts the id of a request on every line that is logged in its name, whichever
// room writes it, so that the id in an error reply finds all of them.
func LogHandler(h slog.Handler) slog.Handler { return requestLines{h} }

type requestLines struct{ slog.Handler }

// Handle implements slog.Handler.
func (l requestLines) Handle(ctx context.Context, line slog.Record) error {
	id := requestID(ctx)
	line.Attrs(func(a slog.Attr) bool {
		if a.Key == requestIDLabel {
			id = "" // it is there already
		}
		return id != ""
	})
	if id != "" {
		line = line.Clone()
		line.AddAttrs(slog.String(requestIDLabel, id))
	}
	return l.Handler.Handle(ctx, line)
}

// WithAttrs implements slog.Handler.
func (l requestLines) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestLines{l.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (l requestLines) WithGroup(name string) slog.Handler {
	return requestLines{l.Handler.WithGroup(name)}
}
