package lora

import (
	"encoding/json"
	"time"
)

// Composition is a prompt put together from adapters, kept under a name. Every change
// makes a new version; earlier ones stay readable.
type Composition struct {
	ID        string        `json:"id"`
	Name      string        `json:"name"`
	Version   int           `json:"version" doc:"1 for the first; grows by one with each change"`
	Prefix    string        `json:"prefix"`
	Suffix    string        `json:"suffix"`
	Negative  string        `json:"negative"`
	Entries   []Composed    `json:"entries" nullable:"false"`
	CreatedAt time.Time     `json:"created_at"`
	UpdatedAt time.Time     `json:"updated_at"`
	Restored  *int          `json:"restored,omitempty" doc:"The version this one was restored from"`
	Lost      []LostAdapter `json:"lost,omitempty" doc:"Adapters that the catalog no longer has"`
}

// Composed is one adapter of a composition, switched on or off.
type Composed struct {
	Use
	Enabled bool `json:"enabled"`
	// Digest recognises the adapter on another machine: its SHA-256, where known.
	Digest string `json:"digest,omitempty"`
}

// UnmarshalJSON reads an entry. One that does not say whether it is enabled is: who names
// an adapter wants it. A struct that embeds Composed must read its other fields itself.
func (c *Composed) UnmarshalJSON(data []byte) error {
	type plain Composed
	read := plain{Enabled: true}
	err := json.Unmarshal(data, &read)
	*c = Composed(read)
	return err
}

// LostAdapter is an adapter that a text, a picture or a shared composition names and
// that the catalog could not find, with all that is known of it.
type LostAdapter struct {
	Name   string  `json:"name"`
	Digest string  `json:"digest,omitempty" doc:"Any digest or prefix the source states"`
	Weight float64 `json:"weight"`
	Reason string  `json:"reason" doc:"Why it was not found, as a sentence"`
}
