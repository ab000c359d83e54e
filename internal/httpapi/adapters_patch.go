package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
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

	raw map[string]json.RawMessage // the same, as it was sent
}

// UnmarshalJSON keeps the body as it was sent beside the checked fields: the store
// applies the former, the latter find what is wrong with it.
func (p *AdapterPatch) UnmarshalJSON(data []byte) error {
	type plain AdapterPatch
	if err := json.Unmarshal(data, (*plain)(p)); err != nil {
		return err
	}
	return json.Unmarshal(data, &p.raw)
}

type patchInput struct {
	ByID
	Body AdapterPatch
}

func (s *Server) routeAdapterPatch() {
	route(s, http.MethodPatch, "/adapters/{id}", "patchAdapter", "adapters", "Edit an adapter", s.patchAdapter)
}

func (s *Server) patchAdapter(ctx context.Context, in *patchInput) (*reply[AdapterChanged], error) {
	patch := in.Body.raw
	if in.Body.Description.given() {
		safe, err := json.Marshal(guard.SafeHTML(in.Body.Description.Value))
		if err != nil {
			return nil, err
		}
		patch["description"] = safe
	}
	changed, err := s.edit(ctx, in.ID, patch)
	var e *lora.Error
	if errors.As(err, &e) && e.Code == lora.Invalid && (len(patch) == 0 || string(patch[e.Field]) == "null") {
		return nil, badRequest(ctx, e.Message) // the contract's answer to an empty edit and to null where a value must be
	}
	return changed, err
}
