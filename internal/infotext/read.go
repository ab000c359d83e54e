package infotext

import (
	"strings"
)

// Read joins what the texts of one picture say. Where several producers have written,
// the structured and more reliable text wins field by field: this program's note, then
// SwarmUI, InvokeAI, NovelAI and Fooocus, A1111's text, StabilityMatrix, ComfyUI's graph
// and its workflow, XMP. ok is false when nothing in them is about a generation.
func Read(texts []Text) (facts Facts, ok bool) {
	var found [ranks][]Facts
	b := batch{texts: texts, found: &found}
	for _, t := range texts {
		b.read(t)
	}
	b.readGraphs()
	for _, rank := range found {
		for _, f := range rank {
			if !ok {
				facts, ok = f, true
				continue
			}
			facts.fill(f)
		}
	}
	facts.finish()
	return facts, ok
}

// ReadText reads a text that somebody has pasted: a bare prompt, A1111's text, or any of
// the JSON forms. A text that is none of the others is a prompt.
func ReadText(text string) Facts {
	text = strings.TrimSpace(text)
	for _, key := range []string{keyParameters, "prompt", "workflow"} {
		if facts, ok := Read([]Text{{Key: key, Text: text}}); ok && strings.HasPrefix(text, "{") {
			return facts
		}
	}
	facts := readA1111(text)
	facts.finish()
	return facts
}

// The keys under which producers write.
const (
	keyParameters  = "parameters"
	keyUserComment = "UserComment"
	keyNote        = "loramanager"
)

// Ranks of sources, the most reliable first.
const (
	rankNote = iota
	rankJSON
	rankText
	rankMatrix
	rankGraph
	rankWorkflow
	rankXMP
	ranks
)

// batch reads the texts of one picture, which belong together.
type batch struct {
	texts []Text
	found *[ranks][]Facts
}

func (b *batch) add(rank int, raw string, f Facts, ok bool) bool {
	if ok {
		f.Raw = raw
		b.found[rank] = append(b.found[rank], f)
	}
	return ok
}

// read reads one text; graphs are left to readGraphs.
func (b *batch) read(t Text) {
	switch t.Key {
	case "XMP", "XML:com.adobe.xmp":
		f, ok := readXMP(t.Text)
		b.add(rankXMP, t.Text, f, ok)
		return
	case "prompt", "workflow":
		return
	}
	o, isJSON := decodeObject(t.Text)
	switch {
	case isJSON:
		b.readObject(t, o)
	case isParameters(t.Text):
		f := readA1111(t.Text)
		if scheme := b.text("fooocus_scheme"); scheme != "" {
			f.Producer = Fooocus
		} else if b.text("parameters-json") != "" || b.text("smproj") != "" {
			f.Producer = StabilityMatrix
		}
		b.add(rankText, t.Text, f, true)
	case t.Key == keyParameters:
		b.add(rankText, t.Text, readA1111(t.Text), true)
	}
}

func (b *batch) readObject(t Text, o object) {
	if t.Key == keyNote || o["format"] == noteFormat {
		f, ok := readNote(t.Text)
		b.add(rankNote, t.Text, f, ok)
		return
	}
	for _, read := range []func(object) (Facts, bool){readSwarm, readInvoke, readFooocus, readNovelAI} {
		if f, ok := read(o); b.add(rankJSON, t.Text, f, ok) {
			return
		}
	}
	if f, ok := readMatrix(o); b.add(rankMatrix, t.Text, f, ok) {
		return
	}
	// NovelAI's hidden text holds all it writes, the interesting part as text again.
	if inner, ok := decodeObject(textOf(o["Comment"])); ok {
		f, ok := readNovelAI(inner)
		b.add(rankJSON, t.Text, f, ok)
		return
	}
	if g, ok := graphOf(o); ok {
		f, ok := readGraph(g)
		b.add(rankGraph, t.Text, f, ok)
	}
}

// readGraphs reads ComfyUI's two texts together: the workflow knows what is muted.
func (b *batch) readGraphs() {
	prompt, _ := decodeObject(b.text("prompt"))
	g, isGraph := graphOf(prompt)
	drawn, _ := decodeObject(b.text("workflow"))
	workflow, isDrawn := workflowOf(drawn)
	if isGraph {
		if isDrawn {
			g.mute(workflow)
		}
		f, ok := readGraph(g)
		if b.add(rankGraph, b.text("prompt"), f, ok) {
			return
		}
	}
	if isDrawn {
		f, ok := readGraph(workflow)
		b.add(rankWorkflow, b.text("workflow"), f, ok)
	}
}

func (b *batch) text(key string) string {
	for _, t := range b.texts {
		if t.Key == key {
			return t.Text
		}
	}
	return ""
}
