package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Fetch implements Hub.
func (c *client) Fetch(ctx context.Context, address string, from, last int64, tag string) (io.ReadCloser, lora.HubPart, error) {
	header := http.Header{}
	if from > 0 || last >= 0 {
		end := ""
		if last >= 0 {
			end = strconv.FormatInt(last, 10)
		}
		header.Set("Range", fmt.Sprintf("bytes=%d-%s", from, end))
		if tag != "" {
			header.Set("If-Range", tag)
		}
	}
	reply, err := c.out.Fetch(ctx, guard.Request{Method: http.MethodGet, URL: address, Header: header})
	if err != nil {
		return nil, lora.HubPart{}, c.unreachable(ctx, err)
	}
	part, err := c.part(ctx, reply, from)
	if err != nil {
		_ = reply.Body.Close()
		return nil, lora.HubPart{}, err
	}
	return c.told(ctx, reply.Body), part, nil
}

// part reads the head of an answer that carries bytes of a file.
func (c *client) part(ctx context.Context, reply *guard.Reply, from int64) (lora.HubPart, error) {
	if reply.Status != http.StatusOK && reply.Status != http.StatusPartialContent {
		return lora.HubPart{}, c.refusal(ctx, reply)
	}
	if isPage(reply.Header) {
		return lora.HubPart{}, c.loginPage()
	}
	part := lora.HubPart{Size: -1, ETag: strong(reply.Header.Get("ETag")), Name: fileName(reply.Header)}
	if reply.Status == http.StatusOK {
		if size, err := strconv.ParseInt(reply.Header.Get("Content-Length"), 10, 64); err == nil && size >= 0 {
			part.Size = size
		}
		return part, nil
	}
	begin, size, ok := contentRange(reply.Header.Get("Content-Range"))
	if !ok || begin != from {
		return part, c.fail(lora.HubOdd, 0, lora.Unavailable, "%s sent another part of the file than it was asked for.", c.title)
	}
	part.From, part.Size = begin, size
	return part, nil
}

func (c *client) loginPage() error {
	if c.token == "" {
		return c.fail(lora.HubUnauthorised, 0, lora.Unavailable, "%s showed its login page instead of the file. Make a token in your account there and configure it.", c.title)
	}
	return c.fail(lora.HubUnauthorised, 0, lora.Unavailable, "%s showed its login page instead of the file: the configured token is not accepted for it.", c.title)
}

// strong returns an entity tag that If-Range may carry, or nothing.
func strong(tag string) string {
	if len(tag) < 3 || len(tag) > 200 || tag[0] != '"' || tag[len(tag)-1] != '"' {
		return ""
	}
	return tag
}

// contentRange reads "bytes 5-9/10"; the size is -1 for an asterisk.
func contentRange(text string) (begin, size int64, ok bool) {
	text, ok = strings.CutPrefix(text, "bytes ")
	span, total, slash := strings.Cut(text, "/")
	first, last, dash := strings.Cut(span, "-")
	begin, err := strconv.ParseInt(first, 10, 64)
	end, endErr := strconv.ParseInt(last, 10, 64)
	if !ok || !slash || !dash || err != nil || endErr != nil || begin < 0 || end < begin {
		return 0, 0, false
	}
	if total == "*" {
		return begin, -1, true
	}
	size, err = strconv.ParseInt(total, 10, 64)
	return begin, size, err == nil && size > end
}

// fileName is what an answer calls the file.
func fileName(header http.Header) string {
	_, params, err := mime.ParseMediaType(header.Get("Content-Disposition"))
	if err != nil {
		return ""
	}
	return params["filename"]
}

// told makes the errors of a body those of a hub.
func (c *client) told(ctx context.Context, body io.ReadCloser) io.ReadCloser {
	return &toldBody{body, c, ctx}
}

type toldBody struct {
	io.ReadCloser
	c   *client
	ctx context.Context //nolint:containedctx // of the request the body belongs to
}

// Read implements io.Reader.
func (b *toldBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == nil, errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
	case errors.Is(err, guard.ErrReplyTooLarge):
		err = b.c.fail(lora.HubRefused, 0, lora.TooLarge, "The file of %s is larger than this server takes.", b.c.title)
	case errors.Is(err, guard.ErrIdle):
		err = b.c.fail(lora.HubUnreachable, 0, lora.Unavailable, "%s fell silent in the middle of the file.", b.c.title)
	case b.ctx.Err() != nil:
		err = b.ctx.Err()
	default:
		err = &lora.HubError{Class: lora.HubUnreachable, Err: &lora.Error{Code: lora.Unavailable, Message: "The connection to " + b.c.title + " broke in the middle of the file.", Err: err}}
	}
	return n, err
}

// Picture implements Hub.
func (c *client) Picture(ctx context.Context, address string) ([]byte, error) {
	reply, err := c.out.FetchPicture(ctx, guard.Request{Method: http.MethodGet, URL: address})
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	defer func() { _ = reply.Body.Close() }()
	if reply.Status != http.StatusOK {
		return nil, c.refusal(ctx, reply)
	}
	data, err := io.ReadAll(reply.Body)
	if errors.Is(err, guard.ErrReplyTooLarge) {
		return nil, c.fail(lora.HubRefused, 0, lora.TooLarge, "The picture of %s is too large.", c.title)
	}
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	return data, nil
}
