package prompt

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"loramanager/internal/lora"
)

var (
	names   = rapid.StringMatching(`[A-Za-z0-9éß漢_. /-]{1,12}`)
	wording = rapid.StringMatching(`[a-z ,.()\[\]\n{}|é😀]{1,12}`)
	weights = rapid.OneOf(rapid.SampledFrom([]float64{0, 1, -1, 0.5, 0.1, 1e-7, 12345.678}), rapid.Float64Range(-2, 2))
)

// anyUse draws a use of which the dialect can say everything.
func anyUse(t *rapid.T, d Dialect) lora.Use {
	use := lora.Use{Name: names.Draw(t, "name"), Weight: weights.Draw(t, "weight")}
	can := func(feature string) bool {
		return slices.Contains(grammars[d].can, feature) && rapid.Bool().Draw(t, feature)
	}
	if can(featureSchedule) {
		at := 0.0
		for range rapid.IntRange(1, 4).Draw(t, "steps") {
			at += rapid.SampledFrom([]float64{0.125, 0.3, 1, 7}).Draw(t, "gap")
			use.Schedule = append(use.Schedule, lora.ScheduledWeight{At: at, Weight: weights.Draw(t, "later")})
		}
	}
	if can(featureTextEncoder) {
		use.TextEncoder = []float64{weights.Draw(t, "te")}
	}
	if can(featureBlocks) {
		use.Blocks = map[string]float64{}
		for _, name := range blockLists[rapid.IntRange(0, len(blockLists)-1).Draw(t, "list")].names {
			use.Blocks[name] = weights.Draw(t, name)
		}
	} else if can(featurePreset) {
		use.Preset = rapid.SampledFrom([]string{"MIDD", "1,R,0,0,0,0,0,U,1,1,1,X", "1,2"}).Draw(t, "preset")
	}
	if can(featureThirds) {
		use.Blocks = map[string]float64{}
		for _, third := range []string{"in", "mid", "out"} {
			if rapid.Bool().Draw(t, third) {
				use.Blocks[third] = rapid.SampledFrom([]float64{0, 0.25, 0.5, 1, 3}).Draw(t, "factor")
			}
		}
	}
	if can(featureElements) {
		use.Elements = "ATTN"
	}
	if can(featureSteps) {
		use.Start, use.Stop = rapid.IntRange(0, 9).Draw(t, "start"), rapid.IntRange(0, 99).Draw(t, "stop")
	}
	if can(featureSections) {
		use.Sections = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"base", "refiner", "video", "segment:face,0.5", "region:0,0,1,1"}), 1, 3, rapid.ID).Draw(t, "sections")
	}
	if can(featureRankCap) {
		use.RankCap = rapid.IntRange(0, 128).Draw(t, "rank")
	}
	if can(featureExpert) {
		use.Expert = rapid.SampledFrom([]string{"high", "low"}).Draw(t, "expert")
	}
	if can(featureModule) {
		use.Module = "unet"
	}
	return use
}

// meaning is a use in the one spelling that all spellings of the same meaning share.
func meaning(d Dialect, use lora.Use) lora.Use {
	if len(use.Schedule) > 0 && use.Schedule[0].At == 0 {
		use.Weight, use.Schedule = use.Schedule[0].Weight, use.Schedule[1:]
	}
	if len(use.Schedule) == 0 {
		use.Schedule = nil
	}
	if len(use.TextEncoder) > 0 && use.TextEncoder[0] == use.Weight && use.Schedule == nil {
		use.TextEncoder = nil
	}
	if (d == SDCpp || d == SDCppCLI) && use.Expert == "low" {
		use.Expert = "" // the expert that is used when none is named
	}
	if d == SDNext {
		use = meaningOfThirds(use)
	}
	return use
}

// meaningOfThirds replaces factors by the curves of weights they make.
func meaningOfThirds(use lora.Use) lora.Use {
	if len(use.Blocks) == 0 {
		use.Blocks = nil
		return use
	}
	if !slices.ContainsFunc(curve(use.Weight, use.Schedule), func(w float64) bool { return w != 0 }) {
		use.Schedule = nil
	}
	curves := map[string]float64{}
	for _, third := range []string{"in", "mid", "out"} {
		for i, weight := range curve(use.Weight, use.Schedule) {
			curves[third+string(rune('0'+i))] = math.Round(weight*factorOf(use.Blocks, third)*1e6) / 1e6
		}
	}
	use.Blocks = curves
	return use
}

// split gives one use for each section, as a text must.
func split(uses []lora.Use) []lora.Use {
	var list []lora.Use
	for _, use := range uses {
		if len(use.Sections) < 2 {
			list = append(list, use)
			continue
		}
		for _, section := range use.Sections {
			one := use
			one.Sections = []string{section}
			list = append(list, one)
		}
	}
	return list
}

