package httpapi

import (
	"context"
	"strings"

	"loramanager/internal/inspect"
	"loramanager/internal/lora"
	"loramanager/internal/recommend"
)

// RecommendFilters narrow what may be recommended.
type RecommendFilters struct {
	BaseModel     string        `query:"base_model" doc:"Only adapters for this base model"`
	FavoritesOnly bool          `query:"favorites_only"`
	MaxNSFWLevel  optional[int] `query:"max_nsfw_level" minimum:"0" doc:"Any when absent"`
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

func (f *RecommendFilters) filter() (recommend.Filter, error) {
	base, err := knownBase("query.base_model", f.BaseModel)
	return recommend.Filter{BaseModel: base, FavoritesOnly: f.FavoritesOnly, MaxNSFWLevel: f.MaxNSFWLevel.pointer()}, err
}

func (f *BodyFilters) filter() (recommend.Filter, error) {
	base, err := knownBase("body.base_model", f.BaseModel)
	return recommend.Filter{BaseModel: base, FavoritesOnly: bool(f.FavoritesOnly.or(false)), MaxNSFWLevel: f.MaxNSFWLevel}, err
}

// knownBase returns the id of a base model that is given by its id or name.
func knownBase(location, given string) (string, error) {
	given = strings.TrimSpace(given)
	if given == "" || strings.EqualFold(given, lora.UnknownBase) {
		return strings.ToLower(given), nil
	}
	for _, base := range inspect.Bases() {
		if strings.EqualFold(given, base.ID) || strings.EqualFold(given, base.Name) {
			return base.ID, nil
		}
	}
	return "", lora.FieldErrorf(lora.Invalid, location, "There is no base model of this name. GET /base-models lists them.")
}

// require adds what the contract calls technical requirements to a filter.
func require(filter *recommend.Filter, requirements map[string]any) error {
	for key, value := range requirements {
		location := "body.technical_requirements." + short(key)
		if key != "base_model" && key != "sd_version" {
			return lora.FieldErrorf(lora.Invalid, location, "Only base_model (or sd_version) can be required.")
		}
		name, ok := value.(string)
		if !ok {
			return lora.FieldErrorf(lora.Invalid, location, "Give the id or the name of a base model.")
		}
		base, err := knownBase(location, name)
		if err != nil {
			return err
		}
		if filter.BaseModel != "" && base != "" && filter.BaseModel != base {
			return lora.FieldErrorf(lora.Invalid, location, "This contradicts the base model that is named elsewhere in the request.")
		}
		if base != "" {
			filter.BaseModel = base
		}
	}
	return nil
}

// weights are the set ones with some replaced; nil when none is.
func (s *Server) weights(ctx context.Context, some *SomeWeights) (*recommend.Weights, error) {
	if some == nil || *some == (SomeWeights{}) {
		return nil, nil //nolint:nilnil // recommend's word for "the set ones"
	}
	w, err := s.recommend.Weights(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range []struct {
		to    *float64
		given *float64
	}{
		{&w.Text, some.Text}, {&w.Style, some.Style}, {&w.Technical, some.Technical}, {&w.CoUse, some.CoUse},
		{&w.Quality, some.Quality}, {&w.Popularity, some.Popularity}, {&w.Recency, some.Recency}, {&w.Taste, some.Taste},
	} {
		if one.given != nil {
			*one.to = *one.given
		}
	}
	return &w, nil
}
