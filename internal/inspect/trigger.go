package inspect

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

const maxTriggers = 40

// triggerKeys are metadata keys in which people and tools write the words that call an adapter.
var triggerKeys = []struct {
	key   string
	score float64
}{
	{"modelspec.trigger_phrase", 1},
	{"trigger_phrase", 0.95}, {"trigger_word", 0.95}, {"trigger_words", 0.95}, {"triggers", 0.95},
	{"activation text", 0.95}, {"activation_text", 0.95}, {"ss_activation_text", 0.95},
	{"instance_prompt", 0.9},
}

// common tags describe most pictures of a booru set and call nothing.
var commonTags = map[string]bool{
	"1girl": true, "1boy": true, "solo": true, "looking at viewer": true, "simple background": true, "white background": true,
	"masterpiece": true, "best quality": true, "high quality": true, "realistic": true, "upper body": true, "smile": true, "blush": true,
	"long hair": true, "short hair": true, "breasts": true, "no humans": true, "highres": true, "absurdres": true, "standing": true,
	"score_9": true, "score_8_up": true, "score_7_up": true, "closed mouth": true, "open mouth": true, "full body": true,
}

// dullFolders are folder names that say where pictures lie, not what they show.
var dullFolders = map[string]bool{
	"img": true, "imgs": true, "image": true, "images": true, "data": true, "dataset": true, "datasets": true, "train": true,
	"training": true, "src": true, "source": true, "reg": true, "regularization": true, "input": true, "concept": true, "subject": true,
	"instance": true, "class": true, "pictures": true, "photos": true, "captions": true, "style": true,
}

// triggers ranks the words that are likely to call the adapter.
func triggers(md map[string]string, tr *training) []lora.TriggerWord {
	best := map[string]lora.TriggerWord{}
	add := func(word, source string, score float64) {
		word = clip80(strings.Trim(word, " ,;"))
		low := strings.ToLower(word)
		if word == "" || low == "none" || low == "null" || low == "[trigger]" {
			return
		}
		if old, ok := best[low]; !ok || score > old.Score {
			best[low] = lora.TriggerWord{Word: word, Source: source, Score: round2(score)}
		}
	}
	for _, k := range triggerKeys {
		for i, w := range splitList(md[k.key]) {
			add(w, k.key, k.score-0.01*float64(min(i, 10)))
		}
	}
	addToolkitTrigger(md["training_info"], add)
	for i, tok := range tr.tokens {
		add(tok, "class_tokens", 0.85-0.01*float64(min(i, 10)))
	}
	for i, dir := range tr.dirs {
		if w := folderWord(dir); w != "" {
			add(w, "folder", 0.84-0.01*float64(min(i, 10)))
		}
	}
	addTagTriggers(tr, add)
	out := make([]lora.TriggerWord, 0, len(best))
	for _, w := range best {
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b lora.TriggerWord) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.Word, b.Word))
	})
	return out[:min(len(out), maxTriggers)]
}

// splitList splits "a, b; c" and the JSON form ["a","b"].
func splitList(s string) []string {
	if s = strings.TrimSpace(s); s == "" || len(s) > 1<<16 {
		return nil
	}
	var out []string
	if s[0] == '[' {
		d := jsonScan{s: s}
		if d.array(func() error {
			w, err := d.text()
			out = append(out, w)
			return err
		}) == nil {
			return out[:min(len(out), maxTriggers)]
		}
		out = nil
	}
	for w := range strings.FieldsFuncSeq(clean(s, 4096), func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if out = append(out, w); len(out) == maxTriggers {
			break
		}
	}
	return out
}

// addToolkitTrigger finds the trigger word ai-toolkit keeps beside step and epoch.
func addToolkitTrigger(s string, add func(word, source string, score float64)) {
	if s == "" || len(s) > maxConfig {
		return
	}
	d := jsonScan{s: s}
	_ = d.object(func(key string) error { // what was found before an error still counts
		if key != "trigger_word" {
			return d.skip(0)
		}
		w, err := d.text()
		add(w, "training_info.trigger_word", 0.95)
		return err
	})
}

// folderWord takes the concept out of a kohya folder name: "10_ohwx woman" gives "ohwx woman".
func folderWord(dir string) string {
	num, rest, ok := strings.Cut(dir, "_")
	if _, isNum := number(num); !ok || !isNum {
		return ""
	}
	rest = strings.TrimSpace(rest)
	if dullFolders[strings.ToLower(rest)] || len(rest) < 2 || len(strings.Fields(rest)) > 6 {
		return ""
	}
	return rest
}

// addTagTriggers proposes tags that stand in nearly every caption.
func addTagTriggers(tr *training, add func(word, source string, score float64)) {
	if len(tr.tags) == 0 {
		return
	}
	captions := tr.images
	if top := tr.tags[0].Count; captions < top {
		captions = top
	}
	if captions < 2 {
		return
	}
	for i, t := range tr.tags {
		share := float64(t.Count) / float64(captions)
		if share < 0.9 || i == 12 {
			return
		}
		score := 0.4 + 0.3*math.Pow(share, 4) - 0.01*float64(i)
		if commonTags[strings.ToLower(t.Tag)] {
			score /= 3
		}
		add(t.Tag, "ss_tag_frequency", score)
	}
}
