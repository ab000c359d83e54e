package httpapi

import (
	"net/url"
	"unicode/utf8"

	"loramanager/internal/lora"
)

// shown completes an adapter for a client: only the front door knows the addresses.
func shown(a lora.Adapter) lora.Adapter {
	if a.Preview != nil {
		preview := *a.Preview
		preview.URL = apiPrefix + "/adapters/" + url.PathEscape(a.ID) + "/preview?v=" + url.QueryEscape(preview.ETag)
		a.Preview = &preview
	}
	return a
}

// shownAll completes a list of adapters in place; it is never null.
func shownAll(adapters []lora.Adapter) []lora.Adapter {
	for i := range adapters {
		adapters[i] = shown(adapters[i])
	}
	return list(adapters)
}

// wireReport fills the lists and maps of a report that must not be null.
func wireReport(r *lora.Report) lora.Report {
	w := *r
	w.Base.Evidence = list(w.Base.Evidence)
	w.Kinds, w.Ranks, w.DTypes = list(w.Kinds), list(w.Ranks), list(w.DTypes)
	w.Coverage.Blocks = list(w.Coverage.Blocks)
	w.Facts, w.Tags, w.TriggerWords, w.Findings = list(w.Facts), list(w.Tags), list(w.TriggerWords), list(w.Findings)
	if w.Coverage.TextEncoders == nil {
		w.Coverage.TextEncoders = map[string]int{}
	}
	if w.EmbeddedDigests == nil {
		w.EmbeddedDigests = map[string]string{}
	}
	return w
}

// bytesOf turns a position counted in UTF-16 units, as browsers do, into bytes; a
// negative one, or one beyond the end, is the end.
func bytesOf(text string, units int) int {
	if units < 0 {
		return len(text)
	}
	for i, r := range text {
		if units <= 0 {
			return i
		}
		units -= unitsOf(r)
	}
	return len(text)
}

// unitsUpTo turns a position in bytes into one counted in UTF-16 units.
func unitsUpTo(text string, bytes int) int {
	units := 0
	for _, r := range text[:min(bytes, len(text))] {
		units += unitsOf(r)
	}
	return units
}

func unitsOf(r rune) int {
	if utf8.RuneLen(r) == 4 {
		return 2
	}
	return 1
}
