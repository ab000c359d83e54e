package httpapi

import (
	"context"
	"net/http"
	"strings"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

// maxPerPage is the most adapters one page holds; larger wishes are cut and the cut size is echoed.
const maxPerPage = 200

// listQuery are the parameters of the list: the contract's own and this program's.
type listQuery struct {
	Search     string `query:"search" doc:"Part of the name"`
	ActiveOnly bool   `query:"active_only"`
	Tags       string `query:"tags" doc:"Comma list; adapters with at least one of them"`
	Sort       string `query:"sort" default:"name" doc:"name, created_at, updated_at, file_size, last_used, use_count, rating, relevance, weight, base_model, rank; anything else means name"`
	Order      string `query:"order" enum:"asc,desc" doc:"Default: names upwards, everything else downwards"`
	Page       int    `query:"page" default:"1"`
	PerPage    int    `query:"per_page" default:"24" doc:"At most 200"`
	Q          string `query:"q" doc:"Search with field syntax, for example base:sdxl rank:>=32 -tag:style used:never"`
	After      string `query:"after" doc:"next_cursor of the page before; wins over page"`
}

// AdapterList is one page of adapters.
type AdapterList struct {
	Items      []lora.Adapter `json:"items"`
	Total      int            `json:"total" doc:"All adapters outside the trash"`
	Filtered   int            `json:"filtered" doc:"Those that match"`
	Page       int            `json:"page"`
	Pages      int            `json:"pages"`
	PerPage    int            `json:"per_page"`
	NextCursor *string        `json:"next_cursor" doc:"null on the last page"`
	Change     int            `json:"change" doc:"Number of the newest change this page knows"`
}

// AdapterReply is one adapter.
type AdapterReply struct {
	Adapter lora.Adapter `json:"adapter"`
}

// AdapterChanged is an adapter after an edit, with the ticket to take the edit back.
type AdapterChanged struct {
	Adapter lora.Adapter `json:"adapter"`
	UndoID  *string      `json:"undo_id" doc:"null when nothing changed"`
}

// TagList is every tag in use.
type TagList struct {
	Tags []string `json:"tags" doc:"Original spelling, sorted without regard to case"`
}

// FacetsReply counts the matching adapters by every facet.
type FacetsReply struct {
	Total    int    `json:"total"`
	Filtered int    `json:"filtered"`
	Facets   Facets `json:"facets"`
}

// Facets are the counts. Each facet ignores its own terms in the search, so that its other values stay visible.
type Facets struct {
	BaseModel  []catalog.FacetValue `json:"base_model"`
	Kind       []catalog.FacetValue `json:"kind"`
	Tag        []catalog.FacetValue `json:"tag" doc:"The 200 most frequent"`
	Folder     []catalog.FacetValue `json:"folder"`
	Author     []catalog.FacetValue `json:"author" doc:"The 200 most frequent"`
	Root       []catalog.FacetValue `json:"root"`
	Rating     []catalog.FacetValue `json:"rating"`
	Rank       []catalog.FacetValue `json:"rank"`
	Size       []catalog.FacetValue `json:"size"`
	Added      []catalog.FacetValue `json:"added" doc:"today, week, month, year, older"`
	Favorite   int                  `json:"favorite"`
	Active     int                  `json:"active"`
	NeverUsed  int                  `json:"never_used"`
	Missing    int                  `json:"missing"`
	Unreadable int                  `json:"unreadable"`
	Unsafe     int                  `json:"unsafe"`
	Duplicate  int                  `json:"duplicate"`
	NoPreview  int                  `json:"no_preview"`
}

// SuggestReply completes the word under the cursor of a search box.
type SuggestReply struct {
	From        int          `json:"from" doc:"Where the completed word begins in q, in UTF-16 units as browsers count"`
	To          int          `json:"to"`
	Suggestions []Suggestion `json:"suggestions"`
}

// Suggestion is one completion.
type Suggestion struct {
	Text  string `json:"text" doc:"Replaces q between from and to"`
	Label string `json:"label"`
	Kind  string `json:"kind" enum:"field,value,adapter"`
	Count *int   `json:"count" doc:"Adapters it would leave; null when not counted"`
}

// AdapterDetail is one adapter with everything its page shows.
type AdapterDetail struct {
	Adapter      lora.Adapter       `json:"adapter"`
	Previews     []NamedPreview     `json:"previews" doc:"All pictures and videos beside the file, the shown one first"`
	Versions     []AdapterVersion   `json:"versions" doc:"Other versions under the same name"`
	Duplicates   []AdapterDuplicate `json:"duplicates"`
	TriggerWords []lora.TriggerWord `json:"trigger_words" doc:"Best first"`
	Base         lora.BaseModel     `json:"base" doc:"The judgement with its evidence"`
	Provenance   *lora.Provenance   `json:"provenance" doc:"Where it came from when it was imported, moved in or downloaded; null for one that was found in a library folder"`
}

// NamedPreview is a preview with its file name.
type NamedPreview struct {
	Name string `json:"name"`
	URL  string `json:"url" doc:"Add ?w= for a thumbnail of a picture"`
	Type string `json:"type" enum:"image,video"`
	ETag string `json:"etag"`
}

// AdapterVersion names another version of an adapter.
type AdapterVersion struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	Version   *string `json:"version"`
	FileName  string  `json:"file_name"`
	BaseModel string  `json:"base_model"`
	Active    bool    `json:"active"`
}

