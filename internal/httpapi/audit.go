package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"loramanager/internal/lora"
)

// What the log of who did what holds beside every change: reads that carry much of the
// library away, and logins.
var recordedReads = []string{"downloadBackup", "downloadExportPart", "exportAdapters", "exportAnalytics", "exportAudit", "finishProviderLogin"}

// What it leaves out though the method is that of a change: parts of an upload that is
// recorded when it begins, and what is asked while somebody types.
var unrecorded = []string{"estimateExport", "previewBackupSchedule", "beginPasskeyLogin", "readSession"}

type auditKey struct{}

// auditNote gathers, while a request is answered, what the log is to say about it.
type auditNote struct {
	action string
	target string      // instead of the path's parameters
	actor  *lora.Actor // who logged in with it
}

// noteAction says which operation a request is.
func noteAction(ctx context.Context, id string) {
	if note, ok := ctx.Value(auditKey{}).(*auditNote); ok {
		note.action = id
	}
}

// noteTarget says what a request is about.
func noteTarget(ctx context.Context, target string) {
	if note, ok := ctx.Value(auditKey{}).(*auditNote); ok {
		note.target = target
	}
}

// noteActor says who logged in with a request.
func noteActor(ctx context.Context, actor lora.Actor) {
	if note, ok := ctx.Value(auditKey{}).(*auditNote); ok {
		note.actor = &actor
	}
}

const auditPatience = 5 * time.Second

// audit writes who did what into the log, after the answer. On a server that lets
// everybody on its computer in there is nobody to tell apart, and nothing is recorded.
func (s *Server) audit(next http.Handler) http.Handler {
	if s.mode == modeOpen || s.accounts == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead || r.Method == http.MethodOptions || r.Header.Get("Upgrade") != "" {
			next.ServeHTTP(w, r)
			return
		}
		note := &auditNote{}
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		r = r.WithContext(context.WithValue(r.Context(), auditKey{}, note))
		sent := overhear(r)
		defer func() {
			if !isRecorded(r.Method, note.action) {
				return
			}
			ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), auditPatience)
			defer cancel()
			if err := s.accounts.Record(ctx, note.entry(r, ww.Status(), sent)); err != nil {
				s.log.ErrorContext(ctx, "an entry of the audit log was lost", "action", note.action, "error", err, "request_id", requestID(ctx))
			}
		}()
		next.ServeHTTP(ww, r)
	})
}

// isRecorded reports whether the log has entries of an operation.
func isRecorded(method, id string) bool {
	switch {
	case id == "" || slices.Contains(unrecorded, id):
		return false
	case method == http.MethodGet:
		return slices.Contains(recordedReads, id)
	case id == "upload":
		return method != http.MethodPatch
	}
	return permissions[id] != lora.ReadLibrary // a question in the form of a POST
}

// entry is what the log says about a request.
func (n *auditNote) entry(r *http.Request, status int, sent *overheard) lora.AuditEntry {
	ctx := r.Context()
	if status == 0 {
		status = statusClientClosed
	}
	e := lora.AuditEntry{
		Via: "none", Address: clientAddr(r).String(), RequestID: requestID(ctx), Action: n.action, Target: n.target, Status: status,
	}
	if n.action != "login" { // names are where passwords are typed by mistake
		e.Detail = sent.detail(r)
	}
	actor := n.actor
	if actor == nil {
		actor = actorOf(ctx)
	}
	if actor != nil {
		e.AccountID, e.Actor, e.Via = actor.AccountID, actor.Name, actor.Via
	}
	if e.Target == "" {
		e.Target = strings.Join(chi.RouteContext(ctx).URLParams.Values, " ")
	}
	return e
}

// maxOverheard is how much of a body the log looks at.
const maxOverheard = 64 << 10

// overheard is the beginning of a body, as it was read.
type overheard struct {
	io.ReadCloser
	text bytes.Buffer
}

// overhear keeps what a handler reads of a JSON body.
func overhear(r *http.Request) *overheard {
	o := &overheard{ReadCloser: r.Body}
	if r.Body != nil && r.Body != http.NoBody && isJSON(r.Header.Get("Content-Type")) {
		r.Body = o
	}
	return o
}

// Read implements io.Reader.
func (o *overheard) Read(p []byte) (int, error) {
	n, err := o.ReadCloser.Read(p)
	if room := maxOverheard + 1 - o.text.Len(); room > 0 {
		o.text.Write(p[:min(n, room)])
	}
	return n, err
}

// auditedWords are the fields whose short texts the log repeats. All others may hold
// secrets, or what somebody wrote.
var auditedWords = []string{"action", "conflict_resolution", "density", "display_name", "format", "language", "mode", "name", "policy", "role", "theme"}

// maxAuditedFields and maxAuditedText bound what an entry repeats of a request.
const (
	maxAuditedFields = 40
	maxAuditedText   = 64
)

// auditDetail is which fields a request named, and the small values that are no secret.
type auditDetail struct {
	Fields []string       `json:"fields,omitempty"`
	Values map[string]any `json:"values,omitempty"`
}

func (o *overheard) detail(r *http.Request) json.RawMessage {
	d := auditDetail{Fields: slices.Sorted(maps.Keys(r.URL.Query())), Values: map[string]any{}}
	var body map[string]json.RawMessage
	if o.text.Len() <= maxOverheard && json.Unmarshal(o.text.Bytes(), &body) == nil {
		for _, name := range slices.Sorted(maps.Keys(body)) {
			d.Fields = append(d.Fields, name)
			if value, ok := harmlessValue(name, body[name]); ok {
				d.Values[name] = value
			}
		}
	}
	for i, name := range d.Fields {
		if len(name) > maxAuditedText {
			d.Fields[i] = strings.ToValidUTF8(name[:maxAuditedText], "")
		}
	}
	d.Fields = d.Fields[:min(len(d.Fields), maxAuditedFields)]
	text, err := json.Marshal(d)
	if err != nil {
		return json.RawMessage("{}")
	}
	return text
}

// harmlessValue is what the log may repeat of a field.
func harmlessValue(name string, raw json.RawMessage) (value any, ok bool) {
	if len(raw) > maxAuditedText || json.Unmarshal(raw, &value) != nil || len(name) > maxAuditedText {
		return nil, false
	}
	switch value.(type) {
	case bool, float64:
		return value, true
	case string:
		return value, slices.Contains(auditedWords, name)
	}
	return nil, false
}
