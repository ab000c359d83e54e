package httpapi

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"loramanager/internal/lora"
)

// auditEntries hands out entries one by one, the oldest first.
type auditEntries func(each func(lora.AuditEntry) error) error

func writeAuditCSV(to io.Writer, all auditEntries) error {
	w := csv.NewWriter(to)
	if err := w.Write([]string{"at", "account_id", "actor", "via", "address", "request_id", "action", "target", "status", "detail"}); err != nil {
		return err
	}
	err := all(func(e lora.AuditEntry) error {
		return w.Write([]string{
			e.At.UTC().Format(time.RFC3339), e.AccountID, harmless(e.Actor), e.Via, e.Address, e.RequestID, e.Action,
			harmless(e.Target), strconv.Itoa(e.Status), harmless(string(e.Detail)),
		})
	})
	w.Flush()
	if err != nil {
		return err
	}
	return w.Error()
}

func writeAuditJSON(to io.Writer, all auditEntries) error {
	if _, err := io.WriteString(to, "["); err != nil {
		return err
	}
	separator := "\n"
	err := all(func(e lora.AuditEntry) error {
		body, err := json.Marshal(e)
		if err != nil {
			return err
		}
		_, err = to.Write(append([]byte(separator), body...))
		separator = ",\n"
		return err
	})
	if err != nil {
		return err
	}
	_, err = io.WriteString(to, "\n]\n")
	return err
}
