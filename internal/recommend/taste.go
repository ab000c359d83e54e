package recommend

import (
	"math"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// tastes is what is known of the user's taste beside the ratings of adapters: judgements
// of recommendations and preferences, looked up by what they are about.
type tastes struct {
	judged map[string]float64 // sum of judgements by adapter id
	likes  map[taste]lora.Preference
	kinds  map[lora.PreferenceType]bool
	styles []styleTaste
}

// styleTaste is a preference of style: adapters meet it with the styles it names, or with
// the very word as a tag.
type styleTaste struct {
	preference lora.Preference
	set        styleSet
	form       form
}

type taste struct {
	kind lora.PreferenceType
	form form // of the value
}

// How much each thing the user says moves taste, in steps of which two take 0.5 to 0.88.
const (
	ratingStep     = 0.5 // for each star above or below 3
	favoriteStep   = 1.0
	likedStep      = 0.4
	mostJudged     = 1.2
	preferenceStep = 1.0 // for full confidence
	learnedStep    = 0.7
	mostPreferred  = 2.0
)

// judgementSteps are what one judgement of a recommendation says about the adapter anywhere.
var judgementSteps = map[lora.FeedbackType]float64{
	lora.FeedbackPositive: likedStep, lora.FeedbackActivated: likedStep, lora.FeedbackNegative: -likedStep,
	lora.FeedbackDismissed: -likedStep / 2, lora.FeedbackIgnored: -likedStep / 8,
}

func newTastes(feedbacks []lora.Feedback, preferences []lora.Preference) *tastes {
	t := &tastes{judged: map[string]float64{}, likes: map[taste]lora.Preference{}, kinds: map[lora.PreferenceType]bool{}}
	for _, f := range latest(feedbacks) {
		t.judged[f.AdapterID] += judgementSteps[f.Type]
	}
	for _, p := range preferences {
		t.likes[taste{p.Type, formOf(p.Value)}] = p
		t.kinds[p.Type] = true
		if p.Type == lora.PreferStyle {
			t.styles = append(t.styles, styleTaste{p, stylesIn(p.Value), formOf(p.Value)})
		}
	}
	return t
}

// latest keeps the last word on each adapter in each session; the list is newest first.
func latest(feedbacks []lora.Feedback) []lora.Feedback {
	type key struct{ session, adapter string }
	seen := map[key]bool{}
	var kept []lora.Feedback
	for _, f := range feedbacks {
		if k := (key{f.SessionID, f.AdapterID}); !seen[k] {
			seen[k] = true
			kept = append(kept, f)
		}
	}
	return kept
}

// score is how the user can be expected to like an adapter: 0.5 when nothing is known.
func (t *tastes) score(a *adapter, x *index) float32 {
	sum := 0.0
	if a.rating > 0 {
		sum += ratingStep * float64(a.rating-3)
	}
	if a.favorite {
		sum += favoriteStep
	}
	sum += min(max(t.judged[a.id], -mostJudged), mostJudged)
	preferred := 0.0
	t.preferences(a, x, func(p lora.Preference) { preferred += preferenceWeight(p) })
	sum += min(max(preferred, -mostPreferred), mostPreferred)
	return float32(1 / (1 + math.Exp(-sum)))
}

// preferenceWeight is positive for what is liked and negative for what is not.
func preferenceWeight(p lora.Preference) float64 {
	step := preferenceStep
	if p.LearnedFrom == learnedFromFeedback {
		step = learnedStep
	}
	return step * (2*p.Confidence - 1)
}

// preferences calls each with every preference an adapter meets.
func (t *tastes) preferences(a *adapter, x *index, each func(lora.Preference)) {
	if len(t.likes) == 0 || a.id == "" {
		return
	}
	meet := func(kind lora.PreferenceType, value form) {
		if p, ok := t.likes[taste{kind, value}]; ok {
			each(p)
		}
	}
	if t.kinds[lora.PreferAuthor] && a.author != 0 {
		meet(lora.PreferAuthor, x.terms.forms[a.author])
	}
	if t.kinds[lora.PreferArchetype] && a.archetype != 0 {
		meet(lora.PreferArchetype, x.terms.forms[a.archetype])
	}
	if t.kinds[lora.PreferTag] {
		for i, id := range a.tags() {
			if !slices.Contains(a.tags()[:i], id) {
				meet(lora.PreferTag, x.terms.forms[id])
			}
		}
	}
	if t.kinds[lora.PreferTechnical] {
		for _, name := range x.shapes.forms[a.shape] {
			meet(lora.PreferTechnical, name)
		}
	}
	for _, s := range t.styles {
		if s.set != 0 && s.set&a.styles == s.set || slices.ContainsFunc(a.tags(), func(id termID) bool { return x.terms.forms[id] == s.form }) {
			each(s.preference)
		}
	}
}

// retaste works the taste of all adapters out anew.
func (x *index) retaste(t *tastes) {
	x.tastes = t
	for slot := range x.adapters {
		x.priors.taste[slot] = t.score(&x.adapters[slot], x)
	}
}

// tasteWords says what an adapter's taste rests on.
func (x *index) tasteWords(a *adapter) string {
	var parts []string
	if a.favorite {
		parts = append(parts, "it is a favourite of yours")
	}
	if a.rating > 0 {
		parts = append(parts, "you rated it "+number(int(a.rating))+" of 5")
	}
	switch judged := x.tastes.judged[a.id]; {
	case judged > 0:
		parts = append(parts, "you liked it when it was recommended")
	case judged < 0:
		parts = append(parts, "you did not want it when it was recommended")
	}
	var liked, disliked []string
	x.tastes.preferences(a, x, func(p lora.Preference) {
		switch w := preferenceWeight(p); {
		case w > 0:
			liked = append(liked, p.Value)
		case w < 0:
			disliked = append(disliked, p.Value)
		}
	})
	slices.Sort(liked)
	slices.Sort(disliked)
	if len(liked) > 0 {
		parts = append(parts, "you like "+listed(liked, 3))
	}
	if len(disliked) > 0 {
		parts = append(parts, "you do not care for "+listed(disliked, 3))
	}
	if len(parts) == 0 {
		return "Nothing is known of your taste here."
	}
	return sentence(strings.Join(parts, "; "))
}
