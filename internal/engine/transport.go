package engine

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// transport carries the requests of one driver to its engine. All its errors are
// *lora.EngineError.
type transport struct {
	out      *guard.Outbound
	base     string
	username string
	password guard.Secret
	limits   guard.Limits
}

// Bounds of replies, in bytes: lists of models and LoRAs with their metadata, what
// comes beside the pictures of a generation, and errors.
const (
	listBytes  = 64 << 20
	restBytes  = 8 << 20
	errorBytes = 64 << 10
)

// newTransport returns the transport to an engine. Errors are *lora.Error.
func newTransport(cfg lora.EngineConfig, limits guard.Limits) (*transport, error) {
	out, err := guard.EngineClient(cfg.URL, limits)
	if err != nil {
		return nil, err
	}
	return &transport{
		out: out, base: strings.TrimRight(cfg.URL, "/"), limits: limits,
		username: cfg.Username, password: guard.Secret(cfg.Password),
	}, nil
}

// url is the address of a path, with a query that may be nil.
func (t *transport) url(path string, query url.Values) string {
	if len(query) == 0 {
		return t.base + path
	}
	return t.base + path + "?" + query.Encode()
}

// call is one request. Body is sent as JSON unless Raw is set.
type call struct {
	Method string // GET when empty
	Path   string // begins with /
	Query  url.Values
	Body   any
	Raw    []byte
	Type   string // content type of Raw
}

// do sends the call and returns the reply of a success, which the caller closes.
func (t *transport) do(ctx context.Context, c call) (*guard.Reply, error) {
	request := guard.Request{
		Method: c.Method, URL: t.url(c.Path, c.Query), Header: http.Header{"Accept": {"*/*"}},
		Body: c.Raw, Username: t.username, Password: t.password,
	}
	if c.Type != "" {
		request.Header.Set("Content-Type", c.Type)
	}
	if c.Body != nil {
		body, err := json.Marshal(c.Body)
		if err != nil {
			return nil, failure(lora.EngineRefused, err, "The job cannot be written as JSON.")
		}
		request.Body = body
		request.Header.Set("Content-Type", "application/json")
	}
	if request.Method == "" {
		request.Method = http.MethodGet
	}
	reply, err := t.out.Do(ctx, request)
	if err != nil {
		return nil, asFailure(ctx, err)
	}
	if reply.Status >= 200 && reply.Status < 300 {
		return reply, nil
	}
	defer func() { _ = reply.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(reply.Body, errorBytes))
	if err != nil && ctx.Err() != nil {
		return nil, asFailure(ctx, err)
	}
	return nil, t.unsaid(refusal(reply.Status, reply.Header, body))
}

// unsaid takes the password out of what the engine said: one that repeats its request
// would have it shown and logged.
func (t *transport) unsaid(err error) error {
	var refused *lora.EngineError
	if password := t.password.Reveal(); password != "" && errors.As(err, &refused) {
		basic := base64.StdEncoding.EncodeToString([]byte(t.username + ":" + password))
		refused.Message = strings.NewReplacer(basic, "(password)", password, "(password)").Replace(refused.Message)
	}
	return err
}

// json sends the call and reads the reply into v, which may be nil. Pictures in it are
// kept as text: for replies that carry them there is pictures.
func (t *transport) json(ctx context.Context, c call, v any) error {
	return t.pictures(ctx, c, guard.JSONReply{Bytes: listBytes}, v)
}

// pictures sends the call and reads a reply as format says into v, which may be nil.
func (t *transport) pictures(ctx context.Context, c call, format guard.JSONReply, v any) error {
	reply, err := t.do(ctx, c)
	if err != nil {
		return err
	}
	defer func() { _ = reply.Body.Close() }()
	if v == nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(reply.Body, errorBytes)) // so that the connection can be used again
		return nil
	}
	if kind := reply.Header.Get("Content-Type"); strings.HasPrefix(kind, "text/html") {
		return failure(lora.EngineProtocol, nil, "A web page answers at the engine's address instead of its API. Check the URL, and that the engine was started with its API switched on.")
	}
	if err := format.Decode(reply.Body, v); err != nil {
		return unreadable(ctx, err)
	}
	return nil
}

// bytes sends the call and returns the body of at most limit bytes.
func (t *transport) bytes(ctx context.Context, c call, limit int64) ([]byte, error) {
	reply, err := t.do(ctx, c)
	if err != nil {
		return nil, err
	}
	defer func() { _ = reply.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(reply.Body, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = guard.ErrReplyTooLarge
	}
	if err != nil {
		return nil, unreadable(ctx, err)
	}
	return data, nil
}

// close lets go of idle connections.
func (t *transport) close() { t.out.Close() }

// unreadable is the failure of a reply that began well.
func unreadable(ctx context.Context, err error) error {
	var sink sinkError
	if errors.As(err, &sink) {
		return sink.error
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	broken := errors.Is(err, guard.ErrNotJSON) || errors.Is(err, guard.ErrNotBase64) || errors.As(err, &syntax) || errors.As(err, &kind)
	if ctx.Err() == nil && broken && !errors.Is(err, io.ErrUnexpectedEOF) {
		return failure(lora.EngineProtocol, err, "The engine's answer cannot be understood. Check that the engine is of the kind chosen in its settings.")
	}
	return asFailure(ctx, err)
}

// sinkError marks an error of the sink on its way through a reply being read.
type sinkError struct{ error }

func (s sinkError) Unwrap() error { return s.error }

// dataURL writes a picture as engines read pictures inside JSON.
func dataURL(picture []byte) string {
	return fmt.Sprintf("data:%s;base64,%s", pictureType(picture), encodeBase64(picture))
}
