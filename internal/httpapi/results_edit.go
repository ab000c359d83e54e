package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loramanager/internal/lora"
)

type rateResultInput struct {
	ByID
	Body struct {
		Rating *int `json:"rating" minimum:"0" maximum:"5" doc:"null takes the rating away"`
	}
}

type favoriteResultInput struct {
	ByID
	Body struct {
		IsFavorite bool `json:"is_favorite"`
	}
}

type tagResultInput struct {
	ByID
	Body struct {
		Tags []string `json:"tags" maxItems:"100"`
	}
}

// resultIDs are ids as the contract takes them: texts or whole numbers.
type resultIDs []string

// Schema describes a list of texts; numbers are accepted but not advertised.
func (resultIDs) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}}
}

func (resultIDs) expects() string { return "a list of ids" }

// UnmarshalJSON reads texts and whole numbers and leaves repeated ids out.
func (l *resultIDs) UnmarshalJSON(data []byte) error {
	var items []json.RawMessage
	if err := json.Unmarshal(data, &items); err != nil {
		return err
	}
	seen := make(map[string]bool, len(items))
	*l = make(resultIDs, 0, len(items))
	for _, item := range items {
		if bytes.ContainsAny(item, ".eE") && len(item) > 0 && item[0] != '"' {
			return errNotLax
		}
		id, err := scalarText(item)
		if err != nil {
			return err
		}
		if !seen[id] {
			seen[id] = true
			*l = append(*l, id)
		}
	}
	return nil
}

// ResultIDs name results.
type ResultIDs struct {
	IDs field[resultIDs] `json:"ids,omitempty"`
}

// ResultFavorites sets or takes away the mark of favourites.
type ResultFavorites struct {
	IDs        field[resultIDs] `json:"ids,omitempty"`
	IsFavorite field[laxBool]   `json:"is_favorite,omitempty" doc:"true when absent"`
}

// ResultBulk does one action to many results.
type ResultBulk struct {
	IDs    field[resultIDs] `json:"ids"`
	Action string           `json:"action" enum:"rate,favorite,unfavorite,add_tags,remove_tags,delete,restore" doc:"delete moves to the trash"`
	Rating field[int]       `json:"rating,omitempty" minimum:"0" maximum:"5" doc:"For rate; null takes ratings away"`
	Tags   []string         `json:"tags,omitempty" nullable:"true" maxItems:"100"`
}

// ResultBulkReply says what a bulk action did.
type ResultBulkReply struct {
	Processed int `json:"processed"`
	Skipped   int `json:"skipped" doc:"Ids without a result, and results that were so already"`
}

// DeletedReply says how many results went to the trash.
type DeletedReply struct {
	Deleted int `json:"deleted"`
}

// UpdatedReply says how many results were changed.
type UpdatedReply struct {
	Updated int `json:"updated"`
}

func (s *Server) routeResultEdits() {
	const tag, path = "history", "/generation/results"
	route(s, http.MethodPut, path+"/{id}/rating", "rateResult", tag, "Rate a result", s.rateResult)
	route(s, http.MethodPut, path+"/{id}/favorite", "favoriteResult", tag, "Mark a result as favourite", s.favoriteResult)
	route(s, http.MethodPut, path+"/{id}/tags", "tagResult", tag, "Replace the tags of a result", s.tagResult)
	route(s, http.MethodPut, path+"/bulk-favorite", "favoriteResults", tag, "Mark many results", s.favoriteResults, ownValidation)
	route(s, http.MethodPost, path+"/bulk", "bulkResults", tag, "Change many results at once", s.bulkResults)
	route(s, http.MethodDelete, path+"/bulk-delete", "deleteResults", tag, "Move many results to the trash", s.deleteResults, ownValidation)
	route(s, http.MethodDelete, path+"/{id}", "deleteResult", tag, "Move a result to the trash", s.deleteResult,
		describe("It stays there for 30 days."))
	route(s, http.MethodPost, path+"/{id}/restore", "restoreResult", tag, "Take a result out of the trash", s.restoreResult)
	route(s, http.MethodDelete, "/generation/trash", "emptyResultTrash", tag, "Delete what is in the trash for good", s.emptyResultTrash)
}

// changedResult answers with a result after a change, or that there is none.
func (s *Server) changedResult(ctx context.Context, id, reason string, changed int, err error) (*reply[Result], error) {
	if err != nil {
		return nil, err
	}
	if changed > 0 {
		s.resultsChanged(reason, id)
	}
	j, err := s.theJob(ctx, id, resultNotFound)
	if err != nil {
		return nil, err
	}
	views, err := s.resultViews(ctx, []lora.Job{j})
	if err != nil {
		return nil, err
	}
	return answer(views[0], nil)
}

