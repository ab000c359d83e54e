package recommend

import "time"

// EmbedderState says how the optional model for text vectors is doing.
type EmbedderState struct {
	State    string `json:"state" enum:"off,ready,computing,failing" doc:"off: the built-in vectors are used"`
	Model    string `json:"model"`
	Dims     int    `json:"dims"`
	Computed int    `json:"computed" doc:"Adapters with a current vector"`
	Pending  int    `json:"pending"`
	Error    string `json:"error"`
}

// EmbeddingStatus says what vectors there are of one adapter.
type EmbeddingStatus struct {
	AdapterID    string
	Semantic     bool // of its words
	Artistic     bool // of its style
	Technical    bool
	Features     bool // something was found to make them of
	ComputedAt   *time.Time
	NeedsCompute bool
}

// ComputeReport says what computing embeddings came to.
type ComputeReport struct {
	Processed, Skipped int
	Pending            int // left to the background
	Errors             []ComputeError
	Took               time.Duration
	At                 time.Time
}

// ComputeError is one adapter whose vector could not be computed.
type ComputeError struct {
	AdapterID string `json:"adapter_id"`
	Error     string `json:"error"`
}
