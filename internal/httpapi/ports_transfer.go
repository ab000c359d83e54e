package httpapi

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// Backups makes, keeps and restores backups.
type Backups interface {
	Backups(ctx context.Context) ([]lora.Backup, error)
	BackupPlaces(ctx context.Context) ([]BackupPlace, error)
	Backup(ctx context.Context, id string) (lora.Backup, error)
	CreateBackup(ctx context.Context, order BackupCreate) (lora.Transfer, error)
	MakeBackup(ctx context.Context, kind string) (lora.Backup, error)
	VerifyBackup(ctx context.Context, id string) (lora.Transfer, error)
	RehearseBackup(ctx context.Context, id string) (lora.Transfer, error)
	RestoreBackup(ctx context.Context, id string, files bool) (lora.Transfer, error)
	OpenBackup(ctx context.Context, id string, complete bool) (content, error)
	DeleteBackup(ctx context.Context, id string, dependents bool) error
}

// Schedules keeps backup schedules.
type Schedules interface {
	Schedules(ctx context.Context) ([]lora.BackupSchedule, error)
	AddSchedule(ctx context.Context, schedule lora.BackupSchedule) (lora.BackupSchedule, error)
	ReplaceSchedule(ctx context.Context, schedule lora.BackupSchedule) (lora.BackupSchedule, error)
	DeleteSchedule(ctx context.Context, id string) error
	PreviewSchedule(cron, zone string) ([]time.Time, error)
}

// MoveIn finds and reads the work of other managers.
type MoveIn interface {
	DetectMoveIn(ctx context.Context, path string) ([]FoundManager, error)
	PlanMoveIn(ctx context.Context, r MoveInRequest) (lora.Transfer, error)
}

// Sidecars writes sidecars for other managers.
type Sidecars interface {
	SidecarFormats() []SidecarFormat
	WriteSidecars(ctx context.Context, format string, ids []string, overwrite bool) (lora.Transfer, error)
}
