package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
)

// RecommendFilters narrow what may be recommended.
type RecommendFilters struct {
	BaseModel     string        `query:"base_model" doc:"Only adapters for this base model"`
	FavoritesOnly bool          `query:"favorites_only"`
	MaxNSFWLevel  optional[int] `query:"max_nsfw_level" minimum:"0" doc:"Any when absent"`
}

type similarInput struct {
	LoraID    string            `path:"lora_id"`
	Limit     int               `query:"limit" minimum:"1" maximum:"50" default:"10"`
	Threshold optional[float64] `query:"similarity_threshold" minimum:"0" maximum:"1" doc:"Leave out what is less similar; 0.1 when absent"`
	Diversify optional[bool]    `query:"diversify_results" doc:"Let quality, popularity and recency count, and do not fill the list with one adapter's versions; true when absent"`
	Semantic  optional[float64] `query:"weight_semantic" minimum:"0" maximum:"1" doc:"Weight of the signal text; the set one when absent"`
	Artistic  optional[float64] `query:"weight_artistic" minimum:"0" maximum:"1" doc:"Weight of the signal style"`
	Technical optional[float64] `query:"weight_technical" minimum:"0" maximum:"1" doc:"Weight of the signal technical"`
	RecommendFilters
}

type triggerInput struct {
	Query string `query:"trigger_query" required:"true" minLength:"1" maxLength:"10000"`
	Limit int    `query:"limit" minimum:"1" maximum:"50" default:"10"`
	RecommendFilters
}

// BodyFilters narrow what may be recommended.
type BodyFilters struct {
	BaseModel     string         `json:"base_model,omitempty" doc:"Only adapters for this base model"`
	FavoritesOnly field[laxBool] `json:"favorites_only,omitempty"`
	MaxNSFWLevel  *int           `json:"max_nsfw_level,omitempty" nullable:"true" minimum:"0" doc:"Any when absent or null"`
}

// SomeWeights replace the set weights of some signals for one question.
type SomeWeights struct {
	Text       *float64 `json:"text,omitempty" minimum:"0" maximum:"1"`
	Style      *float64 `json:"style,omitempty" minimum:"0" maximum:"1"`
	Technical  *float64 `json:"technical,omitempty" minimum:"0" maximum:"1"`
	CoUse      *float64 `json:"co_use,omitempty" minimum:"0" maximum:"1"`
	Quality    *float64 `json:"quality,omitempty" minimum:"0" maximum:"1"`
	Popularity *float64 `json:"popularity,omitempty" minimum:"0" maximum:"1"`
	Recency    *float64 `json:"recency,omitempty" minimum:"0" maximum:"1"`
	Taste      *float64 `json:"taste,omitempty" minimum:"0" maximum:"1"`
}

// PromptQuestion asks what fits a prompt.
type PromptQuestion struct {
	Prompt          required[string]      `json:"prompt" nullable:"false" doc:"At most 64 KiB, not blank"`
	ActiveLoras     []string              `json:"active_loras,omitempty" nullable:"true" maxItems:"200" doc:"Ids of adapters in use: they are not recommended again, and what is must fit them"`
	Limit           int                   `json:"limit,omitempty" minimum:"1" maximum:"50" default:"10"`
	Explanations    field[laxBool]        `json:"include_explanations,omitempty" doc:"true when absent"`
	StylePreference field[string]         `json:"style_preference,omitempty" doc:"A style in words; raises what has it"`
	Requirements    field[map[string]any] `json:"technical_requirements,omitempty" doc:"base_model (or sd_version), kind and max_rank are understood; an unknown key is an error"`
	Weights         *SomeWeights          `json:"weights,omitempty"`
	BodyFilters
}

// ActiveQuestion asks what fits beside adapters in use.
type ActiveQuestion struct {
	AdapterIDs    []string      `json:"adapter_ids,omitempty" nullable:"true" maxItems:"200" doc:"The active adapters when absent or null"`
	CompositionID field[string] `json:"composition_id,omitempty" doc:"The adapters of this composition, where adapter_ids is absent"`
	Limit         int           `json:"limit,omitempty" minimum:"1" maximum:"50" default:"10"`
	Weights       *SomeWeights  `json:"weights,omitempty"`
	BodyFilters
}

const tagRecommend = "recommendations"

func (s *Server) routeRecommendations() {
	const tag = tagRecommend
	route(s, http.MethodGet, "/recommendations/similar/{lora_id}", "recommendSimilar", tag, "Adapters like this one", s.recommendSimilar,
		describe("Adapters for another base model are left out. Every answer can be judged under its session_id."))
	route(s, http.MethodPost, "/recommendations/for-prompt", "recommendForPrompt", tag, "Adapters for a prompt", s.recommendForPrompt)
	route(s, http.MethodGet, "/recommendations/by-trigger", "recommendByTrigger", tag, "Adapters by trigger words", s.recommendByTrigger,
		describe("Adapters with exactly these words come first. A list that stays short is filled with the latest ones, marked as fallback."))
	route(s, http.MethodPost, "/recommendations/for-active", "recommendForActive", tag, "Adapters that fit beside those in use", s.recommendForActive)
}

// errNoRecommendations is said by a server that was put together without them.
func errNoRecommendations() error {
	return lora.Errorf(lora.Unavailable, "Recommendations are not ready yet. Try again in a moment.")
}

func (s *Server) recommendSimilar(context.Context, *similarInput) (*reply[RecommendationResponse], error) {
	return nil, errNoRecommendations()
}

func (s *Server) recommendForPrompt(context.Context, *struct{ Body PromptQuestion }) (*reply[RecommendationResponse], error) {
	return nil, errNoRecommendations()
}

func (s *Server) recommendByTrigger(context.Context, *triggerInput) (*reply[RecommendationResponse], error) {
	return nil, errNoRecommendations()
}

func (s *Server) recommendForActive(context.Context, *struct{ Body ActiveQuestion }) (*reply[RecommendationResponse], error) {
	return nil, errNoRecommendations()
}