// AdapterDuplicate names an adapter with the same content.
type AdapterDuplicate struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Folder   string `json:"folder"`
	FileName string `json:"file_name"`
	Kind     string `json:"kind" enum:"same_file,same_tensors"`
}

func (s *Server) routeAdapters() {
	route(s, http.MethodGet, "/adapters", "listAdapters", "adapters", "List and search adapters", s.listAdapters)
	route(s, http.MethodGet, "/adapters/tags", "listTags", "adapters", "List all tags", s.listTags)
	route(s, http.MethodGet, "/adapters/facets", "listFacets", "adapters", "Count adapters by facet", s.listFacets)
	route(s, http.MethodGet, "/adapters/suggest", "suggestQuery", "adapters", "Complete a search", s.suggestQuery)
	route(s, http.MethodGet, "/adapters/{id}", "readAdapter", "adapters", "Read one adapter", s.readAdapter)
}

func (q *listQuery) catalogQuery(account int64) (query catalog.Query, page int) {
	query = catalog.Query{
		Account: account, Text: q.Q, NameSearch: q.Search, ActiveOnly: q.ActiveOnly, AnyTags: splitTags(q.Tags),
		Sort: sortOf(q.Sort), Limit: min(max(q.PerPage, 1), maxPerPage), After: q.After,
	}
	query.Descending = descends(query.Sort, q.Order)
	page = clampPage(q.Page)
	query.Offset = (page - 1) * query.Limit
	return query, page
}

// descends says which way a list runs: names upwards, everything else downwards, unless
// the client says otherwise.
func descends(sort catalog.Sort, order string) bool {
	return order == "desc" || (order == "" && sort != catalog.ByName && sort != catalog.ByBaseModel)
}

// clampPage keeps a page number where multiplying it cannot overflow.
func clampPage(page int) int { return min(max(page, 1), 1<<40) }

func splitTags(text string) []string {
	var tags []string
	for tag := range strings.SplitSeq(text, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, strings.ToLower(tag))
		}
	}
	return tags
}

func sortOf(text string) catalog.Sort {
	switch s := catalog.Sort(strings.ToLower(text)); s {
	case catalog.ByAdded, catalog.ByUpdated, catalog.BySize, catalog.ByLastUsed, catalog.ByUseCount,
		catalog.ByRating, catalog.ByRelevance, catalog.ByWeight, catalog.ByBaseModel, catalog.ByRank:
		return s
	}
	return catalog.ByName
}

func (s *Server) listAdapters(ctx context.Context, in *listQuery) (*reply[AdapterList], error) {
	query, page := in.catalogQuery(accountOf(ctx))
	items, result, err := s.store.List(ctx, query)
	if err != nil {
		return nil, err
	}
	body := AdapterList{
		Items: shownAll(items), Total: result.Total, Filtered: result.Filtered, Page: page, PerPage: query.Limit,
		Pages: (result.Filtered + query.Limit - 1) / query.Limit, Change: int(result.Change),
	}
	if result.Next != "" {
		body.NextCursor = &result.Next
	}
	return answer(body, nil)
}

func (s *Server) listTags(ctx context.Context, _ *none) (*reply[TagList], error) {
	tags, err := s.store.Tags(ctx)
	return answer(TagList{Tags: list(tags)}, err)
}

func (s *Server) listFacets(ctx context.Context, in *struct {
	Q string `query:"q"`
}) (*reply[FacetsReply], error) {
	f, err := s.store.Facets(ctx, catalog.Query{Account: accountOf(ctx), Text: in.Q})
	if err != nil {
		return nil, err
	}
	v, n := f.Values, f.Flags
	nameBases(v["base_model"])
	return answer(FacetsReply{Total: f.Total, Filtered: f.Filtered, Facets: Facets{
		BaseModel: list(v["base_model"]), Kind: list(v["kind"]), Tag: list(v["tag"]), Folder: list(v["folder"]),
		Author: list(v["author"]), Root: list(v["root"]), Rating: list(v["rating"]), Rank: list(v["rank"]),
		Size: list(v["size"]), Added: list(v["added"]),
		Favorite: n["favorite"], Active: n["active"], NeverUsed: n["never_used"], Missing: n["missing"],
		Unreadable: n["unreadable"], Unsafe: n["unsafe"], Duplicate: n["duplicate"], NoPreview: n["no_preview"],
	}}, nil)
}

// nameBases gives base models the names people know them by.
func nameBases(values []catalog.FacetValue) {
	for i := range values {
		values[i].Label = baseName(values[i].Value)
	}
}

type suggestInput struct {
	Q      string `query:"q"`
	Cursor int    `query:"cursor" default:"-1" doc:"Cursor position in q, in UTF-16 units; absent: the end"`
}

func (s *Server) suggestQuery(ctx context.Context, in *suggestInput) (*reply[SuggestReply], error) {
	found, err := s.store.Suggest(ctx, in.Q, bytesOf(in.Q, in.Cursor))
	if err != nil {
		return nil, err
	}
	body := SuggestReply{From: unitsUpTo(in.Q, found.From), To: unitsUpTo(in.Q, found.To), Suggestions: make([]Suggestion, 0, len(found.Suggestions))}
	for _, f := range found.Suggestions {
		body.Suggestions = append(body.Suggestions, Suggestion(f))
	}
	return answer(body, nil)
}
