package lora

import "time"

// AdapterFacts is what recommending knows of an adapter. The description is not among
// it: what a page says about itself is advertising, not a fact about the adapter.
type AdapterFacts struct {
	Key            int64 // the database's key
	ID             string
	Name           string
	Version        string
	FileName       string
	Author         string
	Triggers       []string
	TrainedWords   []string
	ActivationText string
	Tags           []string
	TrainingTags   []string // from the file's training facts, most frequent first, at most 50
	Archetype      string
	BaseModel      string // id, "unknown" when it is not known
	BaseVariant    string
	Kind           string
	Rank           int // 0 when unknown
	FileSize       int64
	NSFWLevel      int
	Weight         float64
	Rating         int // 1..5 of the user, 0 when not rated
	Favorite       bool
	Active         bool
	State          FileState
	UseCount       int
	LastUsedAt     *time.Time
	PublishedAt    *time.Time
	AddedAt        time.Time
	Downloads      int     // as a sidecar states them
	HubRating      float64 // 0..5 as a sidecar states it
	HubFavorites   int
}

// AdapterPair counts the generations that succeeded with both adapters, and those of
// them that are kept: favourites, and results rated 4 or 5, that are not in the trash.
type AdapterPair struct {
	A, B string // ids, A < B
	Jobs int
	Kept int
}

// RecommendKind is what was asked for.
type RecommendKind string

// The kinds of questions.
const (
	RecommendSimilar RecommendKind = "similar" // to one adapter
	RecommendPrompt  RecommendKind = "prompt"
	RecommendTrigger RecommendKind = "trigger"
	RecommendActive  RecommendKind = "active" // beside what is composed now
)

// RecommendSession is one answered question; feedback refers to it.
type RecommendSession struct {
	ID         string
	Kind       RecommendKind
	Query      string   // adapter id, prompt or trigger words
	AdapterIDs []string // adapters in use, for prompt and active
	Results    []string // ids of the adapters that were recommended, best first
	CreatedAt  time.Time
}

// FeedbackType is what a user thinks of a recommendation.
type FeedbackType string

// The types. Ignored is weak, dismissed means "not for me".
const (
	FeedbackPositive  FeedbackType = "positive"
	FeedbackNegative  FeedbackType = "negative"
	FeedbackActivated FeedbackType = "activated"
	FeedbackIgnored   FeedbackType = "ignored"
	FeedbackDismissed FeedbackType = "dismissed"
)

// Feedback is one judgement of one recommended adapter.
type Feedback struct {
	ID        string       `json:"id" format:"uuid"`
	SessionID string       `json:"session_id" format:"uuid"`
	AdapterID string       `json:"recommended_lora_id" format:"uuid"`
	Type      FeedbackType `json:"feedback_type" enum:"positive,negative,activated,ignored,dismissed"`
	Reason    *string      `json:"feedback_reason"`
	Implicit  bool         `json:"implicit_signal" doc:"Taken from what the user did, not said"`
	CreatedAt time.Time    `json:"created_at"`
	// Of the session, for ranking.
	Kind  RecommendKind `json:"-"`
	Query string        `json:"-"`
}

// PreferenceType is what a preference is about.
type PreferenceType string

// The types.
const (
	PreferArchetype PreferenceType = "archetype"
	PreferStyle     PreferenceType = "style"
	PreferTechnical PreferenceType = "technical" // base model, kind
	PreferAuthor    PreferenceType = "author"
	PreferTag       PreferenceType = "tag"
)

// Preference is something the user likes, or is seen to like.
type Preference struct {
	ID             string         `json:"id" format:"uuid"`
	Type           PreferenceType `json:"preference_type" enum:"archetype,style,technical,author,tag"`
	Value          string         `json:"preference_value"`
	Confidence     float64        `json:"confidence" minimum:"0" maximum:"1" doc:"0 dislikes, 0.5 does not care, 1 likes"`
	LearnedFrom    string         `json:"learned_from" enum:"explicit,feedback"`
	EvidenceCount  int            `json:"evidence_count"`
	LastEvidenceAt time.Time      `json:"last_evidence_at"`
	CreatedAt      time.Time      `json:"created_at"`
	UpdatedAt      time.Time      `json:"updated_at"`
}

// Embedding is the text vector a model made of an adapter's text.
type Embedding struct {
	AdapterKey int64
	AdapterID  string
	Model      string // endpoint's model name and the version of the text it was given
	TextDigest string // SHA-256 of the text, hex
	Vector     []float32
	ComputedAt time.Time
}
