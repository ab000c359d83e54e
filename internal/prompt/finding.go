package prompt

// Finding is something to tell the user about a prompt or a composition.
type Finding struct {
	Code      string `json:"code"`
	Message   string `json:"message" doc:"A sentence for the user"`
	Adapter   string `json:"adapter,omitempty" doc:"Name of the adapter it is about"`
	AdapterID string `json:"adapter_id,omitempty"`
}

// Codes of findings of Compose.
const (
	NoAdapters     = "no_adapters"
	Duplicate      = "duplicate"
	ZeroWeight     = "zero_weight"
	MixedBase      = "mixed_base"
	MissingFile    = "missing_file"
	LongPrompt     = "long_prompt"
	UnknownAdapter = "unknown_adapter"
)

// Codes of findings of Parse.
const (
	BadNumber       = "bad_number"       // not a finite number; 1 or nothing is used instead
	UnknownArgument = "unknown_argument" // the dialect has no such argument
	NoName          = "no_name"          // the tag names no adapter and stays in the text
	IgnoredTag      = "ignored_tag"      // the engine takes no tags; this one stays in the text
	Simplified      = "simplified"       // more than the internal form can hold
)

// Dropped is something of an adapter that a dialect cannot say.
type Dropped struct {
	Feature string `json:"feature"`
	Adapter string `json:"adapter"`
	Message string `json:"message" doc:"A sentence for the user"`
}
