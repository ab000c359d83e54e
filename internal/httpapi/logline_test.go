package httpapi

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
)

func TestEveryLineOfARequestHasItsIDOnce(t *testing.T) {
	t.Parallel()
	inRequest := context.WithValue(t.Context(), requestIDKey{}, "0123456789abcdef")
	for _, c := range []struct {
		name string
		ctx  context.Context
		log  func(*slog.Logger) *slog.Logger
		args []any
		want int
	}{
		{"a line of a lower room", inRequest, nil, nil, 1},
		{"a line that names it already", inRequest, nil, []any{"request_id", "0123456789abcdef"}, 1},
		{"a logger with attributes", inRequest, func(l *slog.Logger) *slog.Logger { return l.With("room", "jobs") }, nil, 1},
		{"a logger with a group", inRequest, func(l *slog.Logger) *slog.Logger { return l.WithGroup("jobs") }, nil, 1},
		{"a line of the background", t.Context(), nil, nil, 0},
	} {
		var out bytes.Buffer
		log := slog.New(LogHandler(slog.NewJSONHandler(&out, nil)))
		if c.log != nil {
			log = c.log(log)
		}
		log.WarnContext(c.ctx, "the disk is full", c.args...)
		if got := strings.Count(out.String(), "request_id"); got != c.want {
			t.Errorf("%s: %d times, want %d: %s", c.name, got, c.want, &out)
		}
	}
}
