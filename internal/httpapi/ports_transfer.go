package httpapi

import (
	"context"
	"net/http"
	"time"

	"loramanager/internal/lora"
)

// Transfers tells of exports, imports, backups and the like.
type Transfers interface {
	Transfers(ctx context.Context, limit int) ([]lora.Transfer, error)
	Transfer(ctx context.Context, id string) (lora.Transfer, error)
	CancelTransfer(ctx context.Context, id string) (lora.Transfer, error)
}

// Exports plans archives and opens their parts.
type Exports interface {
	EstimateExport(ctx context.Context, config *ExportConfig) (ExportEstimate, error)
	PlanExport(ctx context.Context, config *ExportConfig) (Export, error)
	Export(ctx context.Context, id string) (Export, error)
	ExportPart(ctx context.Context, id string, number int) (content, error)
	DropExport(ctx context.Context, id string) error
}

// Imports plans and applies imports.
type Imports interface {
	PlanImport(ctx context.Context, r ImportRequest) (lora.Transfer, error)
	ImportItems(ctx context.Context, id string, action lora.ImportAction, after string, limit int) (items []lora.ImportItem, next string, err error)
	SetImportPolicy(ctx context.Context, id string, policy lora.ConflictPolicy, items map[string]lora.ConflictPolicy) (lora.Transfer, error)
	ApplyImport(ctx context.Context, id string) (lora.Transfer, error)
	ServeUpload(w http.ResponseWriter, r *http.Request)
}

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

// Origin asks hubs about adapters.
type Origin interface {
	Hubs() []lora.HubState
	LookUps(ctx context.Context) (lora.LookUpState, error)
	LookUp(ctx context.Context, ids []string, all, force bool) (lora.LookUpState, error)
	CancelLookUp()
	About(ctx context.Context, adapterID string) (lora.AdapterHub, error)
	Apply(ctx context.Context, adapterID string, fields []string) (lora.Adapter, string, error)
	Updates(ctx context.Context, after string, limit int) ([]lora.HubUpdate, string, error)
	Ignored(ctx context.Context) ([]lora.HubIgnored, error)
	Ignore(ctx context.Context, i lora.HubIgnored) error
	Unignore(ctx context.Context, i lora.HubIgnored) error
	Peek(ctx context.Context, which HubFileChoice) (lora.HubPeek, error)
}

// Downloads fetches adapter files from hubs.
type Downloads interface {
	Downloads(ctx context.Context) ([]lora.Download, error)
	AddDownload(ctx context.Context, order DownloadCreate) (lora.Download, error)
	SteerDownload(ctx context.Context, id, word string) (lora.Download, error)
	OrderDownloads(ctx context.Context, ids []string) error
	DeleteDownload(ctx context.Context, id string) error
}
