package httpapi

import (
	"context"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/recommend"
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
	Excluded  recommend.Excluded `json:"excluded"`
	Index     RecommendIndex     `json:"index"`
	Note      string             `json:"note" doc:"A sentence when the question had little to go by; empty otherwise"`
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

	Adapter    lora.Adapter       `json:"adapter"`
	Signals    []recommend.Signal `json:"signals" doc:"What there is evidence for, the largest contribution first"`
	Feedback   *lora.FeedbackType `json:"feedback" enum:"positive,negative,activated,ignored,dismissed" doc:"What the user said last about this adapter for this question"`
	FeedbackID *string            `json:"feedback_id" format:"uuid" doc:"Under which that feedback can be withdrawn"`
	Fallback   bool               `json:"fallback" doc:"Nothing matched: put in to fill the list"`
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
	recommend.Weights
}

// WeightsReply are the weights in force and those the program comes with.
type WeightsReply struct {
	Weights  recommend.Weights `json:"weights"`
	Defaults recommend.Weights `json:"defaults"`
}

// answered shows an answer with the records of its adapters, as they are now. One that
// was purged meanwhile is left out.
func (s *Server) answered(ctx context.Context, a *recommend.Answer) (RecommendationResponse, error) {
	ids := make([]string, len(a.Items))
	for i := range a.Items {
		ids[i] = a.Items[i].AdapterID
	}
	adapters, err := s.adapters(ctx, ids)
	if err != nil {
		return RecommendationResponse{}, err
	}
	byID := make(map[string]*lora.Adapter, len(adapters))
	for i := range adapters {
		byID[adapters[i].ID] = &adapters[i]
	}
	r := RecommendationResponse{
		Recommendations: make([]RecommendationItem, 0, len(a.Items)), TotalCandidates: a.Candidates,
		ProcessingMS: milliseconds(a.Took), GeneratedAt: a.At, SessionID: a.SessionID, Kind: a.Kind, Excluded: a.Excluded,
		Index: RecommendIndex{Adapters: a.Adapters, Change: a.Change}, Note: a.Note,
		Config: RecommendConfig{Device: "cpu", Weights: UsedWeights{Semantic: a.Weights.Text, Artistic: a.Weights.Style, Weights: a.Weights}},
	}
	for i := range a.Items {
		if adapter := byID[a.Items[i].AdapterID]; adapter != nil {
			r.Recommendations = append(r.Recommendations, recommendationItem(&a.Items[i], adapter))
		}
	}
	return r, nil
}

func recommendationItem(i *recommend.Item, a *lora.Adapter) RecommendationItem {
	metadata := map[string]any{"tags": a.Tags[:min(len(a.Tags), shownTags)], "author": a.AuthorUsername, "sd_version": a.SDVersion, "nsfw_level": a.NSFWLevel}
	if m := i.Matched; m != nil {
		metadata["trigger"], metadata["trigger_sources"], metadata["trigger_confidence"], metadata["trigger_exact"] = m.Trigger, m.Sources, m.Confidence, m.Exact
	}
	item := RecommendationItem{
		LoraID: a.ID, LoraName: a.Name, LoraDescription: a.Description, SimilarityScore: i.Similarity, FinalScore: i.Final, Explanation: i.Explanation,
		SemanticSimilarity: i.Score(recommend.SignalText), ArtisticSimilarity: i.Score(recommend.SignalStyle), TechSimilarity: i.Score(recommend.SignalTechnical),
		QualityBoost: contribution(i, recommend.SignalQuality), PopularityBoost: contribution(i, recommend.SignalPopularity),
		RecencyBoost: contribution(i, recommend.SignalRecency), Metadata: metadata,
		Adapter: shown(*a), Signals: list(i.Signals), Fallback: i.Fallback,
	}
	if f := i.Feedback; f != nil {
		item.Feedback, item.FeedbackID = &f.Type, &f.ID
	}
	return item
}

// shownTags is how many tags the contract's metadata has.
const shownTags = 5

// contribution is what a signal adds to the final score; nil when it says nothing.
func contribution(i *recommend.Item, signal string) *float64 {
	for _, s := range i.Signals {
		if s.Signal == signal {
			return &s.Contribution
		}
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
