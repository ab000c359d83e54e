package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"loramanager/internal/lora"
)

// Sizes of a planted world.
const (
	topics       = 60   // styles, characters and concepts
	themes       = 45   // worlds that pictures are set in, with the topics that go together there
	worldSize    = 1500 // adapters
	compositions = 2600 // each made into one to five jobs
	wordsOfTopic = 7
	wordsOfTheme = 4
	worldDays    = 320
)

// world has what the recommender must find out and never sees.
type world struct {
	r        *rand.Rand
	start    time.Time
	words    [topics][]coined
	themes   [themes][]int // topics
	places   [themes][]coined
	adapters []planted
	byTopic  map[[2]int][]int // adapters by base and topic
}

// planted is an adapter with what makes it what it is.
type planted struct {
	facts  lora.AdapterFacts
	base   int
	topic  int
	theme  int     // that it was made for
	good   float64 // how well it was made
	appeal float64 // to this user
}

var worldBases = []struct {
	id      string
	variant string
	share   float64
}{{"sdxl", "illustrious", 0.35}, {"sdxl", "pony", 0.15}, {"sdxl", "", 0.15}, {"sd1", "", 0.2}, {"flux1", "dev", 0.15}}

// plant makes a world and the history of its user.
func plant(seed uint64) *history {
	w := &world{r: rand.New(rand.NewPCG(seed, 4)), start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), byTopic: map[[2]int][]int{}} //nolint:gosec // the same world for the same seed
	for i := range w.words {
		for range wordsOfTopic {
			w.words[i] = append(w.words[i], w.coin())
		}
	}
	for i := range w.themes {
		w.themes[i] = w.r.Perm(topics)[:3+w.r.IntN(2)]
		for range wordsOfTheme {
			w.places[i] = append(w.places[i], w.coin())
		}
	}
	for i := range worldSize {
		w.addAdapter(i)
	}
	h := &history{jobs: w.live()}
	w.rate(h)
	for i := range w.adapters {
		h.adapters = append(h.adapters, w.adapters[i].facts)
	}
	return h
}

// addAdapter makes an adapter of a topic. What is written about it is noisy: words are
// spelled in several ways, some are of topics it goes with, some say nothing, and one
// adapter in ten has none.
func (w *world) addAdapter(i int) {
	theme := w.r.IntN(themes)
	topic := w.themes[theme][w.r.IntN(len(w.themes[theme]))]
	a := planted{base: w.pickBase(), topic: topic, theme: theme, good: w.r.NormFloat64(), appeal: w.r.NormFloat64()}
	base := worldBases[a.base]
	f := &a.facts
	*f = lora.AdapterFacts{
		Key: int64(i + 1), ID: fmt.Sprintf("%08x-0000-4000-8000-000000000000", i), BaseModel: base.id, BaseVariant: base.variant, Kind: "lora",
		Rank: 8 << w.r.IntN(4), FileSize: 100 << 20, Weight: 1, State: lora.FileOK, Author: fmt.Sprintf("maker%d", w.r.IntN(200)),
		AddedAt: w.start.Add(-time.Duration(w.r.ExpFloat64()*60*24) * time.Hour),
	}
	if w.r.IntN(4) == 0 { // the library grows while it is used
		f.AddedAt = w.start.Add(time.Duration(w.r.IntN(worldDays*24)) * time.Hour)
	}
	word := func() string { return w.words[a.topic][w.r.IntN(wordsOfTopic)].spelled(w.r) }
	f.Name = fmt.Sprintf("%s %s %d", general[w.r.IntN(len(general))], w.coin().spelled(w.r), i)
	if w.r.IntN(3) == 0 {
		f.Name = fmt.Sprintf("%s v%d", word(), w.r.IntN(4))
	}
	f.FileName = f.Name + ".safetensors"
	if w.r.IntN(10) > 0 {
		w.describe(f, theme, word)
	}
	if w.r.IntN(2) == 0 { // half of them come with a page that counts
		f.HubRating = min(max(4.2+0.4*a.good+0.4*w.r.NormFloat64(), 1), 5)
		f.Downloads = int(math.Exp(6 + a.good + 1.5*w.r.NormFloat64()))
		f.HubFavorites = f.Downloads / 20
	}
	w.byTopic[[2]int{a.base, a.topic}] = append(w.byTopic[[2]int{a.base, a.topic}], len(w.adapters))
	w.adapters = append(w.adapters, a)
}

// describe gives an adapter triggers, tags and training tags.
func (w *world) describe(f *lora.AdapterFacts, theme int, word func() string) {
	if w.r.IntN(4) > 0 {
		f.Triggers = append(f.Triggers, word())
	}
	some := func(share float64) string {
		switch x := w.r.Float64(); {
		case x < share:
			return word()
		case x < share+0.2:
			return w.places[theme][w.r.IntN(wordsOfTheme)].spelled(w.r)
		}
		return general[w.r.IntN(len(general))]
	}
	for range 2 + w.r.IntN(5) {
		f.Tags = append(f.Tags, some(0.45))
	}
	for range w.r.IntN(25) {
		f.TrainingTags = append(f.TrainingTags, some(0.3))
	}
}

