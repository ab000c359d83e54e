package engine

import (
	"context"
	"errors"

	"loramanager/internal/lora"
)

// Driver speaks one engine's protocol. It is made from one lora.EngineConfig and is
// safe for use by many goroutines. All errors are *lora.EngineError.
type Driver interface {
	// Describe asks the engine what it is, what it can do and which LoRAs it sees.
	Describe(ctx context.Context) (Description, error)
	// Run does one task until it ends. Cancelling ctx stops the engine where it can be
	// stopped, unless it is left (see leaves), and Run then returns an interrupted error.
	Run(ctx context.Context, order Order, sink lora.EngineSink) error
}

// Resumer is a Driver whose jobs outlive this process.
type Resumer interface {
	// Attach follows a task submitted earlier under handle, to its end.
	Attach(ctx context.Context, handle string, order Order, sink lora.EngineSink) error
}

// Refresher is a Driver whose list of LoRAs is only read again when asked.
type Refresher interface {
	Refresh(ctx context.Context) error
}

// Description is what a driver learned about its engine.
type Description struct {
	Capabilities lora.Capabilities
	LoRAs        []Handle
	Notes        []string
}

// Handle is a LoRA as the engine's own list names it.
type Handle struct {
	Name    string   // what is sent to the engine
	Path    string   // as the engine states it, / between names; empty when it does not
	Aliases []string // other names under which the engine knows it
	Digests []string // any digests or prefixes of digests the engine states, lower case
}

// Order is a task whose LoRAs were found in the engine's list.
type Order struct {
	lora.Task
	LoRAs []Applied // in the order of Task.Uses
}

// Applied is one use with the engine's handle for it.
type Applied struct {
	lora.ResolvedUse
	Handle Handle
}

// leaves reports whether a run that was cancelled goes away without stopping the engine,
// because another server has the job or shall attach to it.
func leaves(ctx context.Context) bool { return errors.Is(context.Cause(ctx), lora.ErrLeave) }