func TestPromise1_WhatIsWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	for _, d := range append(Dialects(), SDCppCLI) {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { roundTrip(t, d) })
		})
	}
}

func roundTrip(t *rapid.T, d Dialect) {
	var p Prompt
	for range rapid.IntRange(0, 6).Draw(t, "parts") {
		switch rapid.IntRange(0, 1).Draw(t, "kind") {
		case 0:
			p.Parts = append(p.Parts, Part{Kind: Words, Text: wording.Draw(t, "words")})
		case 1:
			p.Parts = append(p.Parts, Part{Kind: Tag, Use: anyUse(t, d)})
		}
	}
	printed := Print(d, p)
	if len(printed.Dropped) > 0 {
		t.Fatalf("dropped %+v of %+v", printed.Dropped, p)
	}
	back, findings := Parse(d, printed.Text)
	want := split(p.Uses())
	if d.Structured() {
		list, err := json.Marshal(printed.Structure)
		if err != nil {
			t.Fatal(err)
		}
		if back, err = ParseStructured(d, printed.Text, list); err != nil {
			t.Fatal(err)
		}
		want = summed(d, want)
	}
	if len(findings) > 0 {
		t.Fatalf("%s reads back with %+v", printed.Text, findings)
	}
	got := back.Uses()
	compareUses(t, d, printed.Text, got, want)
	if words := wordsWithoutSections(back); !d.Structured() && words != wordsWithoutSections(p) {
		t.Fatalf("%q: words %q, want %q", printed.Text, words, wordsWithoutSections(p))
	}
}

func compareUses(t *rapid.T, d Dialect, text string, got, want []lora.Use) {
	if d == SwarmUI { // sections gather their tags
		bySection := func(a, b lora.Use) int {
			return strings.Compare(strings.Join(a.Sections, "")+a.Name+spell(a.Weight, exact), strings.Join(b.Sections, "")+b.Name+spell(b.Weight, exact))
		}
		slices.SortStableFunc(got, bySection)
		slices.SortStableFunc(want, bySection)
	}
	if len(got) != len(want) {
		t.Fatalf("%q gives %d uses, want %d", text, len(got), len(want))
	}
	for i := range got {
		if a, b := meaning(d, got[i]), meaning(d, want[i]); !reflect.DeepEqual(a, b) && !nearly(a, b) {
			t.Fatalf("%q\nread %+v\nwant %+v", text, a, b)
		}
	}
}

// nearly forgives what tenths make of each other in a third of nothing.
func nearly(a, b lora.Use) bool {
	if a.Weight == b.Weight || b.Weight != 0 || b.Blocks == nil {
		return false
	}
	a.Weight, a.TextEncoder, b.TextEncoder = 0, nil, nil
	return reflect.DeepEqual(a, b)
}

// summed adds up what stable-diffusion.cpp adds up.
func summed(d Dialect, uses []lora.Use) []lora.Use {
	if d != SDCpp {
		return uses
	}
	var list []lora.Use
	for _, use := range uses {
		use.Expert = meaning(d, use).Expert
		at := slices.IndexFunc(list, func(u lora.Use) bool { return u.Name == use.Name && u.Expert == use.Expert })
		if at < 0 {
			list = append(list, use)
			continue
		}
		list[at].Weight += use.Weight
	}
	return list
}

// wordsWithoutSections are the words alone, put together.
func wordsWithoutSections(p Prompt) string {
	var b strings.Builder
	for _, part := range p.Parts {
		if part.Kind == Words {
			b.WriteString(part.Text)
		}
	}
	return b.String()
}

func TestPromise1_PlacesOfTokensAreInUTF16Units(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom([]Dialect{A1111, SDNext, SwarmUI, ComfyUI, StabilityMatrix, SDCppCLI}).Draw(t, "dialect")
		var p Prompt
		for range rapid.IntRange(0, 6).Draw(t, "parts") {
			p.Parts = append(p.Parts, Part{Kind: Words, Text: wording.Draw(t, "words")}, Part{Kind: Tag, Use: anyUse(t, d)})
		}
		printed := Print(d, p)
		units := utf16Of(printed.Text)
		for _, token := range printed.Tokens {
			if !slices.Equal(units[token.Start:token.End], utf16Of(token.Text)) {
				t.Fatalf("%+v is not in its place in %q", token, printed.Text)
			}
			if name := p.Uses()[token.Use].Name; !strings.Contains(token.Text, name) {
				t.Fatalf("%+v is not the tag of %s", token, name)
			}
		}
	})
}
