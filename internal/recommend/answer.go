package recommend

import (
	"time"

	"loramanager/internal/lora"
)

// Names of the signals, in the order in which they are shown.
const (
	SignalText       = "text"
	SignalStyle      = "style"
	SignalTechnical  = "technical"
	SignalCoUse      = "co_use"
	SignalQuality    = "quality"
	SignalPopularity = "popularity"
	SignalRecency    = "recency"
	SignalTaste      = "taste"
)

// The same signals as indices.
const (
	textSignal = iota
	styleSignal
	technicalSignal
	coUseSignal
	qualitySignal
	popularitySignal
	recencySignal
	tasteSignal
	signals // how many there are
)

var signalNames = [signals]string{
	SignalText, SignalStyle, SignalTechnical, SignalCoUse, SignalQuality, SignalPopularity, SignalRecency, SignalTaste,
}

// Signal is what one signal says about one recommended adapter.
type Signal struct {
	Signal       string  `json:"signal" enum:"text,style,technical,co_use,quality,popularity,recency,taste"`
	Score        float64 `json:"score" minimum:"0" maximum:"1"`
	Weight       float64 `json:"weight" minimum:"0" maximum:"1" doc:"Its part of all weights that count here"`
	Contribution float64 `json:"contribution" doc:"Score times weight; all contributions add up to final_score"`
	Words        string  `json:"words" doc:"What the score rests on"`
}

// Matched is the trigger word that a question by trigger met.
type Matched struct {
	Trigger    string   // as the adapter spells it
	Sources    []string // trigger, trained_word, activation_text
	Exact      bool     // the same after folding
	Confidence float64  // 0..1, how sure the words of the question are met
}

// Item is one recommended adapter.
type Item struct {
	AdapterID   string
	Name        string
	Similarity  float64 // likeness alone, 0..1: text, style and technical by their weights
	Final       float64 // 0..1, what items are sorted by
	Explanation string  // one or two sentences
	Signals     []Signal
	Matched     *Matched       // of a question by trigger
	Feedback    *lora.Feedback // what the user last said about it for this question
	Fallback    bool           // fills up an answer; nothing in the question speaks for it
}

// Score returns a signal's score, or nil when that signal had nothing to go by.
func (i *Item) Score(signal string) *float64 {
	for _, s := range i.Signals {
		if s.Signal == signal {
			return &s.Score
		}
	}
	return nil
}

// Excluded counts adapters that were left out, by reason.
type Excluded struct {
	Incompatible int `json:"incompatible" doc:"Made for another base model"`
	Dismissed    int `json:"dismissed" doc:"The user does not want them here"`
	Unavailable  int `json:"unavailable" doc:"Their file is missing, unreadable, unsafe or in the trash"`
}

// Answer is the answer to one question.
type Answer struct {
	SessionID  string
	Kind       lora.RecommendKind
	Query      string // adapter id, prompt or trigger words
	Items      []Item // best first, equal ones by name
	Candidates int    // adapters that were weighed against each other
	Excluded   Excluded
	Weights    Weights // that counted
	Note       string  // a sentence when the question had little to go by; "" otherwise
	Adapters   int     // in the index
	Change     int64   // of the catalog that the index stood at
	Took       time.Duration
	At         time.Time
}
