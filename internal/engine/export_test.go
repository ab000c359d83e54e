package engine

import (
	"time"

	"loramanager/internal/guard"
)

// NewTestSketch returns the sketch engine.
func NewTestSketch(stepTime time.Duration) Driver {
	return newSketch(tools{limits: guard.Default(), decoder: guard.NewDecoder(guard.Default()), stepTime: stepTime})
}

// SetPoll sets how often a driver of the A1111 family looks at the progress.
func SetPoll(d Driver, every time.Duration) { d.(*a1111).poll = every }
