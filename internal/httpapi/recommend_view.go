package httpapi

import (
	"time"

	"loramanager/internal/lora"
)

// RecommendationResponse is one answered question. Up to generated_at it is the contract's.
type RecommendationResponse struct {
	TargetLoraID    *string              `json:"target_lora_id"`
	Prompt          *string              `json:"prompt"`
	TriggerQuery    *string              `json:"trigger_query"`
	Recommendations []RecommendationItem `json:"recommendations" doc:"Best first"`
	TotalCandidates int                  `json:"total_candidates" doc:"Adapters that were weighed against each other"`
	ProcessingMS    float64              `json:"processing_time_ms"`
	Config          RecommendConfig      `json:"recommendation_config"`
	GeneratedAt     time.Time            `json:"generated_at"`

	SessionID string             `json:"session_id" format:"uuid" doc:"Feedback on this answer names it"`
	Kind      lora.RecommendKind `json:"kind" enum:"similar,prompt,trigger,active"`
	Excluded  RecommendExcluded  `json:"excluded"`
	Index     RecommendIndex     `json:"index"`
}

// RecommendationItem is one recommended adapter and why. Up to metadata it is the contract's.
type RecommendationItem struct {
	LoraID             string         `json:"lora_id" format:"uuid"`
	LoraName           string         `json:"lora_name"`
	LoraDescription    *string        `json:"lora_description" doc:"Shown, never weighed: it is advertising"`
	SimilarityScore    float64        `json:"similarity_score" doc:"0 to 1, of what the adapters are"`
	FinalScore         float64        `json:"final_score" doc:"0 to 1, of all signals by their weights"`
	Explanation        string         `json:"explanation" doc:"The words of the signals, the weightiest first; empty when not wanted"`
	SemanticSimilarity *float64       `json:"semantic_similarity" doc:"Score of the signal text"`
	ArtisticSimilarity *float64       `json:"artistic_similarity" doc:"Score of the signal style"`
	TechSimilarity     *float64       `json:"technical_similarity" doc:"Score of the signal technical"`
	QualityBoost       *float64       `json:"quality_boost" doc:"What the signal quality adds to the final score"`
	PopularityBoost    *float64       `json:"popularity_boost" doc:"What the signal popularity adds"`
	RecencyBoost       *float64       `json:"recency_boost" doc:"What the signal recency adds"`
	Metadata           map[string]any `json:"metadata" nullable:"true" doc:"tags, author, sd_version, nsfw_level, and trigger, trigger_sources where triggers were searched"`

	Adapter  lora.Adapter       `json:"adapter"`
	Signals  []RecommendSignal  `json:"signals" doc:"What there is evidence for, the largest contribution first"`
	Feedback *lora.FeedbackType `json:"feedback" enum:"positive,negative,activated,ignored,dismissed" doc:"What the user said last about this adapter as an answer to this question"`
	Fallback bool               `json:"fallback" doc:"Nothing matched: put in to fill the list"`
}

// RecommendSignal is one reason for or against an adapter.
type RecommendSignal struct {
	Signal       string  `json:"signal" enum:"text,style,technical,co_use,quality,popularity,recency,taste"`
	Score        float64 `json:"score" minimum:"0" maximum:"1"`
	Weight       float64 `json:"weight" minimum:"0" maximum:"1" doc:"Share of the final score"`
	Contribution float64 `json:"contribution" doc:"score times weight; those of all signals add up to the final score"`
	Words        string  `json:"words" doc:"The evidence in words"`
}

// RecommendExcluded counts adapters that were left out.
type RecommendExcluded struct {
	Incompatible int `json:"incompatible" doc:"Made for another base model"`
	Dismissed    int `json:"dismissed" doc:"The user said that they are not for this"`
	Unavailable  int `json:"unavailable" doc:"Missing, unreadable or in the trash"`
}

// RecommendIndex says what an answer was found in.
type RecommendIndex struct {
	Adapters int   `json:"adapters"`
	Change   int64 `json:"change" doc:"Number of the catalog's change it has seen"`
}

// RecommendConfig says how an answer was found. Device and gpu_enabled are the
// contract's; the vectors are small enough for the processor.
type RecommendConfig struct {
	Device              string         `json:"device"`
	GPUEnabled          bool           `json:"gpu_enabled"`
	SimilarityThreshold *float64       `json:"similarity_threshold" doc:"null where the question has none"`
	TriggerQuery        *string        `json:"trigger_query"`
	StylePreference     *string        `json:"style_preference"`
	Requirements        map[string]any `json:"technical_requirements" nullable:"true"`
	Weights             UsedWeights    `json:"weights"`
}

// UsedWeights are the weights of one answer. Semantic and artistic are the contract's
// names for text and style.
type UsedWeights struct {
	Semantic float64 `json:"semantic"`
	Artistic float64 `json:"artistic"`
	RecommendWeights
}

// RecommendWeights say how much each signal counts. Only their relation matters.
type RecommendWeights struct {
	Text       float64 `json:"text" minimum:"0" maximum:"1"`
	Style      float64 `json:"style" minimum:"0" maximum:"1"`
	Technical  float64 `json:"technical" minimum:"0" maximum:"1"`
	CoUse      float64 `json:"co_use" minimum:"0" maximum:"1"`
	Quality    float64 `json:"quality" minimum:"0" maximum:"1"`
	Popularity float64 `json:"popularity" minimum:"0" maximum:"1"`
	Recency    float64 `json:"recency" minimum:"0" maximum:"1"`
	Taste      float64 `json:"taste" minimum:"0" maximum:"1"`
}

// WeightsReply are the weights in force and those the program comes with.
type WeightsReply struct {
	Weights  RecommendWeights `json:"weights"`
	Defaults RecommendWeights `json:"defaults"`
}
