package httpapi

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

// ExportRequest asks for a file with all that is known about some adapters.
type ExportRequest struct {
	Selection
	Format string `json:"format" enum:"json,csv"`
	Sort   string `json:"sort,omitempty" doc:"As in the list of adapters; names when absent"`
	Order  string `json:"order,omitempty" enum:"asc,desc" doc:"As in the list of adapters"`
}

const exportDescription = "The file holds what is known about the selected adapters, in the order of the list. It is sent while it is read, " +
	"500 adapters at a time. It is metadata only: neither weights nor previews are in it, and it is no archive to restore a library from. " +
	"json is one array with one adapter a line. csv has a header row and one column for every field that is a text, number, " +
	"date, yes or no, or list; lists are joined with \", \", and findings are given by their codes. A text that a spreadsheet " +
	"would take for a formula begins with ' there. A connection that is cut means that the file is not complete."

func (s *Server) routeExport() {
	adapters := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[[]lora.Adapter](), true, "")
	route(s, http.MethodPost, "/adapters/export", "exportAdapters", "adapters", "Download what is known about adapters", s.exportAdapters,
		describe(exportDescription),
		func(op *huma.Operation) {
			op.DefaultStatus = http.StatusOK
			op.Responses = map[string]*huma.Response{"200": {
				Description: "The file; Content-Disposition holds its name",
				Headers:     map[string]*huma.Header{"Content-Disposition": {Schema: &huma.Schema{Type: huma.TypeString}}},
				Content: map[string]*huma.MediaType{
					"application/json": {Schema: adapters},
					"text/csv":         {Schema: &huma.Schema{Type: huma.TypeString}},
				},
			}}
		})
}

const (
	// exportChunk is how many adapters are in memory at a time.
	exportChunk = 500
	// exportPatience is how long a client may take to accept 64 KiB.
	exportPatience = time.Minute
)

func (s *Server) exportAdapters(ctx context.Context, in *struct{ Body ExportRequest }) (*huma.StreamResponse, error) {
	request := &in.Body
	if request.LoraIDs == nil && request.Q == nil {
		return nil, lora.FieldErrorf(lora.Invalid, "body.q", "Name adapters in lora_ids, or search for them with q; an empty q means all of them.")
	}
	ids, err := s.selected(ctx, &request.Selection)
	if err != nil {
		return nil, err
	}
	query := catalog.Query{Account: accountOf(ctx), Sort: sortOf(request.Sort)}
	query.Descending = descends(query.Sort, request.Order)
	if request.Q != nil {
		query.Text = *request.Q
	}
	if ids, err = s.store.Arrange(ctx, ids, query); err != nil {
		return nil, at("body.q", "q", err)
	}
	// What can fail should do so while the reply can still be a problem document.
	head := min(len(ids), exportChunk)
	first, err := s.adapters(ctx, ids[:head])
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) { s.sendExport(c, request.Format, first, ids[head:]) }}, nil
}

// sendExport sends the first chunk and reads and sends the rest. When that fails it cuts
// the connection, so that nobody takes half a file for a whole one.
func (s *Server) sendExport(c huma.Context, format string, first []lora.Adapter, rest []string) {
	w := bufio.NewWriterSize(patient(c.BodyWriter()), 64<<10)
	sheet := sheetOf(format, w)
	c.SetHeader("Content-Type", sheet.contentType())
	c.SetHeader("Content-Disposition", `attachment; filename="loramanager-adapters-`+s.now().Format("20060102")+"."+format+`"`)
	c.SetHeader("Cache-Control", "no-store")
	c.SetStatus(http.StatusOK)
	err := s.fill(c.Context(), sheet, first, rest)
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
}

// fill writes adapters to a sheet, chunk by chunk.
func (s *Server) fill(ctx context.Context, to sheet, adapters []lora.Adapter, rest []string) error {
	if err := to.begin(); err != nil {
		return err
	}
	for {
		for i := range adapters {
			if err := to.add(shown(adapters[i])); err != nil {
				return err
			}
		}
		if len(rest) == 0 {
			return to.end()
		}
		chunk := rest[:min(len(rest), exportChunk)]
		rest = rest[len(chunk):]
		var err error
		if adapters, err = s.adapters(ctx, chunk); err != nil {
			_ = problemOf(ctx, err) // for the log: the reply has begun
			return err
		}
	}
}

// patientWriter gives a client a while to accept each part of a long reply, but not forever.
type patientWriter struct {
	io.Writer
	wire *http.ResponseController
}

func patient(w io.Writer) io.Writer {
	if wire, ok := w.(http.ResponseWriter); ok {
		return &patientWriter{Writer: w, wire: http.NewResponseController(wire)}
	}
	return w
}

// Write writes p, or fails when the client takes too long to accept it.
func (w *patientWriter) Write(p []byte) (int, error) {
	if err := w.wire.SetWriteDeadline(time.Now().Add(exportPatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return w.Writer.Write(p)
}
