package prompt

import (
	"encoding/json"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"loramanager/internal/lora"
)

// readCase is one hand-checked text of testdata/dialects.json.
type readCase struct {
	Why      string     `json:"why"`
	Dialect  Dialect    `json:"dialect"`
	Text     string     `json:"text"`
	Words    string     `json:"words"`
	Uses     []lora.Use `json:"uses"`
	Findings []string   `json:"findings"`
	Printed  string     `json:"printed"`
}

func corpus(t testing.TB) []readCase {
	t.Helper()
	data, err := os.ReadFile("testdata/dialects.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []readCase
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

func TestPromise1_EachDialectIsReadAndWrittenAsItsEngineDoes(t *testing.T) {
	t.Parallel()
	seen := map[Dialect]bool{}
	for _, c := range corpus(t) {
		seen[c.Dialect] = true
		p, findings := Parse(c.Dialect, c.Text)
		if got := p.Uses(); !reflect.DeepEqual(got, c.Uses) {
			t.Errorf("%s: %s\nread %+v\nwant %+v", c.Why, c.Text, got, c.Uses)
		}
		if got := p.Words(); got != c.Words {
			t.Errorf("%s: %s leaves the words %q, want %q", c.Why, c.Text, got, c.Words)
		}
		codes := []string{}
		for _, f := range findings {
			codes = append(codes, f.Code)
		}
		if !slices.Equal(codes, c.Findings) {
			t.Errorf("%s: %s gives the findings %+v, want %q", c.Why, c.Text, findings, c.Findings)
		}
		if got := Print(c.Dialect, p); got.Text != c.Printed || len(got.Dropped) > 0 {
			t.Errorf("%s: %s is written as %q (dropped %v), want %q", c.Why, c.Text, got.Text, got.Dropped, c.Printed)
		}
	}
	for _, d := range append(Dialects(), SDCppCLI) {
		if !seen[d] {
			t.Errorf("no case for %s", d)
		}
	}
}

func TestPromise2_WhatADialectCannotSayIsListed(t *testing.T) {
	t.Parallel()
	rich := lora.Use{
		Name: "x", Weight: 0.8, TextEncoder: []float64{0.2, 0.3}, Blocks: map[string]float64{"in": 0.5, "IN04": 0.25}, Elements: "ATTN",
		Schedule: []lora.ScheduledWeight{{At: 0.5, Weight: 1}}, Start: 2, Stop: 9, Sections: []string{"refiner"}, RankCap: 8, Expert: "high", Module: "unet",
	}
	preset := lora.Use{Name: "y", Weight: 1, Preset: "MIDD"}
	for _, c := range []struct {
		dialect Dialect
		text    string
		dropped string
	}{
		{
			A1111, "<lora:x:0.2:0.8:dyn=8:lbw=1,0.25,0.5,0.5,0.5,1,1,1,1,1,1,1:lbwe=ATTN:start=2:stop=9> <lora:y:1:lbw=MIDD>",
			"text_encoders schedule sections expert module block_list",
		},
		{
			SDNext, "<lora:x:0.8@0,1@0.5:te=0.2:in=0.4@0,0.5@0.5:dyn=8:module=unet:high> <lora:y:1>",
			"text_encoders blocks elements steps sections preset",
		},
		{SwarmUI, " <lora:y:1><refiner><lora:x:0.8:0.2>", "preset text_encoders blocks elements schedule steps rank_cap expert module"},
		{ComfyUI, "<lora:x:0.8:0.2> <lora:y:1>", "text_encoders blocks elements schedule steps sections rank_cap expert module preset"},
		{StabilityMatrix, "<lora:x:0.8> <lora:y:1>", "text_encoder blocks elements schedule steps sections rank_cap expert module preset"},
		{InvokeAI, "", "text_encoder blocks elements schedule steps sections rank_cap expert module preset"},
		{SDCpp, "", "text_encoder blocks elements schedule steps sections rank_cap module preset"},
		{SDCppCLI, "<lora:|high_noise|x:0.8> <lora:y:1>", "text_encoder blocks elements schedule steps sections rank_cap module preset"},
	} {
		got := Print(c.dialect, Prompt{Parts: []Part{{Kind: Tag, Use: rich}, {Kind: Words, Text: " "}, {Kind: Tag, Use: preset}}})
		if got.Text != c.text {
			t.Errorf("%s writes\n%s, want\n%s", c.dialect, got.Text, c.text)
		}
		var dropped []string
		for _, d := range got.Dropped {
			dropped = append(dropped, d.Feature)
			if !strings.HasSuffix(d.Message, ".") || !strings.Contains(d.Message, d.Adapter) || !strings.Contains(d.Message, c.dialect.Label()) {
				t.Errorf("%s: not a sentence about %s: %s", c.dialect, d.Adapter, d.Message)
			}
		}
		if strings.Join(dropped, " ") != c.dropped {
			t.Errorf("%s drops %q, want %q", c.dialect, strings.Join(dropped, " "), c.dropped)
		}
	}
}

func TestNamesThatBreakATagLeaveItOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dialect Dialect
		name    string
		written bool
	}{
		{A1111, "a:b", false},
		{A1111, "a>b", false},
		{A1111, "a=b", false},
		{A1111, "a<b ü.v1", true},
		{SDNext, "a=b", false},
		{SwarmUI, "a<b", false},
		{SwarmUI, "a=b", true},
		{ComfyUI, "a:b", false},
		{StabilityMatrix, "", false},
		{SDCppCLI, "a|b", false},
	} {
		got := Print(c.dialect, Prompt{Parts: []Part{{Kind: Tag, Use: lora.Use{Name: c.name, Weight: 1}}}})
		if written := got.Text != ""; written != c.written || written == (len(got.Dropped) == 1 && got.Dropped[0].Feature == "name") {
			t.Errorf("%s with the name %q writes %q and drops %+v", c.dialect, c.name, got.Text, got.Dropped)
		}
	}
}

