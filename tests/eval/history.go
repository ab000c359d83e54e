package main

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/recommend/recommendtest"
)

// history is a library and what was made with it.
type history struct {
	adapters []lora.AdapterFacts
	jobs     []job
}

// job is a generation that succeeded.
type job struct {
	at       time.Time
	adapters []string // ids, each once, in any order
	prompt   string   // "" when it is not known
	kept     bool
}

// question is a later composition with one adapter hidden, or a later prompt with all.
type question struct {
	used   []string
	prompt string
	hidden []string
}

// trial is what is known at a moment, and what was composed after it.
type trial struct {
	source    *recommendtest.Source
	facts     []lora.AdapterFacts
	now       time.Time
	questions []question // compositions
	prompts   []question
	jobs      int // known
}

// split cuts a history: what happened before the cut is known, and the compositions after
// it that were never made before are asked about, with each of their adapters hidden once.
func (h *history) split(latest float64) *trial {
	jobs := slices.Clone(h.jobs)
	slices.SortStableFunc(jobs, func(a, b job) int { return a.at.Compare(b.at) })
	cut := len(jobs) - int(float64(len(jobs))*latest)
	t := &trial{source: recommendtest.NewSource(), jobs: cut}
	made := map[string]bool{}
	uses, last := map[string]int{}, map[string]time.Time{}
	for _, j := range jobs[:cut] {
		t.source.Used(j.kept, j.adapters...)
		made[setOf(j.adapters)] = true
		for _, id := range j.adapters {
			uses[id]++
			last[id] = j.at
		}
	}
	if cut > 0 {
		t.now = jobs[cut-1].at
	}
	for _, f := range h.adapters {
		f.UseCount, f.LastUsedAt = uses[f.ID], nil
		if at, ok := last[f.ID]; ok {
			f.LastUsedAt = &at
		}
		t.facts = append(t.facts, f)
	}
	slices.SortFunc(t.facts, func(a, b lora.AdapterFacts) int { return cmp.Compare(a.ID, b.ID) })
	t.source.Put(t.facts...)
	for _, j := range jobs[cut:] {
		set := setOf(j.adapters)
		if made[set] {
			continue
		}
		made[set] = true // a series of pictures with one composition is one question
		if j.prompt != "" {
			t.prompts = append(t.prompts, question{prompt: j.prompt, hidden: j.adapters})
		}
		if len(j.adapters) < 2 {
			continue
		}
		for _, hidden := range j.adapters {
			rest := slices.DeleteFunc(slices.Clone(j.adapters), func(id string) bool { return id == hidden })
			t.questions = append(t.questions, question{used: rest, hidden: []string{hidden}})
		}
	}
	return t
}

func setOf(ids []string) string { return strings.Join(slices.Sorted(slices.Values(ids)), ",") }
