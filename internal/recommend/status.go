package recommend

import "time"

// RebuildReport says what rebuilding the index came to.
type RebuildReport struct {
	Status string // rebuilt, skipped or empty
	Items  int
	Bytes  int64 // held by the index
	Took   time.Duration
	At     time.Time
}

// Stats are the figures of recommending.
type Stats struct {
	Adapters    int // that can be recommended
	WithVectors int // of them, those with words to compare
	Sessions    int
	Feedback    int
	Preferences int
	// MeanTook is the mean of the last 1,000 answers; 0 before the first.
	MeanTook time.Duration
	// CacheHitRate is the share of questions whose text was not embedded anew, 0..1; 0
	// without a model.
	CacheHitRate float64
	IndexBytes   int64
	IndexedAt    time.Time // when the index last took over a change
}

// Health says how recommending is doing.
type Health struct {
	State    string // ready, building or failing
	Error    string
	Adapters int
	Change   int64
	BuiltAt  *time.Time
	Embedder EmbedderState
}
