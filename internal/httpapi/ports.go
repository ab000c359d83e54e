package httpapi

import (
	"context"

	"loramanager/internal/engine"
	"loramanager/internal/health"
	"loramanager/internal/lora"
)

// Health knows how every part is doing, from looks in the background.
type Health interface {
	// Status is what the last looks found. It asks nobody.
	Status() health.Status
	// CheckNow has every part looked at soon, and waits for nothing.
	CheckNow()
}

// Engines are the engines that are set up, and what was learned about them.
type Engines interface {
	Status() []lora.EngineStatus
	// Test asks an engine now. One that is set up keeps its password.
	Test(ctx context.Context, e lora.EngineConfig) (lora.EngineStatus, error)
	// LoRAs are those an engine was last seen with; every when it takes all.
	LoRAs(name string) (handles []engine.Handle, every bool, err error)
	Refresh(ctx context.Context, name string) error
	AddEngine(ctx context.Context, e lora.EngineConfig) error
	// ReplaceEngine keeps the password when the new one is nil.
	ReplaceEngine(ctx context.Context, name string, e lora.EngineConfig, password *string) error
	RemoveEngine(ctx context.Context, name string) error
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