func (w *world) pickBase() int {
	x := w.r.Float64()
	for i, b := range worldBases {
		if x -= b.share; x < 0 {
			return i
		}
	}
	return 0
}

// live plays the user: sessions on themes some of which are liked more, with one base
// model each, adapters chosen by topic, craft and appeal, and now and then at random.
func (w *world) live() []job {
	liked := make([]float64, themes)
	for i := range liked {
		liked[i] = math.Exp(w.r.NormFloat64())
	}
	var jobs []job
	at := w.start
	for range compositions {
		at = at.Add(time.Duration(30+w.r.IntN(300)) * time.Minute)
		theme := weighted(w.r, liked)
		base := w.pickBase()
		var chosen []int
		for _, topic := range w.themes[theme] {
			if w.r.Float64() > 0.8 {
				continue
			}
			if i, ok := w.choose(base, theme, topic, at); ok {
				chosen = append(chosen, i)
			}
		}
		if w.r.IntN(7) == 0 {
			if i, ok := w.choose(base, theme, w.r.IntN(topics), at); ok {
				chosen = append(chosen, i)
			}
		}
		if len(chosen) == 0 {
			continue
		}
		jobs = append(jobs, w.make(chosen, theme, at)...)
	}
	return jobs
}

// make turns a composition into a series of jobs, some of which are kept.
func (w *world) make(chosen []int, theme int, at time.Time) []job {
	var ids []string
	fit := 0.0
	for _, i := range chosen {
		ids = append(ids, w.adapters[i].facts.ID)
		fit += (w.adapters[i].good + w.adapters[i].appeal) / float64(len(chosen))
	}
	prompt := w.prompt(chosen, theme)
	var jobs []job
	for n := range 1 + w.r.IntN(5) {
		kept := w.r.Float64() < 1/(1+math.Exp(1.5-fit))
		jobs = append(jobs, job{at: at.Add(time.Duration(n) * time.Minute), adapters: unique(ids), prompt: prompt, kept: kept})
	}
	return jobs
}

// prompt is what the user writes: words for the theme and for most of the topics, in the
// user's own spelling, between the usual ones. Trigger words of adapters are not copied.
func (w *world) prompt(chosen []int, theme int) string {
	words := []string{"masterpiece", "best quality", w.places[theme][w.r.IntN(wordsOfTheme)].spelled(w.r)}
	for _, i := range chosen {
		if w.r.IntN(4) > 0 {
			words = append(words, w.words[w.adapters[i].topic][w.r.IntN(wordsOfTopic)].spelled(w.r))
		}
	}
	for range 6 {
		words = append(words, general[w.r.IntN(len(general))])
	}
	return strings.Join(words, ", ")
}

// choose picks an adapter of a topic that loads on a base model: mostly one of the same
// variant, gladly one that is new, and more gladly one that was made for the theme.
func (w *world) choose(base, theme, topic int, at time.Time) (int, bool) {
	of := w.byTopic[[2]int{base, topic}]
	if w.r.IntN(6) == 0 {
		for other := range worldBases {
			if other != base && worldBases[other].id == worldBases[base].id {
				of = append(of[:len(of):len(of)], w.byTopic[[2]int{other, topic}]...)
			}
		}
	}
	if len(of) == 0 {
		return 0, false
	}
	odds := make([]float64, len(of))
	for i, a := range of {
		odds[i] = math.Exp(w.adapters[a].good + w.adapters[a].appeal)
		if w.adapters[a].theme == theme {
			odds[i] *= 3
		}
		switch age := at.Sub(w.adapters[a].facts.AddedAt); {
		case age < 0:
			odds[i] = 0
		case age < 10*24*time.Hour:
			odds[i] *= 2
		}
	}
	if slices.Max(odds) == 0 {
		return 0, false
	}
	return of[weighted(w.r, odds)], true
}

// rate lets the user rate some of the adapters of the first half of the history.
func (w *world) rate(h *history) {
	used := map[string]bool{}
	for _, j := range h.jobs[:len(h.jobs)/2] {
		for _, id := range j.adapters {
			used[id] = true
		}
	}
	for i := range w.adapters {
		a := &w.adapters[i]
		if !used[a.facts.ID] || w.r.IntN(5) > 0 {
			continue
		}
		like := a.good + a.appeal + 0.7*w.r.NormFloat64()
		a.facts.Rating = min(max(int(math.Round(3+like)), 1), 5)
		a.facts.Favorite = like > 2
	}
}

func weighted(r *rand.Rand, odds []float64) int {
	sum := 0.0
	for _, x := range odds {
		sum += x
	}
	x := r.Float64() * sum
	for i, o := range odds {
		if x -= o; x < 0 {
			return i
		}
	}
	return len(odds) - 1
}

func unique(ids []string) []string {
	seen := map[string]bool{}
	var kept []string
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			kept = append(kept, id)
		}
	}
	return kept
}
