package httpapi

import (
	"context"
	"net/http"
)

// AdapterPatch is an edit of one adapter. Only keys that are present are applied; unknown keys are refused.
type AdapterPatch struct {
	_                   struct{}        `additionalProperties:"false"`
	Name                field[string]   `json:"name,omitempty" nullable:"false" minLength:"1" maxLength:"500"`
	Version             field[string]   `json:"version,omitempty" maxLength:"200"`
	AuthorUsername      field[string]   `json:"author_username,omitempty" maxLength:"200"`
	Description         field[string]   `json:"description,omitempty" doc:"HTML; sanitised before it is kept"`
	ActivationText      field[string]   `json:"activation_text,omitempty"`
	NegativeText        field[string]   `json:"negative_text,omitempty"`
	Notes               field[string]   `json:"notes,omitempty" nullable:"false"`
	Tags                field[[]string] `json:"tags,omitempty" nullable:"false"`
	TrainedWords        field[[]string] `json:"trained_words,omitempty" nullable:"false"`
	Triggers            field[[]string] `json:"triggers,omitempty" nullable:"false"`
	Weight              field[float64]  `json:"weight,omitempty" nullable:"false"`
	WeightMin           field[float64]  `json:"weight_min,omitempty"`
	WeightMax           field[float64]  `json:"weight_max,omitempty"`
	Active              field[bool]     `json:"active,omitempty" nullable:"false"`
	Ordinal             field[int]      `json:"ordinal,omitempty"`
	Archetype           field[string]   `json:"archetype,omitempty"`
	ArchetypeConfidence field[float64]  `json:"archetype_confidence,omitempty"`
	Visibility          field[string]   `json:"visibility,omitempty" nullable:"false"`
	NSFWLevel           field[int]      `json:"nsfw_level,omitempty" nullable:"false"`
	SupportsGeneration  field[bool]     `json:"supports_generation,omitempty" nullable:"false"`
	SDVersion           field[string]   `json:"sd_version,omitempty"`
	BaseModel           field[string]   `json:"base_model,omitempty" doc:"Base model id; null goes back to what the file says"`
	Rating              field[int]      `json:"rating,omitempty" minimum:"0" maximum:"5" doc:"0 or null: not rated"`
	Favorite            field[bool]     `json:"favorite,omitempty" nullable:"false"`
	SourceURL           field[string]   `json:"source_url,omitempty"`
}

type patchInput struct {
	ByID
	Body AdapterPatch
}

func (s *Server) routeAdapterPatch() {
	route(s, http.MethodPatch, "/adapters/{id}", "patchAdapter", "adapters", "Edit an adapter", s.patchAdapter)
}

func (s *Server) patchAdapter(ctx context.Context, in *patchInput) (*reply[AdapterChanged], error) {
	return nil, nil
}
