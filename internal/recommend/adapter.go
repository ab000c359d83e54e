package recommend

import (
	"slices"
	"strings"

	"loramanager/internal/lora"
	"loramanager/internal/vector"
)

// Bounds of what is read of one adapter: more says nothing new about it.
const (
	maxWords    = 100 // of each list
	maxTraining = 50
	maxWordLen  = 200 // bytes; longer ones are cut
	maxActivate = 1000
)

// How much the words of an adapter count in its text vector. Files are named after what
// they do, but also after versions and whims.
const (
	triggerPart    = 1.0
	trainedPart    = 1.0
	tagPart        = 0.8
	activationPart = 0.6
	trainingPart   = 0.5 // of the most frequent tag; the n-th counts 10/(10+n) of it
	archetypePart  = 0.5
	namePart       = 0.35
	filePart       = 0.2
)

// adapter is what the index keeps of one adapter.
type adapter struct {
	key        int64
	id, name   string
	file       string // stem of the file name
	author     termID
	archetype  termID
	activation termID
	words      []termID  // triggers, trained words, tags and training tags
	ends       [4]uint16 // where each of them ends in words
	shape      shapeID   // its technical properties
	styles     styleSet  // that any of its words names
	state      lora.FileState
	active     bool
	favorite   bool
	nsfw       int32
	rating     int8
	uses       int32
	downloads  int32
	hubRating  float32
	hubLikes   int32
	added      int64 // Unix seconds, not positive when unknown
	published  int64 // 0 when unknown
	lastUsed   int64 // 0 when never
}

func (a *adapter) triggers() []termID { return a.words[:a.ends[0]] }
func (a *adapter) trained() []termID  { return a.words[a.ends[0]:a.ends[1]] }
func (a *adapter) tags() []termID     { return a.words[a.ends[1]:a.ends[2]] }
func (a *adapter) training() []termID { return a.words[a.ends[2]:a.ends[3]] }

// usable reports whether the adapter may be recommended. Pickle files are not: loading one runs what it says.
func (a *adapter) usable() bool { return a.state == lora.FileOK }

// newAdapter takes over facts.
func newAdapter(f *lora.AdapterFacts, t *terms, shapes *shapes) adapter {
	a := adapter{
		key: f.Key, id: strings.Clone(f.ID), name: strings.Clone(f.Name),
		author: t.intern(f.Author), archetype: t.intern(cut(f.Archetype, maxWordLen)), activation: t.intern(cut(f.ActivationText, maxActivate)),
		shape: shapes.intern(f), state: f.State, active: f.Active, favorite: f.Favorite,
		nsfw: int32(min(max(f.NSFWLevel, 0), 1<<20)), rating: int8(min(max(f.Rating, 0), 5)), uses: count32(f.UseCount),
		downloads: count32(f.Downloads), hubRating: rating(f.HubRating), hubLikes: count32(f.HubFavorites),
		added: f.AddedAt.Unix(),
	}
	if stem := stem(f.FileName); stem == f.Name {
		a.file = a.name
	} else {
		a.file = strings.Clone(stem)
	}
	if f.PublishedAt != nil {
		a.published = f.PublishedAt.Unix()
	}
	if f.LastUsedAt != nil {
		a.lastUsed = f.LastUsedAt.Unix()
	}
	for i, list := range [...][]string{f.Triggers, f.TrainedWords, f.Tags, f.TrainingTags} {
		limit := maxWords
		if i == 3 {
			limit = maxTraining
		}
		for _, word := range list[:min(len(list), limit)] {
			if word = strings.TrimSpace(cut(word, maxWordLen)); word != "" {
				a.words = append(a.words, t.intern(word))
			}
		}
		a.ends[i] = uint16(len(a.words)) //nolint:gosec // at most 350
	}
	a.words = slices.Clip(a.words)
	a.styles = stylesIn(a.name) | t.styles[a.archetype]
	for _, id := range a.words {
		a.styles |= t.styles[id]
	}
	return a
}

// phrases are the words of an adapter and how much each counts. The description is not
// among them.
func (a *adapter) phrases(t *terms, into []vector.Phrase) []vector.Phrase {
	into = into[:0]
	add := func(list []termID, part float32) {
		for _, id := range list {
			into = append(into, vector.Phrase{Text: t.text(id), Weight: part})
		}
	}
	add(a.triggers(), triggerPart)
	add(a.trained(), trainedPart)
	add(a.tags(), tagPart)
	for n, id := range a.training() {
		into = append(into, vector.Phrase{Text: t.text(id), Weight: trainingPart * 10 / float32(10+n)})
	}
	if a.activation != 0 {
		into = append(into, vector.Phrase{Text: withoutTags(t.text(a.activation)), Weight: activationPart})
	}
	if a.archetype != 0 {
		into = append(into, vector.Phrase{Text: t.text(a.archetype), Weight: archetypePart})
	}
	into = append(into, vector.Phrase{Text: a.name, Weight: namePart})
	if a.file != a.name {
		into = append(into, vector.Phrase{Text: a.file, Weight: filePart})
	}
	return into
}

// style writes the adapter's styles into into and reports whether it has any.
func (a *adapter) style(t *terms, into []float32) bool {
	clear(into)
	add := func(list []termID, part float32) {
		for _, id := range list {
			t.styles[id].add(into, part)
		}
	}
	add(a.tags(), 1)
	add(a.triggers(), 0.5)
	add(a.trained(), 0.5)
	add(a.training(), 0.2)
	t.styles[a.archetype].add(into, 1)
	stylesIn(a.name).add(into, 0.5)
	return vector.Normalize(into)
}

// stem is a file name without its extension.
func stem(name string) string {
	if dot := strings.LastIndexByte(name, '.'); dot > 0 {
		return name[:dot]
	}
	return name
}

// cut shortens text to at most n bytes without breaking a letter.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "")
}

// withoutTags takes what stands between angle brackets out of a prompt: adapter tags name
// files, not what is wished for.
func withoutTags(prompt string) string {
	if !strings.Contains(prompt, "<") {
		return prompt
	}
	var b strings.Builder
	for {
		from := strings.IndexByte(prompt, '<')
		if from < 0 {
			break
		}
		to := strings.IndexByte(prompt[from:], '>')
		if to < 0 {
			break
		}
		b.WriteString(prompt[:from])
		b.WriteByte(' ')
		prompt = prompt[from+to+1:]
	}
	b.WriteString(prompt)
	return b.String()
}

func count32(n int) int32 { return int32(min(max(n, 0), 1<<31-1)) }

// rating is a rating of 0 to 5; what is no such number is 0, not rated.
func rating(x float64) float32 {
	if !(x > 0 && x <= 5) {
		return 0
	}
	return float32(x)
}
