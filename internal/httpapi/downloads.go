package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
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
	Folder string `json:"folder,omitempty" maxLength:"4096" doc:"Below that folder, / between names"`
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
	for _, o := range []struct{ word, id, summary string }{
		{"pause", "pauseDownload", "Pause a download"}, {"resume", "resumeDownload", "Go on with a paused download"},
		{"retry", "retryDownload", "Try a download again"}, {"cancel", "cancelDownload", "Cancel a download"},
	} {
		route(s, http.MethodPost, "/downloads/{id}/"+o.word, o.id, tag, o.summary, func(ctx context.Context, in *ByID) (*reply[DownloadReply], error) {
			download, err := s.downloads.SteerDownload(ctx, in.ID, o.word)
			return answer(DownloadReply{Download: download}, err)
		}, describe("409 when its state does not allow it."))
	}
	route(s, http.MethodDelete, "/downloads/{id}", "deleteDownload", tag, "Forget a download that is over", s.deleteDownload)
}

func (s *Server) listDownloads(ctx context.Context, _ *none) (*reply[DownloadList], error) {
	found, err := s.downloads.Downloads(ctx)
	return answer(DownloadList{Downloads: list(found)}, err)
}

func (s *Server) addDownload(ctx context.Context, in *struct{ Body DownloadCreate }) (*reply[DownloadReply], error) {
	added, err := s.downloads.AddDownload(ctx, in.Body)
	return answer(DownloadReply{Download: added}, err)
}

func (s *Server) orderDownloads(ctx context.Context, in *struct{ Body DownloadOrder }) (*reply[DownloadList], error) {
	if err := s.downloads.OrderDownloads(ctx, in.Body.IDs); err != nil {
		return nil, err
	}
	return s.listDownloads(ctx, nil)
}

func (s *Server) deleteDownload(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.downloads.DeleteDownload(ctx, in.ID)
}
