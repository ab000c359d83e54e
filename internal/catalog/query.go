package catalog

// Query asks for adapters. The zero value asks for all, sorted by name.
type Query struct {
	Account    int64    // whose favourites and ratings count; 0 is the library's
	Text       string   // field syntax, see Parse
	NameSearch string   // the contract's `search`: plain substring of the name only
	ActiveOnly bool     // the contract's `active_only`
	AnyTags    []string // the contract's `tags`: at least one of these, case folded
	Sort       Sort
	Descending bool
	Offset     int
	Limit      int    // 1..200
	After      string // cursor of an earlier page; wins over Offset
	// Hashes holds the ids that the digest prefixes named by Expr.Hashes belong to.
	Hashes map[string][]string
}

// Sort is the order of a list.
type Sort string

// The orders a list can have.
const (
	ByName      Sort = "name"
	ByAdded     Sort = "created_at"
	ByUpdated   Sort = "updated_at"
	BySize      Sort = "file_size"
	ByLastUsed  Sort = "last_used"
	ByUseCount  Sort = "use_count"
	ByRating    Sort = "rating"
	ByRelevance Sort = "relevance"
	ByWeight    Sort = "weight"
	ByBaseModel Sort = "base_model"
	ByRank      Sort = "rank"
)

// Result is one page of ids in order.
type Result struct {
	IDs []string
	// Keys are the database's keys of the same adapters, in the same order.
	Keys []int64
	// Duplicates counts, for each of them, the other adapters with the same tensors.
	Duplicates []int
	Total      int    // all adapters outside the trash
	Filtered   int    // those the query matches
	Next       string // cursor of the next page, empty at the end
	Change     int64  // the database's change number the answer belongs to
}

// FacetValue is one choice of a facet.
type FacetValue struct {
	Value string `json:"value"`
	Label string `json:"label"`
	Count int    `json:"count"`
}

// Facets counts the adapters a query matches by every facet. A facet's own terms
// are left out when it is counted, so that its other choices stay visible.
type Facets struct {
	Total    int
	Filtered int
	Change   int64
	Values   map[string][]FacetValue // base_model, kind, tag, folder, author, root, rating, rank, size, added
	Flags    map[string]int          // favorite, active, never_used, missing, unreadable, unsafe, duplicate, no_preview
}
