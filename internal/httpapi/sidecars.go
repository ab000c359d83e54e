package httpapi

import (
	"context"
	"net/http"
)

// SidecarFormats are the formats sidecars can be written in.
type SidecarFormats struct {
	Formats []SidecarFormat `json:"formats"`
}

// SidecarFormat is the format of one manager.
type SidecarFormat struct {
	ID      string `json:"id"`
	Manager string `json:"manager" doc:"Who reads it"`
	Suffix  string `json:"suffix" doc:"What stands behind the adapter's name, such as .civitai.info"`
	Carries string `json:"carries" doc:"What of an adapter it can hold"`
}

// SidecarRequest orders sidecars beside adapter files.
type SidecarRequest struct {
	Format     string   `json:"format" minLength:"1" maxLength:"50"`
	AdapterIDs []string `json:"adapter_ids,omitempty" nullable:"true" maxItems:"100000"`
	Q          *string  `json:"q,omitempty" nullable:"true" doc:"All adapters that match, where adapter_ids is absent; an empty text means every adapter"`
	Overwrite  bool     `json:"overwrite,omitempty" doc:"Also where the file is there; what others wrote into it is kept"`
}

func (s *Server) routeSidecars() {
	const tag = tagTransfer
	route(s, http.MethodGet, "/sidecars/formats", "listSidecarFormats", tag, "Formats of sidecars", s.listSidecarFormats)
	route(s, http.MethodPost, "/sidecars", "writeSidecars", tag, "Write sidecars for other managers", s.writeSidecars, accepted)
}

func (s *Server) listSidecarFormats(context.Context, *none) (*reply[SidecarFormats], error) {
	return answer(SidecarFormats{Formats: list(s.sidecars.SidecarFormats())}, nil)
}

func (s *Server) writeSidecars(ctx context.Context, in *struct{ Body SidecarRequest }) (*reply[TransferReply], error) {
	ids, err := s.selected(ctx, &Selection{LoraIDs: in.Body.AdapterIDs, Q: in.Body.Q})
	if err != nil {
		return nil, err
	}
	return transferReply(s.sidecars.WriteSidecars(ctx, in.Body.Format, ids, in.Body.Overwrite))
}
