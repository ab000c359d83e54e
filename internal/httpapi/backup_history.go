package httpapi

import (
	"context"
	"net/http"
	"time"

	"loramanager/internal/archive"
)

// BackupEntry is a backup as the contract lists it.
type BackupEntry struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"created_at"`
	Type      string    `json:"type" doc:"In words, such as Full"`
	Size      *int64    `json:"size"`
	Status    string    `json:"status" enum:"completed,verified,damaged,failed"`
}

// BackupOrder is the contract's order of a backup.
type BackupOrder struct {
	Type *string `json:"backup_type,omitempty" maxLength:"50" doc:"incremental makes one; every other text a full backup that bears it. full when absent"`
}

// BackupCreated is the contract's answer to it.
type BackupCreated struct {
	Success   bool      `json:"success"`
	ID        string    `json:"backup_id"`
	Type      string    `json:"type"`
	Status    string    `json:"status" enum:"completed,verified"`
	Size      int64     `json:"size"`
	CreatedAt time.Time `json:"created_at"`
}

func (s *Server) routeBackupHistory() {
	const tag = "backups"
	route(s, http.MethodGet, "/backups/history", "listBackupHistory", tag, "List backups as the prototype did", s.listBackupHistory)
	route(s, http.MethodPost, "/backup/create", "createBackupNow", tag, "Make a backup and wait for it", s.createBackupNow,
		describe("POST /backups does not wait."))
}

func (s *Server) listBackupHistory(ctx context.Context, _ *none) (*reply[[]BackupEntry], error) {
	backups, err := s.archive.Backups(ctx)
	entries := make([]BackupEntry, len(backups))
	for i := range backups {
		b := &backups[i]
		entries[i] = BackupEntry{ID: b.ID, CreatedAt: b.CreatedAt, Type: archive.ContractBackupType(b), Size: &b.Size, Status: b.Status}
	}
	return answer(entries, err)
}

func (s *Server) createBackupNow(ctx context.Context, in *struct{ Body BackupOrder }) (*reply[BackupCreated], error) {
	made, err := s.archive.CreateContractBackup(ctx, in.Body.kind())
	return answer(BackupCreated{
		Success: true, ID: made.ID, Type: archive.ContractBackupType(&made), Status: made.Status, Size: made.Size, CreatedAt: made.CreatedAt,
	}, err)
}

// kind is the type that was asked for; a full backup when nothing was said of it.
func (o *BackupOrder) kind() string {
	if o.Type == nil {
		return "full"
	}
	return *o.Type
}