func TestSectionsAndChangesOutsideSwarmUI(t *testing.T) {
	t.Parallel()
	p, _ := Parse(SwarmUI, "a <fromto[0.5]:cat,dog><refiner> b")
	for _, c := range []struct {
		dialect       Dialect
		text, dropped string
	}{
		{A1111, "a [cat:dog:0.5] b", "sections"},
		{SDNext, "a [cat:dog:0.5] b", "sections"},
		{ComfyUI, "a cat b", "switch sections"},
		{SDCpp, "a cat b", "switch sections"},
	} {
		got := Print(c.dialect, p)
		var dropped []string
		for _, d := range got.Dropped {
			dropped = append(dropped, d.Feature)
		}
		if got.Text != c.text || strings.Join(dropped, " ") != c.dropped {
			t.Errorf("%s writes %q and drops %q", c.dialect, got.Text, dropped)
		}
	}
}

func TestStructuredDialectsListTheAdapters(t *testing.T) {
	t.Parallel()
	p := Prompt{Parts: []Part{
		{Kind: Words, Text: "a "}, {Kind: Tag, Use: lora.Use{Name: "x", Weight: 0.5}},
		{Kind: Words, Text: " b "}, {Kind: Tag, Use: lora.Use{Name: "x", Weight: 0.25}}, {Kind: Tag, Use: lora.Use{Name: "x", Weight: 1, Expert: "high"}},
	}}
	for dialect, want := range map[Dialect]string{
		InvokeAI: `[{"lora":"x","weight":0.5},{"lora":"x","weight":0.25},{"lora":"x","weight":1}]`,
		SDCpp:    `[{"path":"x","multiplier":0.75,"is_high_noise":false},{"path":"x","multiplier":1,"is_high_noise":true}]`,
	} {
		got := Print(dialect, p)
		list, err := json.Marshal(got.Structure)
		if err != nil || string(list) != want || got.Text != "a b" {
			t.Errorf("%s gives %q with %s (%v)", dialect, got.Text, list, err)
		}
	}
	for list, want := range map[string]string{
		`[{"model":{"name":"n","key":"k"},"weight":2}]`: "n",
		`[{"lora":"n"}]`:                   "n",
		`[{"path":"n","multiplier":0.5}]`:  "n",
		`[{"weight":1}]`:                   "",
		`[{"lora":{"name":3},"weight":1}]`: "",
		`{}`:                               "",
		`[`:                                "",
	} {
		p, err := ParseStructured(InvokeAI, "words", []byte(list))
		switch {
		case want == "" && lora.CodeOf(err) != lora.Invalid:
			t.Errorf("%s: got %v, want it refused", list, err)
		case want != "" && (err != nil || p.Uses()[0].Name != want):
			t.Errorf("%s: got %+v, %v", list, p, err)
		}
	}
}

