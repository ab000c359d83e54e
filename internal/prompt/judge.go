package prompt

import (
	"fmt"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// clipTokens is how many tokens the text encoders of SD and SDXL models read at a time,
// without the two that mark the ends.
const clipTokens = 75

// judge notes what the user should know about the composition.
func (w *Written) judge(draft Draft, entries, duplicates []Entry) {
	w.Warnings, w.Findings = []string{}, []Finding{}
	if len(entries) == 0 {
		w.find(NoAdapters, Entry{}, "No active adapters found for composition")
		w.Warnings = append(w.Warnings, w.Findings[0].Message)
	}
	for _, d := range duplicates {
		w.find(Duplicate, d, fmt.Sprintf("%s is there more than once; the one with weight %s is left out.", d.Name, spell(d.Weight, exact)))
	}
	var idle []string
	for _, e := range entries {
		if e.idle() {
			idle = append(idle, e.Name)
			w.find(ZeroWeight, e, e.Name+" has weight 0 and does nothing.")
		}
	}
	if len(idle) > 0 {
		w.Warnings = append(w.Warnings, "Adapters with zero weight: "+strings.Join(idle, ", "))
	}
	w.judgeBases(entries)
	for _, e := range entries {
		switch {
		case e.Unknown:
			w.warn(UnknownAdapter, e, "The catalog does not have "+e.Name+"; an engine finds it only if it knows it by that name.")
		case e.Missing:
			w.warn(MissingFile, e, "The file of "+e.Name+" is missing; put it back or take the adapter out.")
		}
	}
	if draft.Handles {
		w.judgeHandles(draft.Dialect, entries)
	}
	w.judgeLength(draft, entries)
}

// find notes a finding.
func (w *Written) find(code string, e Entry, message string) {
	w.Findings = append(w.Findings, Finding{Code: code, Message: message, Adapter: e.Name, AdapterID: e.AdapterID})
}

// warn notes a finding that is a warning too.
func (w *Written) warn(code string, e Entry, message string) {
	w.find(code, e, message)
	w.Warnings = append(w.Warnings, message)
}

// idle reports whether the adapter changes nothing at any time.
func (e Entry) idle() bool {
	weighs := func(v float64) bool { return v != 0 }
	return !slices.ContainsFunc(curve(e.Weight, e.Schedule), weighs) && !slices.ContainsFunc(e.TextEncoder, weighs)
}

func (e Entry) family() string {
	if e.Family != "" {
		return e.Family
	}
	return e.BaseModel
}

// judgeBases warns of adapters that no single model can use together.
func (w *Written) judgeBases(entries []Entry) {
	var families []string
	names := map[string][]string{}
	labels := map[string]string{}
	for _, e := range entries {
		family := e.family()
		if family == "" || family == lora.UnknownBase {
			continue
		}
		if names[family] == nil {
			families = append(families, family)
			labels[family] = e.BaseModel
		}
		names[family] = append(names[family], e.Name)
	}
	if len(families) < 2 {
		return
	}
	groups := make([]string, len(families))
	for i, family := range families {
		label := labels[family]
		if label == "" {
			label = family
		}
		groups[i] = label + " (" + strings.Join(names[family], ", ") + ")"
	}
	w.warn(MixedBase, Entry{}, "The adapters are made for different base models: "+strings.Join(groups, "; ")+". One model cannot use all of them.")
}

// judgeLength warns of a prompt that CLIP reads in several pieces. It says nothing when
// an adapter is for models with other text encoders.
func (w *Written) judgeLength(draft Draft, entries []Entry) {
	for _, e := range entries {
		if f := e.family(); f != "" && f != lora.UnknownBase && !strings.HasPrefix(f, "sd1") && !strings.HasPrefix(f, "sd2") && !strings.HasPrefix(f, "sdxl") {
			return
		}
	}
	for _, text := range []struct{ what, words string }{{"prompt", w.Prompt.Words()}, {"negative prompt", draft.Negative}} {
		if n := LeastTokens(text.words); n > clipTokens {
			w.warn(LongPrompt, Entry{}, fmt.Sprintf(
				"The %s is at least %d tokens long. Text encoders of SD and SDXL models read %d at a time; what comes later works less or is cut off.",
				text.what, n, clipTokens))
		}
	}
}
