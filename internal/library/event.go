package library

import "loramanager/internal/lora"

// The events a Library announces.
const (
	EventScanProgress    = "scan_progress"    // lora.Scan without its findings, at most 5 a second
	EventScanFinished    = "scan_finished"    // lora.Scan
	EventAdaptersChanged = "adapters_changed" // AdaptersChanged
	EventRootsChanged    = "roots_changed"    // struct{}{}
	EventDigestProgress  = "digest_progress"  // DigestProgress, at most 2 a second
)

// AdaptersChanged says which records are not what they were.
type AdaptersChanged struct {
	IDs    []string `json:"ids" doc:"null when there are more than 200"`
	Reason string   `json:"reason" enum:"scan,move,trash,restore,purge,root_removed,digest"`
}

const maxChangedIDs = 200

// changed announces that records changed; nil ids mean many.
func (l *Library) changed(reason string, ids []string) {
	if len(ids) > maxChangedIDs {
		ids = nil
	}
	l.announce(EventAdaptersChanged, AdaptersChanged{IDs: ids, Reason: reason})
}

// DigestProgress says how the digest lane stands.
type DigestProgress struct {
	Done           int    `json:"done"`
	Pending        int    `json:"pending"`
	Running        bool   `json:"running"`
	CurrentPath    string `json:"current_path" doc:"Displayable path below its root"`
	BytesPerSecond int64  `json:"bytes_per_second"`
}

// The reasons a scan can have.
const (
	TriggerUser      = "user"
	TriggerStart     = "start"
	TriggerWatch     = "watch"
	TriggerSchedule  = "schedule"
	TriggerRootAdded = "root_added"
)

func warning(code, message, advice string) lora.Finding {
	return lora.Finding{Code: code, Severity: lora.Warning, Message: message, Advice: advice}
}
