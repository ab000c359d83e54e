package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

// Selection says which adapters a request speaks of: those named, or all that match q
// but a few.
type Selection struct {
	LoraIDs   []string `json:"lora_ids,omitempty" nullable:"true"`
	Q         *string  `json:"q,omitempty" nullable:"true" doc:"Search with field syntax; an empty text means every adapter"`
	ExceptIDs []string `json:"except_ids,omitempty" nullable:"true" maxItems:"1000" doc:"Adapters that match q and are left out"`
}

// BulkRequest does one action to many adapters.
type BulkRequest struct {
	Action string `json:"action" enum:"activate,deactivate,delete,restore,add_tags,remove_tags,set_weight,set_rating,favorite,unfavorite,move,set_base_model,set_nsfw_level" doc:"delete moves to the trash"`
	Selection
	Params BulkParams `json:"params,omitempty"`
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
	Success   bool           `json:"success"`
	Action    string         `json:"action"`
	Processed int            `json:"processed"`
	IDs       []string       `json:"ids" doc:"The first 10,000"`
	Skipped   []lora.Skipped `json:"skipped" doc:"Adapters that were left as they are, and why"`
	UndoID    *string        `json:"undo_id" doc:"null when there is nothing to take back"`
}

// UndoReply says how many adapters went back to what they were.
type UndoReply struct {
	Success  bool `json:"success"`
	Restored int  `json:"restored"`
}

func (s *Server) routeBulk() {
	route(s, http.MethodPost, "/adapters/bulk", "bulkAdapters", "adapters", "Change many adapters at once", s.bulkAdapters,
		describe("Either everything that is not listed under skipped is changed, or nothing. Unknown ids are skipped too, and repeated ones count once."))
	route(s, http.MethodPost, "/undo/{id}", "undoChange", "adapters", "Take a change back", s.undoChange,
		describe("Changes can be taken back for 24 hours, the last 100 of them."))
}

// maxBulkIDs is how many ids a reply repeats.
const maxBulkIDs = 10_000

func (s *Server) bulkAdapters(ctx context.Context, in *struct{ Body BulkRequest }) (*reply[BulkReply], error) {
	request := &in.Body
	body := BulkReply{Success: true, Action: request.Action, IDs: []string{}, Skipped: []lora.Skipped{}}
	ids, err := s.selected(ctx, &request.Selection)
	if err != nil {
		return nil, err
	}
	work, err := request.work(ctx, s)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return answer(body, nil)
	}
	result, err := work(ids)
	if err != nil {
		return nil, err
	}
	body.Processed, body.Skipped = len(result.IDs), list(result.Skipped)
	body.IDs = list(result.IDs[:min(len(result.IDs), maxBulkIDs)])
	if result.UndoID != "" {
		body.UndoID = &result.UndoID
	}
	return answer(body, nil)
}

// selected returns the ids of a selection. Those it names go before its search, so that
// an empty selection never means everything.
func (s *Server) selected(ctx context.Context, r *Selection) ([]string, error) {
	if r.LoraIDs == nil && r.Q != nil {
		ids, err := s.store.MatchingIDs(ctx, catalog.Query{Account: accountOf(ctx), Text: *r.Q})
		except := make(map[string]bool, len(r.ExceptIDs))
		for _, id := range r.ExceptIDs {
			except[id] = true
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { return except[id] })
		return ids, at("body.q", "q", err)
	}
	ids := make([]string, 0, len(r.LoraIDs))
	for _, id := range r.LoraIDs {
		if strings.TrimSpace(id) != "" {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// work returns what the action does to adapters.
func (r *BulkRequest) work(ctx context.Context, s *Server) (func(ids []string) (lora.BulkResult, error), error) {
	switch r.Action {
	case "delete", "restore", "move":
		if err := mustMay(ctx, lora.ManageFiles); err != nil {
			return nil, err
		}
		order, err := r.fileOrder(s)
		return func(ids []string) (lora.BulkResult, error) { return s.bulkFiles(ctx, r.Action, ids, order) }, err
	}
	edit, err := r.edit()
	edit.Account = accountOf(ctx)
	return func(ids []string) (lora.BulkResult, error) {
		result, err := s.store.Bulk(ctx, r.Action, ids, edit)
		if err == nil && result.UndoID != "" {
			s.changed("bulk", result.IDs)
		}
		return result, at("body.params."+r.param(), r.param(), err)
	}, err
}

// edit translates an action that changes fields.
func (r *BulkRequest) edit() (lora.BulkEdit, error) {
	p := &r.Params
	set := func(name string, value any) (lora.BulkEdit, error) {
		text, err := json.Marshal(value)
		return lora.BulkEdit{Set: map[string]json.RawMessage{name: text}}, err
	}
	switch {
	case r.Action == "activate":
		return set("active", true)
	case r.Action == "deactivate":
		return set("active", false)
	case r.Action == "favorite":
		return set("favorite", true)
	case r.Action == "unfavorite":
		return set("favorite", false)
	case r.Action == "add_tags" && len(p.Tags) > 0:
		return lora.BulkEdit{AddTags: p.Tags}, nil
	case r.Action == "remove_tags" && len(p.Tags) > 0:
		return lora.BulkEdit{RemoveTags: p.Tags}, nil
	case r.Action == "set_weight" && p.Weight != nil:
		return set("weight", *p.Weight)
	case r.Action == "set_rating" && p.Rating != nil:
		return set("rating", *p.Rating)
	case r.Action == "set_base_model":
		return set("base_model", p.BaseModel) // null goes back to what each file says
	case r.Action == "set_nsfw_level" && p.NSFWLevel != nil:
		return set("nsfw_level", *p.NSFWLevel)
	}
	return lora.BulkEdit{}, lora.FieldErrorf(lora.Invalid, "body.params."+r.param(), "The action %s needs params.%s.", r.Action, r.param())
}

// param names the value an action that changes fields needs; it is the field's own name.
func (r *BulkRequest) param() string {
	return strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(r.Action, "add_"), "remove_"), "set_")
}

func (s *Server) undoChange(ctx context.Context, in *ByID) (*reply[UndoReply], error) {
	undone, err := s.store.UndoFor(ctx, accountOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	restored := len(undone.IDs)
	if undone.IsOfFile {
		if err := mustMay(ctx, lora.ManageFiles); err != nil {
			return nil, err
		}
		restored, err = s.putBack(ctx, &undone)
	} else {
		s.changed("undo", undone.IDs)
	}
	return answer(UndoReply{Success: true, Restored: restored}, err)
}
