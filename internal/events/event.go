package events

import "time"

// Event is one thing that happened.
type Event struct {
	// Seq is given by the Hub: it rises by one with each event and fits a JavaScript
	// number.
	Seq  uint64
	Type string // "scan_progress", "adapters_changed", ...
	Time time.Time
	// Topic narrows the event to one thing, such as a job's id; empty when it concerns
	// everyone.
	Topic string
	// Data is turned into JSON by whoever sends it on and must not change once published.
	// Where a Carrier brought the event from another process, it is that JSON.
	Data any
}

// Previewed is data with a heavy part that only some listeners want.
type Previewed interface {
	// WithoutPreview returns the same data without the heavy part.
	WithoutPreview() any
}

// EventResync tells a listener that events are missing: it must read everything again.
// It reaches every listener, whatever its filter.
const EventResync = "resync"

// Resync is the data of EventResync.
type Resync struct {
	Reason string `json:"reason"`
}

// Reason says why a subscription has ended.
type Reason string

// The reasons.
const (
	Listening Reason = ""       // it has not
	Left      Reason = "left"   // the listener closed it
	Slow      Reason = "slow"   // the listener did not keep up and must resynchronise
	Closed    Reason = "closed" // the Hub was closed
)
