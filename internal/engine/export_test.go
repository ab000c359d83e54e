package engine

import (
	"time"

	"loramanager/internal/guard"
)

// NewTestSketch returns the sketch engine.
func NewTestSketch(stepTime time.Duration) Driver {
	return newSketch(tools{limits: guard.Default(), decoder: guard.NewDecoder(guard.Default()), stepTime: stepTime})
}
