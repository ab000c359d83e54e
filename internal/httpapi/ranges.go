package httpapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"loramanager/internal/lora"
)

// RangeHeaders are what a client says when it wants a part of a file only.
type RangeHeaders struct {
	Range   string `header:"Range" doc:"One range of bytes, such as bytes=1000-; several are answered with the whole file"`
	IfRange string `header:"If-Range" doc:"ETag of the file the range is for; the whole file is sent when it is another one now"`
}

// content is a file of known size of which any range can be written.
type content struct {
	name, kind, etag string
	size             int64
	write            func(to io.Writer, from, until int64) error // from, up to but not including until
	close            func() error
}

// sendsRanges says that the answer is a file of which ranges can be asked for.
func sendsRanges(types ...string) func(*huma.Operation) {
	return func(op *huma.Operation) {
		sendsFile(types...)(op)
		whole := op.Responses["200"]
		text := &huma.Schema{Type: huma.TypeString}
		whole.Headers["ETag"], whole.Headers["Accept-Ranges"] = &huma.Header{Schema: text}, &huma.Header{Schema: text}
		op.Responses["206"] = &huma.Response{
			Description: "The range that was asked for", Content: whole.Content, Headers: map[string]*huma.Header{"Content-Range": {Schema: text}},
		}
		op.Responses["416"] = &huma.Response{Description: "The range begins behind the end of the file"}
	}
}

// span is the part of a file an answer holds.
type span struct{ from, until int64 }

var errNoSuchRange = errors.New("the range lies behind the end")

// asked reads the range a client asked for. What it cannot read, and several ranges, mean
// the whole file, as RFC 9110 allows.
func (h *RangeHeaders) asked(size int64, etag string) (wanted span, partly bool, err error) {
	whole := span{0, size}
	text, ok := strings.CutPrefix(strings.TrimSpace(h.Range), "bytes=")
	if !ok || strings.Contains(text, ",") || h.IfRange != "" && h.IfRange != etag {
		return whole, false, nil
	}
	first, last, ok := strings.Cut(strings.TrimSpace(text), "-")
	if !ok {
		return whole, false, nil
	}
	if first == "" { // the last so many bytes
		n, err := strconv.ParseInt(last, 10, 64)
		if err != nil || n < 0 {
			return whole, false, nil //nolint:nilerr // not a range: the whole file
		}
		if n == 0 || size == 0 {
			return whole, false, errNoSuchRange
		}
		return span{max(0, size-n), size}, true, nil
	}
	from, err := strconv.ParseInt(first, 10, 64)
	if err != nil || from < 0 {
		return whole, false, nil //nolint:nilerr // not a range: the whole file
	}
	if from >= size {
		return whole, false, errNoSuchRange
	}
	until := size
	if last != "" {
		end, err := strconv.ParseInt(last, 10, 64)
		if err != nil || end < from {
			return whole, false, nil //nolint:nilerr // not a range: the whole file
		}
		until = min(size, end+1)
	}
	return span{from, until}, true, nil
}

// sendContent answers with a file, or the range of it that was asked for, without holding
// more of it than one buffer.
func (s *Server) sendContent(c content, asked *RangeHeaders) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		defer func() { _ = c.close() }() // only read
		wanted, partly, err := asked.asked(c.size, c.etag)
		hctx.SetHeader("Accept-Ranges", "bytes")
		hctx.SetHeader("Cache-Control", "no-store")
		if err != nil {
			hctx.SetHeader("Content-Range", fmt.Sprintf("bytes */%d", c.size))
			_, w := humachi.Unwrap(hctx)
			writeProblem(w, newProblem(hctx.Context(), http.StatusRequestedRangeNotSatisfiable, lora.Invalid, "The range begins behind the end of the file."))
			return
		}
		hctx.SetHeader("ETag", c.etag)
		hctx.SetHeader("Content-Type", c.kind)
		hctx.SetHeader("Content-Disposition", "attachment; filename="+c.name)
		hctx.SetHeader("Content-Length", strconv.FormatInt(wanted.until-wanted.from, 10))
		hctx.SetHeader("X-Content-Type-Options", "nosniff")
		status := http.StatusOK
		if partly {
			status = http.StatusPartialContent
			hctx.SetHeader("Content-Range", fmt.Sprintf("bytes %d-%d/%d", wanted.from, wanted.until-1, c.size))
		}
		hctx.SetStatus(status)
		if hctx.Method() == http.MethodHead {
			return
		}
		if err := c.write(patient(hctx.BodyWriter()), wanted.from, wanted.until); err != nil {
			s.log.WarnContext(hctx.Context(), "a download was cut", "file", c.name, "error", err, "request_id", requestID(hctx.Context()))
			panic(http.ErrAbortHandler)
		}
	}}
}
