package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
	"loramanager/internal/origin"
)

// HubOverview says which hubs are set up and how looking up goes.
type HubOverview struct {
	Hubs    []lora.HubState  `json:"hubs"`
	Lookups lora.LookUpState `json:"lookups"`
}

// HubLookupRequest names the adapters to look up.
type HubLookupRequest struct {
	AdapterIDs []string `json:"adapter_ids,omitempty" nullable:"true" maxItems:"100000"`
	All        bool     `json:"all,omitempty" doc:"Every adapter, where adapter_ids is absent"`
	Force      bool     `json:"force,omitempty" doc:"Also those looked up lately"`
}

// HubApplyRequest names what is taken over from a hub.
type HubApplyRequest struct {
	Fields []string `json:"fields" minItems:"1" maxItems:"50" doc:"Such as description, tags, trained_words"`
}

// HubUpdates are adapters with newer versions.
type HubUpdates struct {
	Updates []lora.HubUpdate `json:"updates"`
	Next    *string          `json:"next" doc:"Pass as after to read on; null at the end"`
}

// HubIgnore names a model, or one version of it, whose updates are not to be shown.
type HubIgnore struct {
	Hub       string `json:"hub" enum:"civitai,civarchive,huggingface"`
	ModelID   string `json:"model_id" minLength:"1" maxLength:"300"`
	VersionID string `json:"version_id,omitempty" maxLength:"300" doc:"All of its versions when absent"`
}

// HubIgnoredList is what nobody wants to hear of.
type HubIgnoredList struct {
	Ignored []lora.HubIgnored `json:"ignored"`
}

// HubFileChoice names a file at a hub by its page or by its ids.
type HubFileChoice struct {
	Hub       string `json:"hub,omitempty" enum:"civitai,civarchive,huggingface" doc:"Not needed beside url"`
	URL       string `json:"url,omitempty" maxLength:"2048" doc:"Of a page or a file at one of the hubs that are set up"`
	ModelID   string `json:"model_id,omitempty" maxLength:"300" doc:"Beside version_id, where the hub needs it"`
	VersionID string `json:"version_id,omitempty" maxLength:"300"`
	FileID    string `json:"file_id,omitempty" maxLength:"500" doc:"The primary one when absent"`
}

func (c *HubFileChoice) request() origin.FileRequest {
	return origin.FileRequest{Hub: c.Hub, ModelID: c.ModelID, VersionID: c.VersionID, FileID: c.FileID, URL: c.URL}
}

// HubPreview names an example picture.
type HubPreview struct {
	URL string `json:"url,omitempty" maxLength:"2048" doc:"One of those the hub lists; the first when absent"`
}

type hubPreviewInput struct {
	ByID
	Body *HubPreview
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
	route(s, http.MethodPost, "/hub/lookup", "lookUpAdapters", tag, "Look adapters up by their digests", s.lookUpAdapters, accepted,
		describe("What hubs say fills only what nothing else says. 409 while a look-up is running."))
	route(s, http.MethodPost, "/hub/lookup/cancel", "cancelHubLookup", tag, "End the look-up", s.cancelHubLookup, accepted,
		describe("What was found stays, and the next one goes on from there."))
	route(s, http.MethodGet, "/adapters/{id}/hub", "readAdapterHub", tag, "What hubs say about an adapter", s.readAdapterHub)
	route(s, http.MethodPost, "/adapters/{id}/hub/apply", "applyHubFields", tag, "Take over what a hub says", s.applyHubFields)
	route(s, http.MethodPost, "/adapters/{id}/hub/preview", "fetchHubPreview", tag, "Fetch a preview from a hub", s.fetchHubPreview,
		describe("It is drawn anew and put beside the file. 409 when there is a preview already."))
	route(s, http.MethodGet, "/hub/updates", "listHubUpdates", tag, "Adapters with newer versions", s.listHubUpdates)
	route(s, http.MethodGet, "/hub/ignored", "listHubIgnored", tag, "Models whose updates are not shown", s.listHubIgnored)
	route(s, http.MethodPost, "/hub/ignored", "ignoreHubUpdates", tag, "Do not show updates of a model", s.ignoreHubUpdates)
	route(s, http.MethodDelete, "/hub/ignored", "showHubUpdates", tag, "Show updates of a model again", s.showHubUpdates)
	route(s, http.MethodPost, "/hub/peek", "peekHubFile", tag, "What a file at a hub is, before it is downloaded", s.peekHubFile,
		describe("Only its first bytes are read."))
}

func (s *Server) readHubState(ctx context.Context, _ *none) (*reply[HubOverview], error) {
	lookups, err := s.origin.LookUps(ctx)
	return answer(HubOverview{Hubs: list(s.origin.Hubs()), Lookups: lookups}, err)
}

func (s *Server) lookUpAdapters(ctx context.Context, in *struct{ Body HubLookupRequest }) (*reply[lora.LookUpState], error) {
	b := &in.Body
	return answer(s.origin.LookUp(ctx, origin.LookUpRequest{AdapterIDs: b.AdapterIDs, All: b.All && len(b.AdapterIDs) == 0, Force: b.Force}))
}

func (s *Server) cancelHubLookup(ctx context.Context, _ *none) (*reply[lora.LookUpState], error) {
	s.origin.CancelLookUp()
	return answer(s.origin.LookUps(ctx))
}

func (s *Server) readAdapterHub(ctx context.Context, in *ByID) (*reply[lora.AdapterHub], error) {
	return answer(s.origin.About(ctx, in.ID))
}

func (s *Server) applyHubFields(ctx context.Context, in *hubApplyInput) (*reply[AdapterChanged], error) {
	adapter, undoID, err := s.origin.Apply(ctx, in.ID, in.Body.Fields)
	if err != nil {
		return nil, err
	}
	return s.edited(adapter, undoID)
}

func (s *Server) fetchHubPreview(ctx context.Context, in *hubPreviewInput) (*reply[AdapterReply], error) {
	address := ""
	if in.Body != nil {
		address = in.Body.URL
	}
	if err := s.origin.FetchPreview(ctx, in.ID, address); err != nil {
		return nil, err
	}
	adapter, err := s.adapter(ctx, in.ID)
	return answer(AdapterReply{Adapter: shown(adapter)}, err)
}

func (s *Server) listHubUpdates(ctx context.Context, in *hubUpdatesInput) (*reply[HubUpdates], error) {
	updates, next, err := s.origin.Updates(ctx, in.After, in.Limit)
	body := HubUpdates{Updates: list(updates)}
	if next != "" {
		body.Next = &next
	}
	return answer(body, err)
}

func (s *Server) listHubIgnored(ctx context.Context, _ *none) (*reply[HubIgnoredList], error) {
	ignored, err := s.origin.Ignored(ctx)
	return answer(HubIgnoredList{Ignored: list(ignored)}, err)
}

func (i *HubIgnore) word() lora.HubIgnored {
	return lora.HubIgnored{Hub: i.Hub, ModelID: i.ModelID, VersionID: i.VersionID}
}

func (s *Server) ignoreHubUpdates(ctx context.Context, in *struct{ Body HubIgnore }) (*none, error) {
	return nil, s.origin.Ignore(ctx, in.Body.word())
}

func (s *Server) showHubUpdates(ctx context.Context, in *struct{ Body HubIgnore }) (*none, error) {
	return nil, s.origin.Unignore(ctx, in.Body.word())
}

func (s *Server) peekHubFile(ctx context.Context, in *struct{ Body HubFileChoice }) (*reply[lora.HubPeek], error) {
	return answer(s.origin.Peek(ctx, in.Body.request()))
}
