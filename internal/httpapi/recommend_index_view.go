package httpapi

import (
	"time"

	"loramanager/internal/recommend"
)

// RecommendStats are figures about the recommendations. Up to last_index_update they are
// the contract's.
type RecommendStats struct {
	TotalLoras        int        `json:"total_loras" doc:"Adapters that can be recommended"`
	LorasWithVectors  int        `json:"loras_with_embeddings" doc:"Those of them that have a vector in the index"`
	EmbeddingCoverage float64    `json:"embedding_coverage" minimum:"0" maximum:"1"`
	AverageMS         float64    `json:"avg_recommendation_time_ms" doc:"Mean of the last 1,000 answers; 0 before the first"`
	CacheHitRate      float64    `json:"cache_hit_rate" doc:"Share of questions whose vector was there already; 0 before the first"`
	Sessions          int        `json:"total_sessions"`
	Preferences       int        `json:"user_preferences_count"`
	Feedback          int        `json:"feedback_count"`
	MemoryGB          float64    `json:"model_memory_usage_gb" doc:"Of the index"`
	LastIndexUpdate   *time.Time `json:"last_index_update"`

	Embedder recommend.EmbedderState `json:"embedder"`
	Weights  recommend.Weights       `json:"weights"`
	Index    RecommendIndex          `json:"index"`
}

// RecommendHealth says whether recommending works. Status, checks, metrics and timestamp
// are the contract's.
type RecommendHealth struct {
	Status    string           `json:"status" enum:"healthy,degraded,unhealthy"`
	Error     string           `json:"error,omitempty" doc:"Why it is unhealthy"`
	Checks    RecommendChecks  `json:"checks"`
	Metrics   RecommendMetrics `json:"metrics"`
	Timestamp time.Time        `json:"timestamp"`

	Embedder recommend.EmbedderState `json:"embedder"`
	Weights  recommend.Weights       `json:"weights"`
}

// RecommendChecks are the contract's checks.
type RecommendChecks struct {
	ModelsLoaded bool `json:"models_loaded" doc:"The index is there, and so is the embedding endpoint where one is set up"`
	Coverage     bool `json:"embeddings_coverage" doc:"More than half of the adapters are in the index"`
	Performance  bool `json:"performance_acceptable" doc:"The mean answer takes less than 5 seconds"`
	Memory       bool `json:"memory_usage_ok" doc:"The index takes less than 7.5 GB"`
}

// RecommendMetrics are the contract's figures.
type RecommendMetrics struct {
	Coverage         float64 `json:"embedding_coverage" minimum:"0" maximum:"1"`
	AverageMS        float64 `json:"avg_response_time_ms"`
	MemoryGB         float64 `json:"memory_usage_gb"`
	TotalLoras       int     `json:"total_loras"`
	LorasWithVectors int     `json:"loras_with_embeddings"`
}

// ComputeRequest names the adapters whose vectors are to be made.
type ComputeRequest struct {
	AdapterIDs []string       `json:"adapter_ids,omitempty" nullable:"true" maxItems:"10000" doc:"All active ones when empty; unknown ids are passed over"`
	Force      field[laxBool] `json:"force_recompute,omitempty" doc:"Also those that are up to date"`
	All        field[laxBool] `json:"compute_all,omitempty" doc:"All adapters, whatever adapter_ids says"`
	BatchSize  int            `json:"batch_size,omitempty" minimum:"1" maximum:"128" default:"32" doc:"Without effect: how many texts an endpoint takes at once is set where it is set up"`
}

// ComputeReply says what became of them.
type ComputeReply struct {
	Processed   int                      `json:"processed_count"`
	Skipped     int                      `json:"skipped_count" doc:"Up to date already"`
	Failed      int                      `json:"error_count"`
	Seconds     float64                  `json:"processing_time_seconds"`
	Errors      []recommend.ComputeError `json:"errors"`
	CompletedAt time.Time                `json:"completed_at"`
}

// ComputedOne is the contract's answer about one adapter.
type ComputedOne struct {
	Status  string `json:"status" enum:"success"`
	Message string `json:"message"`
}

// EmbeddingReply says which vectors an adapter has.
type EmbeddingReply struct {
	AdapterID    string     `json:"adapter_id"`
	HasSemantic  bool       `json:"has_semantic_embedding"`
	HasArtistic  bool       `json:"has_artistic_embedding"`
	HasTechnical bool       `json:"has_technical_embedding"`
	HasFeatures  bool       `json:"has_extracted_features"`
	LastComputed *time.Time `json:"last_computed"`
	Needs        bool       `json:"needs_recomputation"`
}

// RebuildReply says what became of the order to build the index anew.
type RebuildReply struct {
	Status        string    `json:"status" enum:"rebuilt,skipped,empty"`
	Items         int       `json:"indexed_items"`
	Path          string    `json:"index_path" doc:"Always memory: nothing of it is kept in files"`
	SizeBytes     int       `json:"index_size_bytes"`
	Seconds       float64   `json:"processing_time_seconds"`
	RebuiltAt     time.Time `json:"rebuilt_at" doc:"When the index was built"`
	Skipped       bool      `json:"skipped"`
	SkippedReason *string   `json:"skipped_reason" enum:"existing_index"`
}

// WeightsRequest sets the weights of all signals.
type WeightsRequest struct {
	Weights recommend.Weights `json:"weights"`
}
