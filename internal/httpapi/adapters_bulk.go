package httpapi

import (
	"context"
	"net/http"
)

// BulkRequest does one action to many adapters: those named, or all that match q.
type BulkRequest struct {
	Action  string     `json:"action" enum:"activate,deactivate,delete,restore,add_tags,remove_tags,set_weight,set_rating,favorite,unfavorite,move,set_base_model,set_nsfw_level" doc:"delete moves to the trash"`
	LoraIDs []string   `json:"lora_ids,omitempty" nullable:"true"`
	Q       *string    `json:"q,omitempty" nullable:"true" doc:"Search with field syntax; an empty text means every adapter"`
	Params  BulkParams `json:"params,omitempty"`
}

// BulkParams are the values an action needs.
type BulkParams struct {
	Tags      []string `json:"tags,omitempty" doc:"For add_tags and remove_tags"`
	Weight    *float64 `json:"weight,omitempty" doc:"For set_weight"`
	Rating    *int     `json:"rating,omitempty" minimum:"0" maximum:"5" doc:"For set_rating"`
	RootID    *string  `json:"root_id,omitempty" doc:"For move"`
	Folder    *string  `json:"folder,omitempty" doc:"For move"`
	BaseModel *string  `json:"base_model,omitempty" doc:"For set_base_model"`
	NSFWLevel *int     `json:"nsfw_level,omitempty" doc:"For set_nsfw_level"`
}

// BulkReply says what a bulk action did.
type BulkReply struct {
	Success   bool          `json:"success"`
	Action    string        `json:"action"`
	Processed int           `json:"processed"`
	IDs       []string      `json:"ids" doc:"The first 10,000"`
	Skipped   []BulkSkipped `json:"skipped" doc:"Adapters that were left as they are, and why"`
	UndoID    *string       `json:"undo_id" doc:"null when there is nothing to take back"`
}

// BulkSkipped is an adapter a bulk action left alone.
type BulkSkipped struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// UndoReply says how many adapters went back to what they were.
type UndoReply struct {
	Success  bool `json:"success"`
	Restored int  `json:"restored"`
}

func (s *Server) routeBulk() {
	route(s, http.MethodPost, "/adapters/bulk", "bulkAdapters", "adapters", "Change many adapters at once", s.bulkAdapters,
		describe("Either everything that is not listed under skipped is changed, or nothing. Unknown ids are skipped without a word."))
	route(s, http.MethodPost, "/undo/{id}", "undoChange", "adapters", "Take a change back", s.undoChange,
		describe("Changes can be taken back for 24 hours, the last 100 of them."))
}

func (s *Server) bulkAdapters(context.Context, *struct{ Body BulkRequest }) (*reply[BulkReply], error) {
	return nil, nil
}
func (s *Server) undoChange(context.Context, *ByID) (*reply[UndoReply], error) { return nil, nil }
