package hub

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Bounds of one answer of an API, in bytes.
const (
	keptBytes  = 16 << 20 // of the JSON, without what is dropped
	errorBytes = 16 << 10
	shownBytes = 200
)

// dropped are members of answers that can be large and say nothing that is kept: the
// workflows and resource lists of example pictures.
var dropped = []string{"comfy", "workflow", "civitaiResources", "additionalResources", "resources", "siblings", "config", "transformersInfo", "widgetData"}

// client asks one hub.
type client struct {
	name, title string
	base        string // without a slash at the end
	token       guard.Secret
	out         *guard.Hub
}

// State implements Hub.
func (c *client) State() lora.HubState {
	return lora.HubState{Name: c.name, Configured: true, Host: c.out.Host(), Token: c.out.HasToken()}
}

// Close implements Hub.
func (c *client) Close() { c.out.Close() }

// get reads a JSON document below the hub's base.
func (c *client) get(ctx context.Context, path string, into any) (http.Header, error) {
	return c.ask(ctx, guard.Request{Method: http.MethodGet, URL: c.base + path}, into)
}

func (c *client) ask(ctx context.Context, r guard.Request, into any) (http.Header, error) {
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("Accept", "application/json")
	reply, err := c.out.Ask(ctx, r)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	defer func() { _ = reply.Body.Close() }()
	if reply.Status != http.StatusOK {
		return nil, c.refusal(ctx, reply)
	}
	if isPage(reply.Header) {
		return nil, c.fail(lora.HubBusy, 0, lora.Unavailable, "%s answered with a web page instead of data. It may be down for maintenance, or its address may be wrong.", c.title)
	}
	err = guard.JSONReply{Bytes: keptBytes, Drop: dropped}.Decode(reply.Body, into)
	switch {
	case err == nil:
		return reply.Header, nil
	case errors.Is(err, guard.ErrReplyTooLarge):
		return nil, c.fail(lora.HubOdd, 0, lora.Unavailable, "The answer of %s is too large to be read.", c.title)
	case errors.Is(err, guard.ErrNotJSON):
		return nil, c.fail(lora.HubOdd, 0, lora.Unavailable, "The answer of %s cannot be read: it is not JSON, or ends too soon.", c.title)
	}
	return nil, c.unreachable(ctx, err)
}

// isPage reports whether an answer is a web page.
func isPage(header http.Header) bool {
	kind, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	return kind == "text/html" || kind == "application/xhtml+xml"
}

// refusal reads an answer with a status that is no success.
func (c *client) refusal(ctx context.Context, reply *guard.Reply) error {
	text, err := io.ReadAll(io.LimitReader(reply.Body, errorBytes))
	if err != nil && ctx.Err() != nil {
		return c.unreachable(ctx, err)
	}
	said := c.said(text, reply.Header)
	switch status := reply.Status; {
	case status == http.StatusUnauthorized && c.token == "":
		return c.fail(lora.HubUnauthorised, 0, lora.Unavailable, "%s wants a token for this. Make one in your account there and configure it%s", c.title, said)
	case status == http.StatusUnauthorized:
		return c.fail(lora.HubUnauthorised, 0, lora.Unavailable, "%s does not accept the configured token. Make a new one in your account there%s", c.title, said)
	case status == http.StatusForbidden:
		return c.fail(lora.HubRefused, 0, lora.Forbidden, "%s refuses this. It may be in early access, need its licence to be accepted on its page, or need a token%s", c.title, said)
	case status == http.StatusNotFound, status == http.StatusGone:
		return c.fail(lora.HubMissing, 0, lora.NotFound, "%s does not have this, or no longer%s", c.title, said)
	case status == http.StatusTooManyRequests:
		return c.fail(lora.HubBusy, retryAfter(reply.Header), lora.RateLimited, "%s wants to be asked less often.", c.title)
	case status == http.StatusRequestedRangeNotSatisfiable:
		return c.fail(lora.HubOdd, 0, lora.Unavailable, "%s has a file of another length than before.", c.title)
	case status >= 500, status == http.StatusRequestTimeout:
		return c.fail(lora.HubBusy, retryAfter(reply.Header), lora.Unavailable, "%s is not well just now (status %d)%s", c.title, status, said)
	default:
		return c.fail(lora.HubOdd, 0, lora.Unavailable, "%s answered with status %d%s", c.title, status, said)
	}
}

// retryAfter reads how long a hub wants to be left alone, an hour at most.
func retryAfter(header http.Header) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(seconds, 0), 3600)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(time.Until(at), 0), time.Hour)
	}
	return 0
}

// said finds a hub's own words in an error answer and makes them safe and short.
func (c *client) said(text []byte, header http.Header) string {
	if isPage(header) || len(text) == 0 {
		return "."
	}
	words := string(text)
	var o object
	if (guard.JSONReply{Bytes: errorBytes}).Decode(strings.NewReader(words), &o) == nil {
		words = first(o.text("message"), o.object("error").text("message"), o.text("error"))
	}
	if token := c.token.Reveal(); token != "" {
		words = strings.ReplaceAll(words, token, "(token)")
	}
	words = guard.DisplayName(strings.Join(strings.Fields(cut(words, shownBytes)), " "))
	if words == "" {
		return "."
	}
	return ": " + words
}

func (c *client) fail(class lora.HubErrorClass, after time.Duration, code lora.Code, format string, args ...any) error {
	return &lora.HubError{Class: class, RetryAfter: after, Err: lora.Errorf(code, format, args...)}
}

// unreachable says why there was no answer. The caller's own cancellation stays what it is.
func (c *client) unreachable(ctx context.Context, err error) error {
	var known *lora.Error
	message := c.title + " cannot be reached. Check the connection to the internet."
	class := lora.HubUnreachable
	code := lora.Unavailable
	switch {
	case ctx.Err() != nil && !errors.Is(err, guard.ErrIdle):
		return ctx.Err()
	case errors.As(err, &known):
		class, code, message = lora.HubRefused, known.Code, known.Message
	case errors.Is(err, guard.ErrIdle), errors.Is(err, context.DeadlineExceeded):
		message = c.title + " did not answer in time."
	}
	return &lora.HubError{Class: class, Err: &lora.Error{Code: code, Message: message, Err: err}}
}

// isMissing reports whether a hub does not know what it was asked for.
func isMissing(err error) bool {
	var failure *lora.HubError
	return errors.As(err, &failure) && failure.Class == lora.HubMissing
}

// sentence is what an error tells the user.
func sentence(err error) string {
	var known *lora.Error
	if errors.As(err, &known) {
		return known.Message
	}
	return err.Error()
}
