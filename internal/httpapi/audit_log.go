package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loramanager/internal/lora"
)

// AuditPage are entries of the audit log, newest first.
type AuditPage struct {
	Items []lora.AuditEntry `json:"items"`
	Next  *int64            `json:"next" doc:"before of the next page; null on the last one"`
}

// AuditFilter narrows the audit log.
type AuditFilter struct {
	AccountID string    `query:"account_id" maxLength:"64"`
	Action    string    `query:"action" maxLength:"64" doc:"Id of an operation"`
	Q         string    `query:"q" maxLength:"256" doc:"In name, address, target or action"`
	Since     time.Time `query:"since"`
	Until     time.Time `query:"until"`
}

type auditInput struct {
	AuditFilter
	Before int64         `query:"before" minimum:"0" doc:"next of the page before"`
	Limit  optional[int] `query:"limit" minimum:"1" maximum:"200" doc:"50 when absent"`
}

type auditExport struct {
	AuditFilter
	Format string `query:"format" enum:"csv,json" doc:"csv when absent"`
}

func (s *Server) routeAudit() {
	route(s, http.MethodGet, "/audit", "listAudit", tagUsers, "Read the audit log", s.listAudit)
	route(s, http.MethodGet, "/audit/export", "exportAudit", tagUsers, "Download the audit log", s.exportAudit, sendsFile("text/csv", "application/json"))
}

func (s *Server) listAudit(ctx context.Context, in *auditInput) (*reply[AuditPage], error) {
	q := in.query()
	q.Before, q.Limit = in.Before, defaultAuditPage
	if in.Limit.Set {
		q.Limit = in.Limit.Value
	}
	q.Limit++
	found, err := s.accounts.Audit(ctx, q)
	page := AuditPage{Items: list(found)}
	if len(found) == q.Limit {
		page.Items = found[:q.Limit-1]
		page.Next = &found[q.Limit-2].Key
	}
	return answer(page, err)
}

const defaultAuditPage = 50

// query is the filter in the words of the store.
func (f *AuditFilter) query() lora.AuditQuery {
	return lora.AuditQuery{AccountID: f.AccountID, Action: f.Action, Text: f.Q, Since: f.Since, Until: f.Until}
}

func (s *Server) exportAudit(_ context.Context, in *auditExport) (*huma.StreamResponse, error) {
	write := writeAuditCSV
	name, kind := "audit.csv", "text/csv; charset=utf-8"
	if in.Format == "json" {
		write, name, kind = writeAuditJSON, "audit.json", "application/json"
	}
	q := in.query()
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		hctx.SetHeader("Content-Type", kind)
		hctx.SetHeader("Content-Disposition", "attachment; filename="+name)
		hctx.SetHeader("Cache-Control", "no-store")
		hctx.SetStatus(http.StatusOK)
		if hctx.Method() == http.MethodHead {
			return
		}
		err := write(patient(hctx.BodyWriter()), func(each func(lora.AuditEntry) error) error { return s.accounts.ExportAudit(hctx.Context(), q, each) })
		if err != nil {
			s.log.WarnContext(hctx.Context(), "a download was cut", "file", name, "error", err, "request_id", requestID(hctx.Context()))
			panic(http.ErrAbortHandler)
		}
	}}, nil
}
