package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"loramanager/internal/lora"
)

// Problem is the one error reply of the API (RFC 9457).
type Problem struct {
	Type      string         `json:"type" doc:"Always about:blank"`
	Title     string         `json:"title" doc:"The status in words"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail" doc:"What happened and what to do about it, for the user"`
	Code      lora.Code      `json:"code" enum:"invalid,unauthorized,forbidden,not_found,conflict,too_large,rate_limited,internal,unavailable,storage_full"`
	RequestID string         `json:"request_id" doc:"Names the request in the server's log"`
	Errors    []ProblemField `json:"errors,omitempty" doc:"The inputs that are wrong"`
}

// ProblemField is one input that is wrong.
type ProblemField struct {
	Location string `json:"location" doc:"For example body.weight or query.q"`
	Message  string `json:"message"`
	Value    any    `json:"value,omitempty" doc:"What was sent, when it is short"`
}

// Error returns the sentence for the user.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status; huma asks for it under this name.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType names the media type of a problem document.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// statusOf maps the ten codes to HTTP. A missing or wrong key is 403 all the same, see
// turnAway: clients of the prototype expect that.
var statusOf = map[lora.Code]int{
	lora.Invalid:      http.StatusUnprocessableEntity,
	lora.Unauthorized: http.StatusUnauthorized,
	lora.Forbidden:    http.StatusForbidden,
	lora.NotFound:     http.StatusNotFound,
	lora.Conflict:     http.StatusConflict,
	lora.TooLarge:     http.StatusRequestEntityTooLarge,
	lora.RateLimited:  http.StatusTooManyRequests,
	lora.Internal:     http.StatusInternalServerError,
	lora.Unavailable:  http.StatusServiceUnavailable,
	lora.StorageFull:  http.StatusInsufficientStorage,
}

const internalDetail = "Something went wrong inside the server. The log has the details under this request id."

// newProblem builds a problem for a status and a sentence.
func newProblem(ctx context.Context, status int, code lora.Code, detail string, fields ...ProblemField) *Problem {
	return &Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: detail, Code: code, RequestID: requestID(ctx), Errors: fields,
	}
}

// badRequest is a 400: what the contract answers where a value is well formed but cannot be used.
func badRequest(ctx context.Context, detail string) *Problem {
	return newProblem(ctx, http.StatusBadRequest, lora.Invalid, detail)
}

// problemOf translates an error that came from a lower room and logs what the
// client must not see. It is the one place where errors are logged.
func problemOf(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return newProblem(ctx, statusClientClosed, lora.Unavailable, "The request was given up by the client.")
	}
	var e *lora.Error
	if !errors.As(err, &e) || e.Code == lora.Internal {
		loggerOf(ctx).ErrorContext(ctx, "request failed", "request_id", requestID(ctx), "error", err)
		return newProblem(ctx, http.StatusInternalServerError, lora.Internal, internalDetail)
	}
	if e.Err != nil {
		loggerOf(ctx).WarnContext(ctx, "request refused", "request_id", requestID(ctx), "code", e.Code, "error", err)
	}
	p = newProblem(ctx, statusOf[e.Code], e.Code, e.Message)
	if e.Field != "" {
		p.Errors = []ProblemField{{Location: locationOf(e.Field), Message: e.Message}}
	}
	return p
}

// locationOf says where the input a lower room calls field stands in the request.
func locationOf(field string) string {
	switch {
	case strings.Contains(field, "."):
		return field
	case field == "q" || field == "after":
		return "query." + field
	case field == "digest":
		return "path.value"
	}
	return "body." + field
}

// at says that the input a lower room calls from stands at location in this request.
func at(location, from string, err error) error {
	var e *lora.Error
	if !errors.As(err, &e) || e.Field != from {
		return err
	}
	moved := *e
	moved.Field = location
	return &moved
}

// below says that the inputs a lower room names stand inside place in this request.
func below(place string, err error) error {
	var e *lora.Error
	if !errors.As(err, &e) || e.Field == "" {
		return err
	}
	moved := *e
	moved.Field = place + e.Field
	return &moved
}

// statusClientClosed is what access logs call a request whose client went away.
const statusClientClosed = 499

