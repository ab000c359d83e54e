package embedding

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// refusal is an answer with a status other than success.
type refusal struct {
	status  int
	message string // the endpoint's own words, safe to show
	after   time.Duration
}

func (r *refusal) Error() string { return r.asError().Error() }

// passing reports whether the endpoint is only busy or about to be there.
func (r *refusal) passing() bool {
	switch r.status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// divisible reports whether fewer or other texts may be taken. Inputs that are too many or
// too long come back as any of these, from llama.cpp as 500.
func (r *refusal) divisible() bool {
	switch r.status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity, http.StatusInternalServerError:
		return true
	}
	return false
}

func (r *refusal) asError() *lora.Error {
	said := "."
	if r.message != "" {
		said = ": " + r.message
	}
	switch r.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return lora.Errorf(lora.Unavailable, "The embeddings endpoint refuses the key (status %d). Check the setting embeddings-key%s", r.status, said)
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return lora.Errorf(lora.Unavailable, "The embeddings endpoint does not know the address or the model (status %d). Check the settings embeddings-url, which mostly ends with /v1, and embeddings-model%s", r.status, said)
	case http.StatusTooManyRequests:
		return lora.Errorf(lora.RateLimited, "The embeddings endpoint wants to be asked less often (status 429)%s", said)
	}
	return lora.Errorf(lora.Unavailable, "The embeddings endpoint answered with status %d%s", r.status, said)
}

func unavailable(err error, format string, args ...any) *lora.Error {
	return &lora.Error{Code: lora.Unavailable, Message: fmt.Sprintf(format, args...), Err: err}
}

// unreachable says why there was no answer. The caller's own cancellation stays what it is.
func unreachable(ctx context.Context, err error) error {
	var known *lora.Error
	switch {
	case errors.Is(context.Cause(ctx), context.Canceled):
		return context.Canceled
	case errors.As(err, &known):
		return unavailable(err, "The embeddings endpoint cannot be used: %s", known.Message)
	case errors.Is(err, guard.ErrReplyTooLarge):
		return unusable("it is too large")
	case errors.Is(err, guard.ErrIdle), errors.Is(err, context.DeadlineExceeded):
		return unavailable(err, "The embeddings endpoint did not answer in time. Is it busy with something else?")
	}
	return unavailable(err, "The embeddings endpoint cannot be reached. Is it running, and is the setting embeddings-url right?")
}

// unusable says what is wrong with an answer.
func unusable(format string, args ...any) error {
	return lora.Errorf(lora.Unavailable, "The answer of the embeddings endpoint cannot be used: %s.", fmt.Sprintf(format, args...))
}

func differs(one, other int) error {
	return unusable("its vectors have %d dimensions, then %d", one, other)
}

// said finds the endpoint's words in the shapes errors have: {"error": {"message": ...}},
// {"error": ...}, {"message": ...} and {"detail": ...}, or plain text.
func said(text []byte) string {
	var shapes struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"`
	}
	if json.Unmarshal(text, &shapes) != nil {
		return shown(text)
	}
	var inner struct {
		Message string `json:"message"`
	}
	var plain string
	switch {
	case json.Unmarshal(shapes.Error, &inner) == nil && inner.Message != "":
		return shown([]byte(inner.Message))
	case json.Unmarshal(shapes.Error, &plain) == nil && plain != "":
		return shown([]byte(plain))
	case shapes.Message != "":
		return shown([]byte(shapes.Message))
	case len(shapes.Detail) > 0:
		return shown(shapes.Detail)
	}
	return shown(text)
}

// shown makes a piece of an answer safe and short enough to show.
func shown(text []byte) string {
	s := strings.ToValidUTF8(string(text[:min(len(text), shownOfReply)]), "")
	if s = guard.DisplayName(strings.Join(strings.Fields(s), " ")); len(text) > shownOfReply {
		s += " …"
	}
	return s
}

// unsaid takes the key out of what the endpoint said.
func (c *Client) unsaid(text []byte) []byte {
	key := []byte(c.o.Key.Reveal())
	if len(key) == 0 || !bytes.Contains(text, key) {
		return text
	}
	return bytes.ReplaceAll(text, key, []byte("(key)"))
}
