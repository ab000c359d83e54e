package httpapi

import (
	"context"

	"loramanager/internal/lora"
)

// Engines are the engines that are set up, and what was learned about them.
type Engines interface {
	Status() []lora.EngineStatus
	// Test asks an engine now. One that is set up keeps its password.
	Test(ctx context.Context, e lora.EngineConfig) (lora.EngineStatus, error)
	LoRAs(name string) ([]EngineHandle, error)
	Refresh(ctx context.Context, name string) error
	AddEngine(ctx context.Context, e lora.EngineConfig) error
	// ReplaceEngine keeps the password when the new one is nil.
	ReplaceEngine(ctx context.Context, name string, e lora.EngineConfig, password *string) error
	RemoveEngine(ctx context.Context, name string) error
}

// EngineHandle is a LoRA as an engine's own list names it.
type EngineHandle struct {
	Name    string   // what is sent to the engine
	Path    string   // as the engine states it; empty when it does not
	Digests []string // any digests or prefixes of digests the engine states
}
