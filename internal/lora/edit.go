package lora

// Maybe is one field of an Edit: nothing happens to it unless Set.
type Maybe[T any] struct {
	Set bool
	To  T
}

// To makes a Maybe that sets v.
func To[T any](v T) Maybe[T] { return Maybe[T]{Set: true, To: v} }

// Edit is what a user changes of one adapter or of many. Fields that are set come
// from the user from then on, and no rescan overwrites them.
type Edit struct {
	Name                Maybe[string]
	Version             Maybe[*string]
	AuthorUsername      Maybe[*string]
	Description         Maybe[*string] // already sanitised
	ActivationText      Maybe[*string]
	NegativeText        Maybe[*string]
	Notes               Maybe[string]
	Tags                Maybe[[]string]
	AddTags             []string // for many adapters at once; added after Tags
	RemoveTags          []string // compared without regard to case
	TrainedWords        Maybe[[]string]
	Triggers            Maybe[[]string]
	Weight              Maybe[float64]
	WeightMin           Maybe[*float64]
	WeightMax           Maybe[*float64]
	Active              Maybe[bool]
	Ordinal             Maybe[*int]
	Archetype           Maybe[*string]
	ArchetypeConfidence Maybe[*float64]
	Visibility          Maybe[string]
	NSFWLevel           Maybe[int]
	SupportsGeneration  Maybe[bool]
	SDVersion           Maybe[*string]
	BaseModel           Maybe[*string] // nil goes back to what the file says
	Rating              Maybe[int]     // 0 takes the rating away
	Favorite            Maybe[bool]
	SourceURL           Maybe[*string]
}