// writeProblem sends p outside of huma.
func writeProblem(w http.ResponseWriter, p *Problem) {
	body, err := json.Marshal(p)
	if err != nil {
		http.Error(w, p.Title, p.Status)
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n'))
}

// problemOfHuma turns the errors huma finds itself (parameters, bodies) into our
// problem. huma answers 400 for a missing or broken body; the contract says 422.
func problemOfHuma(hctx huma.Context, status int, message string, errs ...error) huma.StatusError {
	ctx := context.Background()
	if hctx != nil {
		ctx = hctx.Context()
	}
	if status == http.StatusInternalServerError {
		return problemOf(ctx, errors.Join(errs...))
	}
	fields := make([]ProblemField, 0, len(errs))
	for _, err := range errs {
		// The schema and the field's own decoder may both object: once is enough.
		f := problemField(err)
		if !slices.ContainsFunc(fields, func(g ProblemField) bool { return g.Location == f.Location }) {
			fields = append(fields, f)
		}
	}
	if status == http.StatusBadRequest {
		status = http.StatusUnprocessableEntity
		if len(fields) == 0 {
			fields = append(fields, ProblemField{Location: "body", Message: message})
		}
	}
	detail := message
	if len(fields) > 0 {
		detail = fieldsDetail(fields)
	}
	code := lora.Invalid
	if status == http.StatusRequestEntityTooLarge {
		code, detail = lora.TooLarge, tooLargeDetail(hctx)
	}
	return newProblem(ctx, status, code, detail, fields...)
}

func tooLargeDetail(hctx huma.Context) string {
	most := int64(maxBodyBytes)
	if hctx != nil && hctx.Operation() != nil && hctx.Operation().MaxBodyBytes > 0 {
		most = hctx.Operation().MaxBodyBytes
	}
	return "The request body is too large: at most " + strconv.FormatInt(most>>20, 10) + " MiB is accepted."
}

func problemField(err error) ProblemField {
	var d huma.ErrorDetailer
	if !errors.As(err, &d) {
		return ProblemField{Location: "body", Message: short(err.Error())}
	}
	detail := d.ErrorDetail()
	message := detail.Message
	location := detail.Location
	if strings.HasPrefix(message, "json: cannot unmarshal ") {
		location, message = misfit(location, message)
	}
	if name, ok := strings.CutPrefix(message, "expected required property "); ok {
		location, message = location+"."+strings.TrimSuffix(name, " to be present"), fieldRequired
	}
	return ProblemField{Location: short(location), Message: short(message), Value: echo(detail)}
}

// misfit says where a value stands that the JSON decoder could not take, and what was
// expected there: the decoder's own words name types of Go.
func misfit(location, message string) (where, expected string) {
	_, field, _ := strings.Cut(message, " into Go struct field ")
	path, kind, ok := strings.Cut(field, " of type ")
	if !ok {
		return location, "the JSON is not of the form this request has"
	}
	_, path, _ = strings.Cut(path, ".")
	for name := range strings.SplitSeq(path, ".") {
		if embedded := name != strings.ToLower(name); !embedded {
			location += "." + name
		}
	}
	switch {
	case strings.HasPrefix(kind, "[]"):
		return location, "expected a list"
	case strings.HasPrefix(kind, "int"):
		return location, "expected a whole number"
	case strings.HasPrefix(kind, "float"):
		return location, "expected a number"
	case kind == "string":
		return location, "expected a string"
	case kind == "bool":
		return location, "expected true or false"
	}
	return location, "expected an object"
}

// maxEcho bounds, in bytes, each text that repeats what a client sent.
const maxEcho = 300

// short cuts a message that repeats a long input.
func short(message string) string {
	if len(message) <= maxEcho {
		return message
	}
	return strings.ToValidUTF8(message[:maxEcho], "") + "…"
}

// echo repeats short scalars only: whole bodies and secrets are not sent back.
func echo(d *huma.ErrorDetail) any {
	switch v := d.Value.(type) {
	case bool, float64, int64, int:
		return v
	case string:
		if d.Location != "body" && d.Location != "body.key" && len(v) <= 200 {
			return v
		}
	}
	return nil
}

func fieldsDetail(fields []ProblemField) string {
	switch len(fields) {
	case 0:
		return "The request is not valid."
	case 1:
		return fields[0].Location + ": " + fields[0].Message
	}
	return fields[0].Location + ": " + fields[0].Message + " (and " + strconv.Itoa(len(fields)-1) + " more)"
}
