package httpapi

import (
	"net/http"

	"loramanager/internal/lora"
)

// ParseRequest is a text that a prompt is taken from.
type ParseRequest struct {
	Text    string `json:"text" minLength:"1" maxLength:"1048576" doc:"A prompt, or all the parameters some tool noted"`
	Dialect string `json:"dialect,omitempty" doc:"How adapters are written in it; found out when absent" enum:"a1111,sdnext,swarmui,comfyui,stabilitymatrix,invokeai,sdcpp"`
}

// Rebuilt is a composition taken from a text or a picture.
type Rebuilt struct {
	Producer string             `json:"producer" doc:"The tool that wrote it, as far as it can be told"`
	Dialect  string             `json:"dialect"`
	Text     string             `json:"text" doc:"The prompt without its adapters"`
	Negative string             `json:"negative"`
	Entries  []lora.Composed    `json:"entries" doc:"Adapters that the catalog knows"`
	Lost     []lora.LostAdapter `json:"lost" doc:"Those it does not"`
	Params   *RebuiltParams     `json:"params"`
	Raw      string             `json:"raw" doc:"What was read"`
}

// RebuiltParams are the parameters the source states; what it does not state is absent.
type RebuiltParams struct {
	Steps             *int        `json:"steps,omitempty"`
	SamplerName       *string     `json:"sampler_name,omitempty"`
	Scheduler         *string     `json:"scheduler,omitempty"`
	CFGScale          *float64    `json:"cfg_scale,omitempty"`
	Width             *int        `json:"width,omitempty"`
	Height            *int        `json:"height,omitempty"`
	Seed              *int64      `json:"seed,omitempty"`
	DenoisingStrength *float64    `json:"denoising_strength,omitempty"`
	Model             *string     `json:"model,omitempty"`
	VAE               *string     `json:"vae,omitempty"`
	ClipSkip          *int        `json:"clip_skip,omitempty"`
	Hires             *lora.Hires `json:"hires,omitempty"`
}

// RebuiltFromPicture is a composition taken from a picture.
type RebuiltFromPicture struct {
	Rebuilt
	Picture PictureFacts `json:"picture"`
}

// PictureFacts are what a picture measures.
type PictureFacts struct {
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Type   string `json:"type" enum:"image/png,image/jpeg,image/webp"`
}

// ExpandRequest asks for prompts from a template with choices and wildcards.
type ExpandRequest struct {
	Template string `json:"template" minLength:"1" maxLength:"65536"`
	Seed     int    `json:"seed,omitempty" minimum:"0" maximum:"9007199254740991" doc:"The same seed gives the same prompts"`
	Count    int    `json:"count,omitempty" minimum:"1" maximum:"10000" default:"10"`
	All      bool   `json:"all,omitempty" doc:"Every possible prompt in order, up to count, instead of drawn ones"`
}

// Expanded are the prompts a template gives.
type Expanded struct {
	Prompts  []string `json:"prompts"`
	Possible int      `json:"possible" doc:"How many different prompts there are, counted up to 1,000,000,000"`
	Seed     int      `json:"seed"`
}

// WildcardList are the wildcards that templates may name.
type WildcardList struct {
	Wildcards []WildcardFile `json:"wildcards"`
	Folder    string         `json:"folder" doc:"Where the files lie: one text file for each, one value a line"`
}

// WildcardFile is one wildcard.
type WildcardFile struct {
	Name  string `json:"name" doc:"As templates write it between double underscores"`
	Lines int    `json:"lines" doc:"How many values it has"`
}

func (s *Server) routePrompts() {
	route(s, http.MethodPost, "/prompts/parse", "parsePrompt", "compose", "Take a prompt apart", s.parsePrompt)
	route(s, http.MethodPost, "/prompts/read-picture", "readPicture", "compose", "Read the prompt noted in a picture", s.readPicture, takesPicture, shareUploads(s.uploads))
	route(s, http.MethodPost, "/prompts/expand", "expandPrompt", "compose", "Make prompts from a template", s.expandPrompt)
	route(s, http.MethodGet, "/wildcards", "listWildcards", "compose", "List the wildcards", s.listWildcards)
}
