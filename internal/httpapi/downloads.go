package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
	"loramanager/internal/origin"
)

// DownloadList are downloads in the order they are made in; those that are over come last.
type DownloadList struct {
	Downloads []lora.Download `json:"downloads"`
}

// DownloadReply is one download.
type DownloadReply struct {
	Download lora.Download `json:"download"`
}

// DownloadCreate orders a download.
type DownloadCreate struct {
	HubFileChoice
	RootID string `json:"root_id" minLength:"1" doc:"Library folder it goes to"`
	Folder string `json:"folder,omitempty" maxLength:"4096" doc:"Below that folder, / between names; {base_model}, {creator}, {type}, {model} and {version} stand for what the hub says"`
	Twice  bool   `json:"twice,omitempty" doc:"Also when the library has the very file"`
}

// DownloadOrder is the order in which waiting downloads are made.
type DownloadOrder struct {
	IDs []string `json:"ids" minItems:"1" maxItems:"10000" doc:"Those not named come after, as they were"`
}

func (s *Server) routeHubDownloads() {
	const tag = "hub"
	route(s, http.MethodGet, "/downloads", "listDownloads", tag, "List downloads", s.listDownloads)
	route(s, http.MethodPost, "/downloads", "addDownload", tag, "Download a file from a hub", s.addDownload, created)
	route(s, http.MethodPatch, "/downloads", "orderDownloads", tag, "Change the order of downloads", s.orderDownloads)
	for _, o := range []struct {
		word, id, summary string
		steer             func(ctx context.Context, id string) (lora.Download, error)
	}{
		{"pause", "pauseDownload", "Pause a download", s.origin.Pause}, {"resume", "resumeDownload", "Go on with a paused download", s.origin.Resume},
		{"retry", "retryDownload", "Try a download again", s.origin.Retry}, {"cancel", "cancelDownload", "Cancel a download", s.origin.Cancel},
	} {
		route(s, http.MethodPost, "/downloads/{id}/"+o.word, o.id, tag, o.summary, func(ctx context.Context, in *ByID) (*reply[DownloadReply], error) {
			download, err := o.steer(ctx, in.ID)
			return answer(DownloadReply{Download: download}, err)
		}, describe("409 when its state does not allow it."))
	}
	route(s, http.MethodDelete, "/downloads/{id}", "deleteDownload", tag, "Forget a download that is over", s.deleteDownload)
}

func (s *Server) listDownloads(ctx context.Context, _ *none) (*reply[DownloadList], error) {
	found, err := s.origin.Downloads(ctx)
	return answer(DownloadList{Downloads: list(found)}, err)
}

func (s *Server) addDownload(ctx context.Context, in *struct{ Body DownloadCreate }) (*reply[DownloadReply], error) {
	added, err := s.origin.Download(ctx, origin.DownloadRequest{
		FileRequest: in.Body.request(), RootID: in.Body.RootID, Folder: in.Body.Folder, Twice: in.Body.Twice,
	})
	return answer(DownloadReply{Download: added}, err)
}

func (s *Server) orderDownloads(ctx context.Context, in *struct{ Body DownloadOrder }) (*reply[DownloadList], error) {
	if err := s.origin.Reorder(ctx, in.Body.IDs); err != nil {
		return nil, err
	}
	return s.listDownloads(ctx, nil)
}

func (s *Server) deleteDownload(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.origin.Remove(ctx, in.ID)
}
