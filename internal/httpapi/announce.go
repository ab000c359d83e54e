package httpapi

import (
	"loramanager/internal/library"
)

// Events the front door itself announces, beside those of the library.
const (
	eventSettingsChanged     = "settings_changed"
	eventCompositionsChanged = "compositions_changed"
	eventResultsChanged      = "results_changed"
	EventEnginesChanged      = "engines_changed"
)

// Events that rooms without a voice of their own have announced by those who join them.
const (
	EventRecommendChanged = "recommend_changed" // struct{}{}: ask again
	EventSystemChanged    = "system_changed"    // health.Changed
	EventTransferChanged  = "transfer_changed"  // TransferReply
	EventBackupsChanged   = "backups_changed"   // struct{}{}: ask again
	EventHubChanged       = "hub_changed"       // HubChanged
	EventLookUpProgress   = "lookup_progress"   // lora.LookUpState
	EventDownloadChanged  = "download_changed"  // DownloadReply
)

// maxAnnouncedIDs is how many ids an event carries; beyond it, listeners read everything again.
const maxAnnouncedIDs = 200

// changed tells everyone that adapters are not what they were.
func (s *Server) changed(reason string, ids []string) {
	if len(ids) > maxAnnouncedIDs {
		ids = nil
	}
	s.options.Announcer.Announce(library.EventAdaptersChanged, library.AdaptersChanged{IDs: ids, Reason: reason})
}

// ResultsChanged says that results of the history are not what they were.
type ResultsChanged struct {
	IDs    []string `json:"ids" nullable:"true" doc:"null when there are too many to name"`
	Reason string   `json:"reason"`
}

// resultsChanged tells everyone that results are not what they were.
func (s *Server) resultsChanged(reason string, ids ...string) {
	if len(ids) > maxAnnouncedIDs {
		ids = nil
	}
	s.options.Announcer.Announce(eventResultsChanged, ResultsChanged{IDs: ids, Reason: reason})
}

// HubChanged says that hubs say something else about adapters.
type HubChanged struct {
	AdapterIDs []string `json:"adapter_ids" nullable:"true" doc:"null when there are too many to name"`
}

// EverythingChanged tells everyone to read everything again, after an import or a restore.
func EverythingChanged(to library.Announcer, reason string) {
	to.Announce(library.EventAdaptersChanged, library.AdaptersChanged{Reason: reason})
	to.Announce(eventResultsChanged, ResultsChanged{Reason: reason})
	for _, event := range []string{library.EventRootsChanged, eventCompositionsChanged, eventSettingsChanged, EventEnginesChanged, EventRecommendChanged} {
		to.Announce(event, struct{}{})
	}
}
