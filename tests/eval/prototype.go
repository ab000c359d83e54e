package main

import (
	"crypto/md5" //nolint:gosec // the prototype's hash; nothing depends on it being hard to invert
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"

	"loramanager/internal/lora"
)

// prototype ranks as the program before did without its models: three hashed bags of
// words, their cosines weighted, and boosts.
type prototype struct {
	facts   []lora.AdapterFacts
	slots   map[string]int
	vectors [3][]sparse
	now     time.Time
}

// sparse is a vector by dimension, of unit length.
type sparse map[int]float64

var (
	prototypeDims    = [3]int64{1024, 384, 768}
	prototypeWeights = [3]float64{0.6, 0.3, 0.1}
	promptWeights    = [3]float64{0.5, 0.35, 0.15}
	tokens           = regexp.MustCompile(`[\p{L}\p{N}_]+`)
	artWords         = strings.Fields("style art anime realistic character portrait landscape fantasy sci-fi concept illustration digital painting drawing sketch 3d render")
)

func newPrototype(t *trial) *prototype {
	p := &prototype{facts: t.facts, slots: map[string]int{}, now: t.now}
	for i := range t.facts {
		p.slots[t.facts[i].ID] = i
		for k, text := range [3]string{semanticText(&t.facts[i]), artisticText(&t.facts[i]), technicalText(&t.facts[i])} {
			p.vectors[k] = append(p.vectors[k], hashed(text, prototypeDims[k]))
		}
	}
	return p
}

func semanticText(f *lora.AdapterFacts) string {
	var parts []string
	if len(f.TrainedWords) > 0 {
		parts = append(parts, "Trained on: "+strings.Join(f.TrainedWords, ", "))
	}
	if len(f.Triggers) > 0 {
		parts = append(parts, "Triggers: "+strings.Join(f.Triggers, ", "))
	}
	if f.ActivationText != "" {
		parts = append(parts, "Activation: "+f.ActivationText)
	}
	return strings.Join(parts, " | ")
}

func artisticText(f *lora.AdapterFacts) string {
	var parts, art []string
	for _, tag := range f.Tags {
		if slices.ContainsFunc(artWords, func(w string) bool { return strings.Contains(strings.ToLower(tag), w) }) {
			art = append(art, tag)
		}
	}
	if len(art) > 0 {
		parts = append(parts, "Art style: "+strings.Join(art, ", "))
	}
	if f.Archetype != "" {
		parts = append(parts, "Character type: "+f.Archetype)
	}
	return strings.Join(parts, " | ")
}

func technicalText(f *lora.AdapterFacts) string {
	safety := "Safety: Safe"
	if f.NSFWLevel > 0 {
		safety = fmt.Sprintf("Safety: NSFW Level %d", f.NSFWLevel)
	}
	size := "Very Large"
	switch megabytes := f.FileSize >> 20; {
	case megabytes < 50:
		size = "Small"
	case megabytes < 200:
		size = "Medium"
	case megabytes < 500:
		size = "Large"
	}
	return strings.Join([]string{"SD Version: " + f.BaseModel, safety, "Model size: " + size}, " | ")
}

func hashed(text string, dims int64) sparse {
	v := sparse{}
	for _, token := range tokens.FindAllString(strings.ToLower(text), -1) {
		sum := md5.Sum([]byte(token)) //nolint:gosec // as above
		at := new(big.Int).Mod(new(big.Int).SetBytes(sum[:]), big.NewInt(dims)).Int64()
		v[int(at)]++
	}
	length := 0.0
	for _, x := range v {
		length += x * x
	}
	for at := range v {
		v[at] /= math.Sqrt(length)
	}
	return v
}

func (v sparse) dot(w sparse) float64 {
	sum := 0.0
	for at, x := range v {
		sum += x * w[at]
	}
	return sum
}

// boost is what the prototype adds for ratings, downloads and being new.
func (p *prototype) boost(f *lora.AdapterFacts) float64 {
	boost := 0.0
	switch {
	case f.HubRating > 4:
		boost += 0.1
	case f.HubRating > 3:
		boost += 0.05
	}
	switch {
	case f.Downloads > 10000:
		boost += 0.1
	case f.Downloads > 1000:
		boost += 0.05
	}
	if f.PublishedAt != nil && p.now.Sub(*f.PublishedAt) < 30*24*time.Hour {
		boost += 0.05
	}
	return boost
}

// rank returns the ten best. For a composition it is given the mean over the adapters
// used, since it recommended for one; a prompt it compares with its weights for prompts.
func (p *prototype) rank(q question) []string {
	if q.prompt != "" {
		var asked [3]sparse
		for k := range asked {
			asked[k] = hashed(q.prompt, prototypeDims[k])
		}
		return best(p.facts, nil, func(f *lora.AdapterFacts) float64 {
			return p.compare(promptWeights, asked, p.slots[f.ID])
		})
	}
	return best(p.facts, q.used, func(f *lora.AdapterFacts) float64 {
		sum := 0.0
		for _, id := range q.used {
			if slot, ok := p.slots[id]; ok {
				sum += p.compare(prototypeWeights, [3]sparse{p.vectors[0][slot], p.vectors[1][slot], p.vectors[2][slot]}, p.slots[f.ID])
			}
		}
		return sum / float64(len(q.used)) * (1 + p.boost(f))
	})
}

func (p *prototype) compare(weights [3]float64, asked [3]sparse, slot int) float64 {
	sum := 0.0
	for k, weight := range weights {
		sum += weight * asked[k].dot(p.vectors[k][slot])
	}
	return sum
}

// popular returns the ten most used ones.
func popular(facts []lora.AdapterFacts, used []string) []string {
	return best(facts, used, func(f *lora.AdapterFacts) float64 { return float64(f.UseCount) })
}

// best returns the ten adapters with the highest score among those of the base models of
// the adapters used, or among all when none is: what is beaten gets the same help from knowing what can be loaded.
func best(facts []lora.AdapterFacts, used []string, score func(*lora.AdapterFacts) float64) []string {
	bases := map[string]bool{}
	for i := range facts {
		if slices.Contains(used, facts[i].ID) {
			bases[facts[i].BaseModel] = true
		}
	}
	type scored struct {
		id    string
		score float64
	}
	var list []scored
	for i := range facts {
		f := &facts[i]
		if (len(used) == 0 || bases[f.BaseModel]) && f.State == lora.FileOK && !slices.Contains(used, f.ID) {
			list = append(list, scored{f.ID, score(f)})
		}
	}
	slices.SortStableFunc(list, func(a, b scored) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	var ids []string
	for _, one := range list[:min(len(list), 10)] {
		ids = append(ids, one.id)
	}
	return ids
}
