package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
	"loramanager/internal/recommend"
)

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

// PromptQuestion asks what fits a prompt.
type PromptQuestion struct {
	Prompt          required[string]      `json:"prompt" nullable:"false" doc:"At most 64 KiB, not blank"`
	ActiveLoras     []string              `json:"active_loras,omitempty" nullable:"true" maxItems:"200" doc:"Ids of adapters in use: they are not recommended again, and what is must fit them"`
	Limit           int                   `json:"limit,omitempty" minimum:"1" maximum:"50" default:"10"`
	Explanations    field[laxBool]        `json:"include_explanations,omitempty" doc:"true when absent"`
	StylePreference field[string]         `json:"style_preference,omitempty" doc:"A style in words; raises what has it"`
	Requirements    field[map[string]any] `json:"technical_requirements,omitempty" doc:"base_model, or sd_version with its id or name, is understood; another key is an error"`
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

type activeInput struct {
	Body *ActiveQuestion // nil asks about the active adapters
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

// usualThreshold is the contract's for adapters like one.
const usualThreshold = 0.1

// similarParameters are where stands what recommend may object to: NaN is a number to
// those who check bounds.
var similarParameters = map[string]string{
	"similarity_threshold": "similarity_threshold", "weights": "weight_semantic", "weights." + recommend.SignalText: "weight_semantic",
	"weights." + recommend.SignalStyle: "weight_artistic", "weights." + recommend.SignalTechnical: "weight_technical",
}

func (s *Server) recommendSimilar(ctx context.Context, in *similarInput) (*reply[RecommendationResponse], error) {
	filter, err := in.filter()
	if err != nil {
		return nil, err
	}
	o := recommend.SimilarOptions{Ask: recommend.Ask{Limit: in.Limit, Filter: filter}, Threshold: usualThreshold, Bare: in.Diversify.Set && !in.Diversify.Value}
	if in.Threshold.Set {
		o.Threshold = in.Threshold.Value
	}
	if o.Weights, err = s.weights(ctx, &SomeWeights{Text: in.Semantic.pointer(), Style: in.Artistic.pointer(), Technical: in.Technical.pointer()}); err != nil {
		return nil, err
	}
	found, err := s.recommend.Similar(ctx, in.LoraID, o)
	if lora.CodeOf(err) == lora.NotFound {
		err = lora.Errorf(lora.NotFound, "LoRA %s not found", short(in.LoraID))
	}
	if err != nil {
		for field, parameter := range similarParameters {
			err = at("query."+parameter, field, err)
		}
		return nil, err
	}
	body, err := s.answered(ctx, &found)
	body.TargetLoraID, body.Config.SimilarityThreshold = &in.LoraID, &o.Threshold
	return answer(body, err)
}

func (s *Server) recommendForPrompt(ctx context.Context, in *struct{ Body PromptQuestion }) (*reply[RecommendationResponse], error) {
	q := &in.Body
	filter, err := q.filter()
	if err != nil {
		return nil, err
	}
	if err := require(&filter, q.Requirements.Value); err != nil {
		return nil, err
	}
	o := recommend.PromptOptions{Ask: recommend.Ask{Limit: q.Limit, Filter: filter}, Prompt: q.Prompt.Value, ActiveIDs: q.ActiveLoras, Style: q.StylePreference.Value}
	if o.Weights, err = s.weights(ctx, q.Weights); err != nil {
		return nil, err
	}
	found, err := s.recommend.ForPrompt(ctx, o)
	if err != nil {
		return nil, err
	}
	body, err := s.answered(ctx, &found)
	body.Prompt, body.Config.Requirements = &q.Prompt.Value, q.Requirements.Value
	if q.StylePreference.given() {
		body.Config.StylePreference = &q.StylePreference.Value
	}
	if !q.Explanations.or(true) {
		for i := range body.Recommendations {
			body.Recommendations[i].Explanation = ""
		}
	}
	return answer(body, err)
}

func (s *Server) recommendByTrigger(ctx context.Context, in *triggerInput) (*reply[RecommendationResponse], error) {
	filter, err := in.filter()
	if err != nil {
		return nil, err
	}
	found, err := s.recommend.ByTrigger(ctx, in.Query, recommend.Ask{Limit: in.Limit, Filter: filter})
	if err != nil {
		return nil, at("query.trigger_query", "trigger_query", err)
	}
	body, err := s.answered(ctx, &found)
	body.TriggerQuery, body.Config.TriggerQuery = &in.Query, &in.Query
	return answer(body, err)
}

func (s *Server) recommendForActive(ctx context.Context, in *activeInput) (*reply[RecommendationResponse], error) {
	q := in.Body
	if q == nil {
		q = &ActiveQuestion{}
	}
	filter, err := q.filter()
	if err != nil {
		return nil, err
	}
	ids, err := s.inUse(ctx, q)
	if err != nil {
		return nil, err
	}
	weights, err := s.weights(ctx, q.Weights)
	if err != nil {
		return nil, err
	}
	found, err := s.recommend.ForActive(ctx, ids, recommend.Ask{Limit: q.Limit, Filter: filter, Weights: weights})
	if err != nil {
		return nil, err
	}
	return answer(s.answered(ctx, &found))
}

// inUse are the adapters a question is about; nil means the active ones.
func (s *Server) inUse(ctx context.Context, q *ActiveQuestion) ([]string, error) {
	if q.AdapterIDs != nil || !q.CompositionID.given() {
		return q.AdapterIDs, nil
	}
	composition, err := s.store.Composition(ctx, q.CompositionID.Value)
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for i := range composition.Entries {
		if e := &composition.Entries[i]; e.Enabled {
			ids = append(ids, e.AdapterID)
		}
	}
	return ids, nil
}
