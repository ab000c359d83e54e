package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// failure makes an EngineError.
func failure(class lora.EngineErrorClass, cause error, format string, args ...any) *lora.EngineError {
	return &lora.EngineError{Class: class, Message: fmt.Sprintf(format, args...), Err: cause}
}

// statusError is the HTTP status behind an EngineError.
type statusError int

func (s statusError) Error() string { return "HTTP " + strconv.Itoa(int(s)) }

// hasStatus reports whether err comes from a reply with the status. A 404 of a list
// means that the engine does not have the capability, not that it is down.
func hasStatus(err error, status int) bool {
	var s statusError
	return errors.As(err, &s) && int(s) == status
}

// asFailure returns err as the error of the closed set that it is. What ended ctx counts
// more than what it made fail.
func asFailure(ctx context.Context, err error) *lora.EngineError {
	var known *lora.EngineError
	if errors.As(err, &known) {
		return known
	}
	if ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) {
		return ended(ctx, err)
	}
	var refused *lora.Error
	switch {
	case errors.As(err, &refused):
		return failure(lora.EngineUnreachable, err, "%s", refused.Message)
	case errors.Is(err, guard.ErrReplyTooLarge):
		return failure(lora.EngineProtocol, err, "The engine answered with more than this server takes. Ask for fewer or smaller pictures.")
	case errors.Is(err, guard.ErrIdle):
		return failure(lora.EngineFailed, err, "The engine stopped in the middle of its answer.")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(err.Error(), "connection reset"), strings.Contains(err.Error(), "server closed idle"):
		return failure(lora.EngineFailed, err, "The engine broke off the connection; it may have crashed. Look at its own console.")
	case strings.Contains(err.Error(), "malformed HTTP"), strings.Contains(err.Error(), "HTTP/1.x transport"):
		return failure(lora.EngineProtocol, err, "What answers at the engine's address does not speak HTTP. Check the URL and the port.")
	case strings.Contains(err.Error(), "tls:"), strings.Contains(err.Error(), "x509:"):
		return failure(lora.EngineUnreachable, err, "The engine's certificate cannot be trusted. Renew it, or use an address it is valid for.")
	case strings.Contains(err.Error(), "no such host"):
		return failure(lora.EngineUnreachable, err, "The engine's host name is not known. Check the URL.")
	case strings.Contains(err.Error(), "connection refused"):
		return failure(lora.EngineUnreachable, err, "Nothing answers at the engine's address. Start the engine, or check the URL and the port.")
	}
	return failure(lora.EngineUnreachable, err, "The engine cannot be reached. Check that it runs, and its URL.")
}

// ended is the failure of a run whose context ended.
func ended(ctx context.Context, err error) *lora.EngineError {
	switch {
	case errors.Is(context.Cause(ctx), errStalled):
		return failure(lora.EngineTimeout, err, "The engine made no progress for a long time and was given up. Look at its own console, or restart it.")
	case errors.Is(ctx.Err(), context.Canceled):
		return failure(lora.EngineInterrupted, err, "The job was interrupted.")
	}
	return failure(lora.EngineTimeout, err, "The engine did not answer in time. Give it more time in its settings, or make the picture smaller.")
}

// maxErrorText is how much of an engine's own words a message carries, in bytes.
const maxErrorText = 300

// refusal turns a reply that is no success into an error. The text is what the engine
// says, which every engine does in its own shape.
func refusal(status int, header http.Header, body []byte) *lora.EngineError {
	cause, said := statusError(status), errorText(body)
	with := func(sentence string) string {
		if said == "" {
			return sentence
		}
		return sentence + " It says: " + said
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return failure(lora.EngineUnauthorised, cause, "%s", with("The engine refuses the user name and password. Set them in its settings."))
	case http.StatusTooManyRequests:
		e := failure(lora.EngineRateLimited, cause, "%s", with("The engine takes no more requests just now."))
		e.RetryAfter = retryAfter(header)
		return e
	case http.StatusServiceUnavailable:
		e := failure(lora.EngineBusy, cause, "%s", with("The engine is busy."))
		e.RetryAfter = retryAfter(header)
		return e
	case http.StatusNotFound:
		return failure(lora.EngineNotFound, cause, "%s", with("The engine does not have what the job asks for."))
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return failure(lora.EngineUnreachable, cause, "%s", with("The proxy in front of the engine cannot reach it."))
	}
	if status >= 500 {
		return failure(lora.EngineFailed, cause, "%s", with(fmt.Sprintf("The engine failed (HTTP %d).", status)))
	}
	return failure(lora.EngineRefused, cause, "%s", with(fmt.Sprintf("The engine refuses the job (HTTP %d).", status)))
}

// errorText finds the sentence in the error bodies the engines send: {error, detail,
// errors}, {detail: [...]}, {error: {message}}, a bare JSON string, or text.
func errorText(body []byte) string {
	var v any
	if json.Unmarshal(body, &v) != nil {
		text := strings.TrimSpace(string(body))
		if strings.HasPrefix(text, "<") {
			return "" // a page for people
		}
		return clip(text)
	}
	return clip(sentenceIn(v, 0))
}

func sentenceIn(v any, depth int) string {
	if depth > 4 {
		return ""
	}
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case []any:
		var parts []string
		for _, item := range v[:min(len(v), 3)] {
			if s := sentenceIn(item, depth+1); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, "; ")
	case map[string]any:
		var parts []string
		for _, key := range []string{"message", "msg", "detail", "details", "errors", "error", "exception_message"} {
			if s := sentenceIn(v[key], depth+1); s != "" && !strings.Contains(strings.Join(parts, "; "), s) {
				parts = append(parts, s)
			}
		}
		if loc, ok := v["loc"].([]any); ok {
			parts = append(parts, strings.Trim(fmt.Sprint(loc), "[]"))
		}
		return strings.Join(parts, "; ")
	}
	return ""
}

func clip(text string) string {
	text = guard.DisplayName(strings.Join(strings.Fields(text), " "))
	if len(text) > maxErrorText {
		text = strings.ToValidUTF8(text[:maxErrorText], "") + "..."
	}
	return text
}

// maxRetryAfter bounds what an engine may ask us to wait.
const maxRetryAfter = 10 * time.Minute

func retryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return min(time.Duration(min(seconds, 1<<20))*time.Second, maxRetryAfter)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(0, time.Until(at)), maxRetryAfter)
	}
	return 0
}
