package recommend

// Bounds of questions.
const (
	MaxLimit       = 50
	DefaultLimit   = 10
	MaxPromptBytes = 64 << 10
)

// Filter narrows what may be recommended. Its zero value narrows nothing.
type Filter struct {
	BaseModel     string // id of a base model; "" for any
	FavoritesOnly bool
	MaxNSFWLevel  *int // nil for any
}

// Ask is what every question has.
type Ask struct {
	Limit  int // 1..MaxLimit; 0 for DefaultLimit
	Filter Filter
	// Weights replace the kept ones for this question; nil for the kept ones.
	Weights *Weights
}

// SimilarOptions ask for adapters that are like one.
type SimilarOptions struct {
	Ask
	// Threshold leaves out what is less similar than this, 0..1, see Item.Similarity.
	Threshold float64
	// Bare looks at likeness only: quality, popularity and recency do not count.
	Bare bool
}

// PromptOptions ask for adapters that fit a prompt.
type PromptOptions struct {
	Ask
	Prompt string
	// ActiveIDs are the adapters used already: they are not recommended again, and what is
	// recommended must go with them. Ids that no adapter has are passed over.
	ActiveIDs []string
	// Style is words for the style wished for; "" for none.
	Style string
}

// Weights say how much each signal counts, each 0..1; only their proportions matter.
type Weights struct {
	Text       float64 `json:"text" minimum:"0" maximum:"1"`
	Style      float64 `json:"style" minimum:"0" maximum:"1"`
	Technical  float64 `json:"technical" minimum:"0" maximum:"1"`
	CoUse      float64 `json:"co_use" minimum:"0" maximum:"1"`
	Quality    float64 `json:"quality" minimum:"0" maximum:"1"`
	Popularity float64 `json:"popularity" minimum:"0" maximum:"1"`
	Recency    float64 `json:"recency" minimum:"0" maximum:"1"`
	Taste      float64 `json:"taste" minimum:"0" maximum:"1"`
}

// DefaultWeights count where the user has not said otherwise. They were chosen with
// `go run ./tests/eval -tune` on histories other than those it reports. Style and taste
// count more than those histories ask for: planted pictures have no look, and what the
// user says must be seen to matter.
var DefaultWeights = Weights{Text: 0.6, Style: 0.1, Technical: 0.5, CoUse: 1, Quality: 0.1, Popularity: 0.4, Recency: 0.1, Taste: 0.2}
