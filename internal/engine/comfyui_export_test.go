package engine

import (
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// NewTestDriver makes the driver a registry would make.
func NewTestDriver(cfg lora.EngineConfig, workflows Workflows) (Driver, error) {
	return newDriver(cfg, tools{limits: guard.Default(), decoder: guard.NewDecoder(guard.Default()), workflows: workflows})
}

// Hurry makes the keeper of a managed engine impatient.
func Hurry(d Driver, tries int) {
	d.(*managed).pace = managedPace{
		firstPause: time.Millisecond, longestPause: 5 * time.Millisecond, ask: 5 * time.Millisecond,
		load: time.Minute, stop: time.Second, tries: tries,
	}
}
