package httpapi

import (
	"context"

	"loramanager/internal/lora"
)

// Backups opens backups for downloads.
type Backups interface {
	OpenBackup(ctx context.Context, id string, complete bool) (content, error)
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
