package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

const (
	maxAudit  = 500    // entries of one answer
	auditPart = 1000   // entries that are read at a time
	maxSwept  = 10_000 // entries that are forgotten at a time
)

// AddAudit adds an entry to the audit log, at its time or now.
func (s *Store) AddAudit(ctx context.Context, e lora.AuditEntry) error {
	if e.At.IsZero() {
		e.At = s.momentNow()
	}
	detail := string(e.Detail)
	if detail == "" {
		detail = "{}"
	}
	return s.briefly(ctx, "write to the audit log", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, "INSERT INTO audit (at, account_id, actor, via, address, request_id, action, target, status, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			e.At.UnixMicro(), clean(e.AccountID), clean(e.Actor), clean(e.Via), clean(e.Address), clean(e.RequestID), clean(e.Action), clean(e.Target), int64(e.Status), clean(detail))
		return err
	})
}

// Audit lists entries of the audit log, latest first, 500 at most; the key of the last
// one is where the next page begins before. Text is looked for in the names, the target,
// the address, the id of the request and the detail, whatever its case.
func (s *Store) Audit(ctx context.Context, query lora.AuditQuery) ([]lora.AuditEntry, error) {
	limit := min(max(query.Limit, 1), maxAudit)
	list := []lora.AuditEntry{}
	err := s.eachAudit(ctx, query, limit, func(e lora.AuditEntry) error {
		list = append(list, e)
		return nil
	})
	return list, s.failed("read the audit log", err)
}

// ExportAudit hands out every entry that a query is about, latest first, whatever its
// limit. It holds no connection meanwhile. An error of visit ends it and is returned.
func (s *Store) ExportAudit(ctx context.Context, query lora.AuditQuery, visit func(e lora.AuditEntry) error) error {
	var ended error
	err := s.eachAudit(ctx, query, -1, func(e lora.AuditEntry) error {
		ended = visit(e)
		return ended
	})
	if ended != nil {
		return ended
	}
	return s.failed("read the audit log", err)
}

// eachAudit visits up to a number of entries, all when it is negative, a part at a time.
func (s *Store) eachAudit(ctx context.Context, query lora.AuditQuery, limit int, visit func(e lora.AuditEntry) error) error {
	text, size := catalog.Fold(query.Text), auditPart
	if text == "" && limit > 0 {
		size = min(limit, auditPart)
	}
	for before := query.Before; limit != 0; {
		part, err := s.auditPart(ctx, query, before, size)
		if err != nil {
			return err
		}
		for i := range part {
			if text != "" && !tells(&part[i], text) {
				continue
			}
			if err := visit(part[i]); err != nil {
				return err
			}
			if limit--; limit == 0 {
				return nil
			}
		}
		if len(part) < size {
			return nil
		}
		before = part[len(part)-1].Key
	}
	return nil
}

// tells reports whether a folded text is in an entry.
func tells(e *lora.AuditEntry, text string) bool {
	return slices.ContainsFunc([]string{e.Actor, e.Action, e.Target, e.Address, e.RequestID, string(e.Detail)}, func(s string) bool {
		return strings.Contains(catalog.Fold(s), text)
	})
}

// auditPart reads a number of the latest entries before a key, or of all for 0. Keys follow
// the time nearly always: the adding keeps the database from sorting all of a long time.
func (s *Store) auditPart(ctx context.Context, query lora.AuditQuery, before int64, size int) ([]lora.AuditEntry, error) {
	f := filter{}
	if before > 0 {
		f.add("key < ?", before)
	}
	if query.AccountID != "" {
		f.add("account_id = ?", clean(query.AccountID))
	}
	if query.Action != "" {
		f.add("action = ?", clean(query.Action))
	}
	if !query.Since.IsZero() {
		f.add("at + 0 >= ?", query.Since.UnixMicro())
	}
	if !query.Until.IsZero() {
		f.add("at + 0 < ?", query.Until.UnixMicro())
	}
	list := make([]lora.AuditEntry, 0, min(size, 64))
	err := querier{pool: s.reader, composed: true}.each(ctx, "SELECT key, at, account_id, actor, via, address, request_id, action, target, status, detail FROM audit"+
		f.where()+" ORDER BY key DESC LIMIT ?", append(f.args, int64(size)), func(r *record) error {
		list = append(list, lora.AuditEntry{
			Key: r.integer(), At: r.moment(), AccountID: r.text(), Actor: r.text(), Via: r.text(), Address: r.text(), RequestID: r.text(),
			Action: r.text(), Target: r.text(), Status: int(r.integer()), Detail: json.RawMessage(r.text()),
		})
		return nil
	})
	return list, err
}

// SweepAccounts forgets sessions that are over at a moment or were not seen since another,
// sign-ins that are over, wrong tries older than an hour, and entries of the audit log
// from before a moment, 10,000 at a time: more says that there are others.
func (s *Store) SweepAccounts(ctx context.Context, now, seenBefore, auditBefore time.Time) (more bool, err error) {
	err = s.briefly(ctx, "forget what is over", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, "DELETE FROM session WHERE expires_at <= ? OR seen_at < ?", now.UnixMicro(), seenBefore.UnixMicro())
		if err == nil {
			_, err = q.exec(ctx, "DELETE FROM login_flow WHERE expires_at <= ?", now.UnixMicro())
		}
		if err == nil {
			_, err = q.exec(ctx, "DELETE FROM login_attempt WHERE minute < ?", now.Add(-time.Hour).Unix()/60)
		}
		if err == nil {
			var n int
			n, err = q.exec(ctx, "DELETE FROM audit WHERE key IN (SELECT key FROM audit WHERE at < ? ORDER BY at LIMIT ?)", auditBefore.UnixMicro(), int64(maxSwept))
			more = n == maxSwept
		}
		return err
	})
	return more && err == nil, err
}
