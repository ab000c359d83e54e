package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
)

// HubState says which hubs are set up and how looking up goes.
type HubState struct {
	Hubs    []HubStatus `json:"hubs"`
	Lookups HubLookups  `json:"lookups"`
}

// HubStatus is one hub.
type HubStatus struct {
	Name       string `json:"name" enum:"civitai,civarchive,huggingface"`
	Configured bool   `json:"configured"`
	Host       string `json:"host"`
	Token      bool   `json:"token" doc:"Whether one is set; it is never shown"`
	Reachable  *bool  `json:"reachable" doc:"At the last request; null before the first"`
	Error      string `json:"error"`
}

// HubLookups are adapters that were and are to be looked up.
type HubLookups struct {
	Done    int  `json:"done"`
	Pending int  `json:"pending"`
	Running bool `json:"running"`
}

// HubLookupRequest names the adapters to look up.
type HubLookupRequest struct {
	AdapterIDs []string `json:"adapter_ids,omitempty" nullable:"true" maxItems:"100000"`
	All        bool     `json:"all,omitempty" doc:"Every adapter, where adapter_ids is absent"`
	Force      bool     `json:"force,omitempty" doc:"Also those looked up lately"`
}

// AdapterHub is what hubs say about one adapter.
type AdapterHub struct {
	Snapshot *lora.HubSnapshot `json:"snapshot" doc:"null when it was never looked up"`
	Model    *lora.HubModel    `json:"model" doc:"All versions of its model, where they were read"`
	Updates  []lora.HubVersion `json:"updates" doc:"Newer versions for the same base model that are not in the library"`
	Ignored  bool              `json:"ignored" doc:"Updates of its model are not shown"`
}

// HubApplyRequest names what is taken over from a hub.
type HubApplyRequest struct {
	Fields []string `json:"fields" minItems:"1" maxItems:"50" doc:"Such as description, tags, trained_words"`
}

// HubUpdates are adapters with a newer version.
type HubUpdates struct {
	Updates []HubUpdate `json:"updates"`
	Next    *string     `json:"next" doc:"Pass as after to read on; null at the end"`
	Total   int         `json:"total"`
}

// HubUpdate is one adapter and the version that is newer.
type HubUpdate struct {
	Adapter lora.Adapter    `json:"adapter"`
	Version lora.HubVersion `json:"version"`
}

// HubIgnore names a model, or one version of it, whose updates are not to be shown.
type HubIgnore struct {
	Hub       string `json:"hub" enum:"civitai,civarchive,huggingface"`
	ModelID   string `json:"model_id" minLength:"1" maxLength:"300"`
	VersionID string `json:"version_id,omitempty" maxLength:"300" doc:"All of its versions when absent"`
}

// HubPeekRequest names a file at a hub.
type HubPeekRequest struct {
	HubFileChoice
}

// HubFileChoice names a file at a hub by its page or by its ids.
type HubFileChoice struct {
	Hub       string `json:"hub,omitempty" enum:"civitai,civarchive,huggingface" doc:"Not needed beside url"`
	URL       string `json:"url,omitempty" maxLength:"2048" doc:"Of a page or a file at one of the hubs that are set up"`
	VersionID string `json:"version_id,omitempty" maxLength:"300"`
	FileID    string `json:"file_id,omitempty" maxLength:"500" doc:"The primary one when absent"`
}

// HubPeek is what a file at a hub is, read from its first bytes.
type HubPeek struct {
	Version    lora.HubVersion `json:"version"`
	File       lora.HubFile    `json:"file"`
	BaseModel  string          `json:"base_model" doc:"As the file itself says"`
	Kind       string          `json:"kind"`
	Rank       *int            `json:"rank"`
	Sound      bool            `json:"sound" doc:"The header has no defect"`
	Findings   []lora.Finding  `json:"findings"`
	Fits       *bool           `json:"fits" doc:"Whether there is room for it on the disk of the library; null where nobody says"`
	FreeBytes  *int64          `json:"free_bytes"`
	AdapterID  *string         `json:"adapter_id" doc:"The adapter of the library that is the same file"`
	Compatible *bool           `json:"compatible" doc:"With the adapters in use; null when none is"`
	Notes      []string        `json:"notes"`
}

