package embedding

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"loramanager/internal/guard"
)

// How an endpoint that is busy or restarts is asked again.
const (
	attempts     = 3
	firstWait    = 500 * time.Millisecond
	longestWait  = 20 * time.Second // what an endpoint may ask for; more is left to the caller
	errorBytes   = 16 << 10
	replyBytes   = 64 << 10     // besides the vectors
	vectorBytes  = maxDims * 32 // one, as JSON
	shownOfReply = 200
)

// body is a request. Vectors are asked for as numbers, which every endpoint can.
type body struct {
	Model      string   `json:"model"`
	Input      []string `json:"input"`
	Encoding   string   `json:"encoding_format"`
	Dimensions int      `json:"dimensions,omitempty"`
}

// ask makes one request, again when the endpoint is busy, and writes its vectors into
// into. A *refusal says that the endpoint did not like the request.
func (c *Client) ask(ctx context.Context, texts []string, into [][]float32) error {
	request, err := json.Marshal(body{Model: c.o.Model, Input: texts, Encoding: "float", Dimensions: c.o.Dimensions})
	if err != nil {
		return unavailable(err, "The request for embeddings cannot be written.")
	}
	for attempt := 1; ; attempt++ {
		err := c.once(ctx, request, len(texts), into)
		var refused *refusal
		if err == nil || !errors.As(err, &refused) {
			return err
		}
		if !refused.passing() {
			return refused
		}
		wait := max(firstWait<<(attempt-1), refused.after)
		if deadline, ok := ctx.Deadline(); attempt == attempts || wait > longestWait || ok && time.Until(deadline) < wait {
			return refused.asError()
		}
		if err := c.pause(ctx, wait); err != nil {
			return unreachable(ctx, err)
		}
	}
}

// pause waits, or fails when ctx is done before.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// once makes one request.
func (c *Client) once(ctx context.Context, request []byte, texts int, into [][]float32) error {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	reply, err := c.out.Do(ctx, guard.Request{Method: http.MethodPost, URL: c.url, Header: c.header, Body: request})
	if err != nil {
		return unreachable(ctx, err)
	}
	defer func() { _ = reply.Body.Close() }()
	if reply.Status < 200 || reply.Status > 299 {
		text, err := io.ReadAll(io.LimitReader(reply.Body, errorBytes))
		if err != nil && ctx.Err() != nil {
			return unreachable(ctx, err)
		}
		return &refusal{status: reply.Status, message: said(c.unsaid(text)), after: retryAfter(reply.Header)}
	}
	limit := replyBytes + int64(texts)*vectorBytes
	text, err := io.ReadAll(io.LimitReader(reply.Body, limit+1))
	switch {
	case err != nil:
		return unreachable(ctx, err)
	case int64(len(text)) > limit:
		return unusable("it is longer than %d MiB", limit>>20)
	}
	return vectors(c.unsaid(text), texts, into)
}

// retryAfter reads the seconds after which an endpoint wants to be asked again.
func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.Atoi(strings.TrimSpace(header.Get("Retry-After")))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, 3600)) * time.Second
}
