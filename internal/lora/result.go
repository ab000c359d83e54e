package lora

import "time"

// ResultQuery asks for a page of the history. Zero values do not narrow.
type ResultQuery struct {
	Account     int64  // whose favourites and ratings count; 0 is the library's
	Text        string // words, each matched from its beginning, in prompt and adapter names
	AdapterID   string
	BaseModel   string
	Engine      string
	Model       string
	Statuses    []JobStatus // succeeded only, when empty
	MinRating   int
	Favorite    *bool
	Tag         string
	Composition string // id
	From, Until time.Time
	Width       int
	Height      int
	Trashed     bool // the trash instead of the history

	Sort  ResultSort // newest when empty
	After string     // cursor of the page before
	Limit int
	// Offset skips results; for clients that page by number. After wins.
	Offset int
}

// ResultSort orders the history.
type ResultSort string

// The orders; ties are broken by newest first.
const (
	ResultsNewest   ResultSort = "newest"
	ResultsOldest   ResultSort = "oldest"
	ResultsRating   ResultSort = "rating"
	ResultsFavorite ResultSort = "favorite"
	ResultsLargest  ResultSort = "largest" // most pixels first
)

// ResultStats are figures over all results a query matches.
type ResultStats struct {
	Results   int      `json:"total_results"`
	AvgRating *float64 `json:"avg_rating" doc:"Of rated results; null when none is"`
	Favorites int      `json:"total_favorites"`
	SizeBytes int      `json:"total_size" doc:"Bytes of pictures; a picture that several results share counts once"`
	Images    int      `json:"total_images"`
}

// Preset is a set of generation parameters kept under a name.
type Preset struct {
	ID        string           `json:"id"`
	Name      string           `json:"name"`
	Engine    string           `json:"engine"`
	Params    GenerationParams `json:"params"`
	CreatedAt time.Time        `json:"created_at"`
	UpdatedAt time.Time        `json:"updated_at"`
}

// Workflow is a ComfyUI graph in API form that jobs can be run with.
type Workflow struct {
	Name      string    `json:"name"`
	Graph     string    `json:"graph" doc:"JSON"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// ResultFacets count the results a query matches by what they were made with, those of
// most results first.
type ResultFacets struct {
	Engines    []ValueCount `json:"engines" nullable:"false"`
	Models     []ValueCount `json:"models" nullable:"false"`
	Tags       []ValueCount `json:"tags" nullable:"false" doc:"In lower case"`
	BaseModels []ValueCount `json:"base_models" nullable:"false"`
}

// ValueCount is a value and how many results have it.
type ValueCount struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}