func (s *Server) rateResult(ctx context.Context, in *rateResultInput) (*reply[Result], error) {
	changed, err := s.store.RateResultsFor(ctx, accountOf(ctx), []string{in.ID}, in.Body.Rating)
	return s.changedResult(ctx, in.ID, "rate", changed, err)
}

func (s *Server) favoriteResult(ctx context.Context, in *favoriteResultInput) (*reply[Result], error) {
	changed, err := s.store.FavoriteResultsFor(ctx, accountOf(ctx), []string{in.ID}, in.Body.IsFavorite)
	return s.changedResult(ctx, in.ID, "favorite", changed, err)
}

func (s *Server) tagResult(ctx context.Context, in *tagResultInput) (*reply[Result], error) {
	changed, err := s.store.TagResults(ctx, []string{in.ID}, in.Body.Tags, nil, true)
	return s.changedResult(ctx, in.ID, "tags", changed, err)
}

func (s *Server) restoreResult(ctx context.Context, in *ByID) (*reply[Result], error) {
	changed, err := s.store.RestoreResults(ctx, []string{in.ID})
	return s.changedResult(ctx, in.ID, "restore", changed, err)
}

func (s *Server) favoriteResults(ctx context.Context, in *struct{ Body ResultFavorites }) (*reply[UpdatedReply], error) {
	ids := in.Body.IDs.Value
	updated, err := s.store.FavoriteResultsFor(ctx, accountOf(ctx), ids, bool(in.Body.IsFavorite.or(true)))
	if err == nil && updated > 0 {
		s.resultsChanged("favorite", ids...)
	}
	return answer(UpdatedReply{Updated: updated}, err)
}

func (s *Server) bulkResults(ctx context.Context, in *struct{ Body ResultBulk }) (*reply[ResultBulkReply], error) {
	ids, request := in.Body.IDs.Value, &in.Body
	if (request.Action == "add_tags" || request.Action == "remove_tags") && len(request.Tags) == 0 {
		return nil, lora.FieldErrorf(lora.Invalid, "body.tags", "The action %s needs tags.", request.Action)
	}
	if request.Action == "rate" && !request.Rating.Set {
		return nil, lora.FieldErrorf(lora.Invalid, "body.rating", "The action rate needs a rating from 0 to 5, or null, which takes ratings away.")
	}
	var changed int
	var err error
	switch request.Action {
	case "rate":
		changed, err = s.store.RateResultsFor(ctx, accountOf(ctx), ids, request.Rating.pointer())
	case "favorite", "unfavorite":
		changed, err = s.store.FavoriteResultsFor(ctx, accountOf(ctx), ids, request.Action == "favorite")
	case "add_tags":
		changed, err = s.store.TagResults(ctx, ids, request.Tags, nil, false)
	case "remove_tags":
		changed, err = s.store.TagResults(ctx, ids, nil, request.Tags, false)
	case "delete":
		changed, err = s.store.TrashResults(ctx, ids)
	case "restore":
		changed, err = s.store.RestoreResults(ctx, ids)
	}
	if err == nil && changed > 0 {
		s.resultsChanged(request.Action, ids...)
	}
	return answer(ResultBulkReply{Processed: changed, Skipped: len(ids) - changed}, err)
}

func (s *Server) deleteResults(ctx context.Context, in *struct{ Body ResultIDs }) (*reply[DeletedReply], error) {
	deleted, err := s.trashResults(ctx, in.Body.IDs.Value...)
	return answer(DeletedReply{Deleted: deleted}, err)
}

func (s *Server) deleteResult(ctx context.Context, in *ByID) (*none, error) {
	if _, err := s.theJob(ctx, in.ID, resultNotFound); err != nil {
		return nil, err
	}
	_, err := s.trashResults(ctx, in.ID)
	return nil, err
}

// trashResults moves results to the trash and tells everyone.
func (s *Server) trashResults(ctx context.Context, ids ...string) (int, error) {
	deleted, err := s.store.TrashResults(ctx, ids)
	if err == nil && deleted > 0 {
		s.resultsChanged("delete", ids...)
	}
	return deleted, err
}

func (s *Server) emptyResultTrash(ctx context.Context, in *struct{ Body ExpectedCount }) (*reply[Purged], error) {
	purged, err := s.store.EmptyResultTrash(ctx, in.Body.Expected)
	if err == nil && purged > 0 {
		s.resultsChanged("purge")
	}
	return answer(Purged{Purged: purged}, err)
}
