package recommend

import (
	"context"
	"encoding/json"

	"loramanager/internal/lora"
)

// Library is the catalog as recommending reads it.
type Library interface {
	// Change is the number of the catalog's latest change. It is asked before every
	// answer and must be cheap.
	Change(ctx context.Context) (int64, error)
	// AdapterFacts calls each for every adapter changed after since, trashed and missing
	// ones included, from one goroutine at a time. It returns the number up to which that
	// holds, and the ids of the adapters that were purged after since.
	AdapterFacts(ctx context.Context, since int64, each func(lora.AdapterFacts) error) (change int64, gone []string, err error)
	// AdapterPairs does the same for the pairs of adapters that were used together, with
	// their counts as they are now. A pair whose count fell to zero is told as such.
	AdapterPairs(ctx context.Context, since int64, each func(lora.AdapterPair)) (change int64, err error)
	// Compositions lists the latest versions of all compositions; search is left empty.
	Compositions(ctx context.Context, search string) ([]lora.Composition, error)
}

// Memory keeps the questions that were answered and what users thought of the answers.
type Memory interface {
	// AddSession keeps a session whose id and time are set.
	AddSession(ctx context.Context, session lora.RecommendSession) error
	// Session returns a session; NotFound for an unknown or forgotten id.
	Session(ctx context.Context, id string) (lora.RecommendSession, error)
	// AddFeedback keeps a feedback whose id and time are set; NotFound when its session or
	// its adapter is not there.
	AddFeedback(ctx context.Context, feedback lora.Feedback) error
	// Feedbacks returns the latest feedbacks, newest first, with the kind and the query of
	// their sessions.
	Feedbacks(ctx context.Context, limit int) ([]lora.Feedback, error)
	// DeleteFeedback takes a feedback back; NotFound for an unknown id.
	DeleteFeedback(ctx context.Context, id string) error
	// RecommendCounts counts what is kept.
	RecommendCounts(ctx context.Context) (sessions, feedback, preferences int, err error)
}

// Tastes keep what the user prefers, and how signals are weighted.
type Tastes interface {
	// PutPreference adds a preference or, when there is one of the same type and value,
	// replaces its confidence and source and counts the evidence up.
	PutPreference(ctx context.Context, preference lora.Preference) (lora.Preference, error)
	// Preferences lists all, those with the latest evidence first.
	Preferences(ctx context.Context) ([]lora.Preference, error)
	// DeletePreference forgets a preference; NotFound for an unknown id.
	DeletePreference(ctx context.Context, id string) error
	// TasteChange is the number of the latest change to feedback and preferences,
	// whichever process made it. It must be cheap.
	TasteChange(ctx context.Context) (int64, error)
	Settings(ctx context.Context) (map[string]json.RawMessage, error)
	PatchSettings(ctx context.Context, patch map[string]json.RawMessage) (map[string]json.RawMessage, error)
}