func TestArgumentsThatWouldBreakATagAreLost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dialect Dialect
		use     lora.Use
		feature string
	}{
		{A1111, lora.Use{Name: "x", Weight: 1, Preset: "a:b"}, featurePreset},
		{A1111, lora.Use{Name: "x", Weight: 1, Elements: "a>b"}, featureElements},
		{A1111, lora.Use{Name: "x", Weight: 1, Blocks: map[string]float64{"ATTIC": 1}}, featureBlocks},
		{SDNext, lora.Use{Name: "x", Weight: 1, Module: "a=b"}, featureModule},
		{SDNext, lora.Use{Name: "x", Weight: 1, Expert: "best"}, featureExpert},
	} {
		got := Print(c.dialect, Prompt{Parts: []Part{{Kind: Tag, Use: c.use}}})
		if got.Text != "<lora:x:1>" || len(got.Dropped) != 1 || got.Dropped[0].Feature != c.feature {
			t.Errorf("%+v is written as %+v", c.use, got)
		}
	}
}

func TestEachLossIsListedOnce(t *testing.T) {
	t.Parallel()
	use := lora.Use{Name: "x", Weight: 1, RankCap: 4, Sections: []string{"base", "refiner"}}
	got := Print(SwarmUI, Prompt{Parts: []Part{{Kind: Words, Text: "a"}, {Kind: Tag, Use: use}}})
	if got.Text != "a<base><lora:x:1><refiner><lora:x:1>" || len(got.Dropped) != 1 || len(got.Tokens) != 2 {
		t.Errorf("got %+v", got)
	}
	use.Sections = []string{"attic>"}
	got = Print(SwarmUI, Prompt{Parts: []Part{{Kind: Tag, Use: use}}})
	if got.Text != "<lora:x:1>" || len(got.Dropped) != 2 {
		t.Errorf("a word that is no section: got %+v", got)
	}
}

func TestWeightsStayNumbers(t *testing.T) {
	t.Parallel()
	huge := Part{Kind: Tag, Use: lora.Use{Name: "x", Weight: math.MaxFloat64, Blocks: map[string]float64{"in": 10}}}
	p := Prompt{Parts: []Part{huge, huge}}
	if _, err := json.Marshal(Print(SDCpp, p).Structure); err != nil {
		t.Error(err)
	}
	if text := Print(SDNext, p).Text; strings.Contains(text, "Inf") {
		t.Error(text)
	}
}

func TestDialectsHaveNames(t *testing.T) {
	t.Parallel()
	for _, d := range Dialects() {
		if got, err := DialectOf(string(d)); got != d || err != nil || d.Label() == "" {
			t.Errorf("%s: %s, %v", d, got, err)
		}
	}
	if d, err := DialectOf(""); d != A1111 || err != nil {
		t.Errorf("no name is %s, %v", d, err)
	}
	if _, err := DialectOf("midjourney"); lora.CodeOf(err) != lora.Invalid || !strings.Contains(err.Error(), "a1111, sdnext") {
		t.Errorf("got %v", err)
	}
}

func utf16Of(s string) []uint16 { return utf16.Encode([]rune(s)) }
