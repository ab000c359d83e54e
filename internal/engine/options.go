package engine

import (
	"context"
	"log/slog"
	"regexp"
	"slices"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Source tells which engines are configured.
type Source interface {
	EngineConfigs(ctx context.Context) ([]lora.EngineConfig, error)
}

// Options are what a Registry is made of. Only Source is needed.
type Options struct {
	Source  Source
	Limits  guard.Limits   // guard.Default() when zero
	Decoder *guard.Decoder // of init images and masks; its own one when nil
	Log     *slog.Logger   // nothing is logged when nil
	// Changed is called, never twice at once, after an engine became reachable or
	// unreachable, or its capabilities changed.
	Changed func()
	// RefreshEvery is the time between two looks at a reachable engine, 60 s when zero.
	RefreshEvery time.Duration
	// StallAfter is how long a run may stand still before it is given up, on engines that
	// report progress; 10 minutes when zero, since loading a large model shows none.
	StallAfter time.Duration
	// StepTime is how long the sketch engine takes for a step, 5 ms when zero.
	StepTime time.Duration
	// Workflows are the graphs users keep for ComfyUI.
	Workflows  Workflows
	Deliveries Deliveries
	// Programs are the paths of the programs that managed engines may be; without any
	// there are no managed engines. Only an administrator names them: whoever sets up an
	// engine could run anything otherwise.
	Programs []string
}

// Deliveries says where prompts and pictures may be delivered to.
type Deliveries struct {
	// Allowed are the targets of http deliveries, as guard.TargetClient reads them.
	Allowed []string
	// Secret signs http deliveries when it is set.
	Secret guard.Secret
	// Timeout bounds one http delivery, 30 s when zero.
	Timeout time.Duration
	// Folder is where file deliveries are written; without it there are none.
	Folder string
}

const (
	describeTimeout = 10 * time.Second // one look at an engine
	retryUnreached  = 10 * time.Second // between looks at an engine that was not reached
)

func (o Options) withDefaults() Options {
	if o.Limits == (guard.Limits{}) {
		o.Limits = guard.Default()
	}
	if o.Decoder == nil {
		o.Decoder = guard.NewDecoder(o.Limits)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	for _, d := range []struct {
		value *time.Duration
		usual time.Duration
	}{
		{&o.RefreshEvery, time.Minute}, {&o.StallAfter, 10 * time.Minute}, {&o.StepTime, 5 * time.Millisecond},
		{&o.Deliveries.Timeout, 30 * time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.usual
		}
	}
	return o
}

// reservedNames mean something else where an engine can be named.
var reservedNames = []string{"auto", "http", "file", "cli", string(lora.SDNext), string(lora.A1111), string(lora.Forge), string(lora.ComfyUI), string(lora.SDCpp)}

var engineName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9 ._-]{0,62}$`)

// Longest and usual time of one generation, in seconds.
const (
	maxTimeoutSeconds = 24 * 60 * 60
	defaultTimeout    = 10 * time.Minute
)

// CheckConfig refuses, with a *lora.Error that names the field, a configuration that
// cannot work. An engine may bear the name of a kind only when it is of this kind.
func CheckConfig(cfg lora.EngineConfig) error {
	if !engineName.MatchString(cfg.Name) {
		return lora.FieldErrorf(lora.Invalid, "name", "The name of an engine has 1 to 63 letters, digits, blanks, dots, hyphens or underscores.")
	}
	if slices.Contains(reservedNames, cfg.Name) && cfg.Name != string(cfg.Kind) {
		return lora.FieldErrorf(lora.Invalid, "name", "The name %q means something else. Choose another one.", cfg.Name)
	}
	if cfg.TimeoutSeconds < 0 || cfg.TimeoutSeconds > maxTimeoutSeconds {
		return lora.FieldErrorf(lora.Invalid, "timeout_seconds", "The timeout is 0 (the usual 10 minutes) to %d seconds.", maxTimeoutSeconds)
	}
	driver, err := newDriver(cfg, tools{limits: guard.Default()})
	if err != nil {
		return err
	}
	closeDriver(driver)
	return nil
}