type hubUpdatesInput struct {
	After string `query:"after" maxLength:"1000"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type hubApplyInput struct {
	ByID
	Body HubApplyRequest
}

func (s *Server) routeHub() {
	const tag = "hub"
	route(s, http.MethodGet, "/hub", "readHubState", tag, "Which hubs are set up", s.readHubState)
	route(s, http.MethodPost, "/hub/lookup", "lookUpAdapters", tag, "Look adapters up by their digests", s.lookUpAdapters, accepted)
	route(s, http.MethodGet, "/adapters/{id}/hub", "readAdapterHub", tag, "What hubs say about an adapter", s.readAdapterHub)
	route(s, http.MethodPost, "/adapters/{id}/hub/apply", "applyHubFields", tag, "Take over what a hub says", s.applyHubFields)
	route(s, http.MethodGet, "/hub/updates", "listHubUpdates", tag, "Adapters with a newer version", s.listHubUpdates)
	route(s, http.MethodPost, "/hub/ignored", "ignoreHubUpdates", tag, "Do not show updates of a model", s.ignoreHubUpdates)
	route(s, http.MethodDelete, "/hub/ignored", "showHubUpdates", tag, "Show updates of a model again", s.showHubUpdates)
	route(s, http.MethodPost, "/hub/peek", "peekHubFile", tag, "What a file at a hub is, before it is downloaded", s.peekHubFile)
}

func (s *Server) readHubState(ctx context.Context, _ *none) (*reply[HubState], error) {
	state, err := s.hub.HubState(ctx)
	state.Hubs = list(state.Hubs)
	return answer(state, err)
}

func (s *Server) lookUpAdapters(ctx context.Context, in *struct{ Body HubLookupRequest }) (*reply[HubLookups], error) {
	if len(in.Body.AdapterIDs) == 0 && !in.Body.All {
		return nil, lora.FieldErrorf(lora.Invalid, "adapter_ids", "Name adapters, or say all.")
	}
	ids := in.Body.AdapterIDs
	if len(ids) == 0 {
		ids = nil
	}
	return answer(s.hub.LookUp(ctx, ids, in.Body.Force))
}

func (s *Server) readAdapterHub(ctx context.Context, in *ByID) (*reply[AdapterHub], error) {
	body, err := s.hub.AdapterHub(ctx, in.ID)
	body.Updates = list(body.Updates)
	return answer(body, err)
}

func (s *Server) applyHubFields(ctx context.Context, in *hubApplyInput) (*reply[AdapterChanged], error) {
	patch, err := s.hub.HubPatch(ctx, in.ID, in.Body.Fields)
	if err != nil {
		return nil, err
	}
	return s.edit(ctx, in.ID, patch)
}

func (s *Server) listHubUpdates(ctx context.Context, in *hubUpdatesInput) (*reply[HubUpdates], error) {
	body, err := s.hub.HubUpdates(ctx, in.After, in.Limit)
	body.Updates = list(body.Updates)
	for i := range body.Updates {
		body.Updates[i].Adapter = shown(body.Updates[i].Adapter)
	}
	return answer(body, err)
}

func (s *Server) ignoreHubUpdates(ctx context.Context, in *struct{ Body HubIgnore }) (*none, error) {
	return nil, s.hub.IgnoreHub(ctx, in.Body, true)
}

func (s *Server) showHubUpdates(ctx context.Context, in *struct{ Body HubIgnore }) (*none, error) {
	return nil, s.hub.IgnoreHub(ctx, in.Body, false)
}

func (s *Server) peekHubFile(ctx context.Context, in *struct{ Body HubPeekRequest }) (*reply[HubPeek], error) {
	body, err := s.hub.PeekHub(ctx, in.Body.HubFileChoice)
	body.Findings, body.Notes = list(body.Findings), list(body.Notes)
	return answer(body, err)
}
