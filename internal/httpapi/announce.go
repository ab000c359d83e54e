package httpapi

import (
	"loramanager/internal/library"
)

// Events the front door itself announces, beside those of the library.
const eventSettingsChanged = "settings_changed"

// maxAnnouncedIDs is how many ids an event carries; beyond it, listeners read everything again.
const maxAnnouncedIDs = 200

// changed tells everyone that adapters are not what they were.
func (s *Server) changed(reason string, ids []string) {
	if len(ids) > maxAnnouncedIDs {
		ids = nil
	}
	s.options.Announcer.Announce(library.EventAdaptersChanged, library.AdaptersChanged{IDs: ids, Reason: reason})
}
