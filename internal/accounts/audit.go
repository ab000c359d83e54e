package accounts

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// maxEntry is how many bytes of each text an entry of the log keeps, and maxDetail of its
// detail.
const (
	maxEntry  = 256
	maxDetail = 4096
	auditPage = 50
)

// Record writes an entry into the log of who did what. Its texts are cut and made safe to
// show; a detail that is too long is left out.
func (a *Accounts) Record(ctx context.Context, e lora.AuditEntry) error {
	for _, text := range []*string{&e.AccountID, &e.Actor, &e.Via, &e.Address, &e.RequestID, &e.Action, &e.Target} {
		*text = cut(guard.DisplayName(cut(*text, maxEntry)), maxEntry)
	}
	if len(e.Detail) == 0 || len(e.Detail) > maxDetail || !json.Valid(e.Detail) {
		e.Detail = json.RawMessage("{}")
	}
	if e.At.IsZero() {
		e.At = a.now()
	}
	return a.store.AddAudit(ctx, e)
}

// Audit lists entries of the log, latest first, 50 when no limit is named; the key of the
// last one is where the next page begins before.
func (a *Accounts) Audit(ctx context.Context, query lora.AuditQuery) ([]lora.AuditEntry, error) {
	if query.Limit <= 0 {
		query.Limit = auditPage
	}
	query.Text = strings.TrimSpace(cut(query.Text, maxEntry))
	return a.store.Audit(ctx, query)
}

// ExportAudit hands out every entry that a query is about, latest first.
func (a *Accounts) ExportAudit(ctx context.Context, query lora.AuditQuery, visit func(e lora.AuditEntry) error) error {
	query.Text = strings.TrimSpace(cut(query.Text, maxEntry))
	return a.store.ExportAudit(ctx, query, visit)
}

const (
	sweepEvery = time.Hour
	sweepLease = "accounts_sweep"
	sweepTime  = 10 * time.Minute
)

// Run sweeps what is over, now and every hour, until the context ends. Of several servers
// one does it.
func (a *Accounts) Run(ctx context.Context) {
	holder := uuid.NewString()
	every := time.NewTicker(sweepEvery)
	defer every.Stop()
	for {
		if err := a.sweep(ctx, holder); err != nil && ctx.Err() == nil {
			a.log.Warn("old sessions and entries of the audit log were not swept; it is tried again in an hour", "error", err)
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}

func (a *Accounts) sweep(ctx context.Context, holder string) error {
	ctx, cancel := context.WithTimeout(ctx, sweepTime) // no longer than the lease
	defer cancel()
	token, held, err := a.store.TakeLease(ctx, sweepLease, holder, sweepTime)
	if err != nil || !held {
		return err
	}
	for more := true; more && err == nil; {
		now := a.now()
		more, err = a.store.SweepAccounts(ctx, now, now.Add(-a.o.SessionIdle), now.Add(-a.o.AuditAge))
	}
	return orElse(err, a.store.DropLease(ctx, sweepLease, holder, token))
}
