package prompt

import (
	"slices"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

func entry(name string, weight float64, ordinal int) Entry {
	return Entry{Composed: lora.Composed{Use: lora.Use{Name: name, Weight: weight}, Enabled: true}, Ordinal: &ordinal}
}

func TestTheExampleOfTheContract(t *testing.T) {
	t.Parallel()
	beta := entry("Beta", 0, 0)
	beta.Ordinal = nil
	got := Compose(Draft{Prefix: " hello ", Suffix: "\tend\n", Entries: []Entry{
		entry("My:Lora <x>", 1.0005, 9), entry("alpha", 0.12345, 1), entry("Zed", 0.333333, 1), entry("Neg", -0.25, 0),
		beta, entry("Alpha", 1, 5), entry("Alpha", 2, 1), entry("Alpha", 2, 0),
	}})
	want := "hello <lora:Alpha:2.000> <lora:Beta:0.000> <lora:Neg:-0.250> <lora:Zed:0.333> <lora:alpha:0.123> <lora:My:Lora <x>:1.000> end"
	if got.Text != want {
		t.Errorf("prompt\n got %s\nwant %s", got.Text, want)
	}
	if want := []string{"Adapters with zero weight: Beta"}; !slices.Equal(got.Warnings, want) {
		t.Errorf("warnings %q, want %q", got.Warnings, want)
	}
}

func composedEntry(use lora.Use) Entry {
	return Entry{Composed: lora.Composed{Use: use, Enabled: true}}
}

func codesOf(findings []Finding) string {
	var codes []string
	for _, f := range findings {
		codes = append(codes, f.Code)
	}
	return strings.Join(codes, " ")
}

func TestComposeGoesFurtherThanTheContract(t *testing.T) {
	t.Parallel()
	te := composedEntry(lora.Use{Name: "te", Weight: 0.8, TextEncoder: []float64{0.25}, Triggers: []string{"glow", " Neon light ", "<lora:evil:9>"}})
	two := composedEntry(lora.Use{Name: "a", Weight: 1, Triggers: []string{"Glow", "rain"}})
	off := two
	off.Name, off.Enabled = "off", false
	for _, c := range []struct {
		why     string
		draft   Draft
		want    string
		dropped int
	}{
		{"sorted by name, text encoder first in A1111", Draft{Entries: []Entry{te, two, off}}, "<lora:a:1.000> <lora:te:0.250:0.800>", 0},
		{"in their own order", Draft{Ordered: true, Entries: []Entry{te, two}}, "<lora:te:0.250:0.800> <lora:a:1.000>", 0},
		{
			"triggers once each, in any case, and none that would be a tag",
			Draft{Triggers: true, Ordered: true, Entries: []Entry{te, two}},
			"<lora:te:0.250:0.800> glow, Neon light <lora:a:1.000> rain", 0,
		},
		{
			"triggers that the prefix says are not said again",
			Draft{Triggers: true, Prefix: "a cat, NEON light", Entries: []Entry{te}}, "a cat, NEON light <lora:te:0.250:0.800> glow", 0,
		},
		{"backbone first in SwarmUI", Draft{Dialect: SwarmUI, Entries: []Entry{te}}, "<lora:te:0.800:0.250>", 0},
		{
			"tags of the prefix are translated", Draft{Dialect: ComfyUI, Prefix: "x <lora:q:0.2:0.9> y", Entries: []Entry{two}},
			"x <lora:q:0.900:0.200> y <lora:a:1.000>", 0,
		},
		{"nothing but words in InvokeAI", Draft{Dialect: InvokeAI, Prefix: "x", Suffix: "y", Entries: []Entry{te}}, "x y", 1},
		{"a name that breaks the tag is told", Draft{Entries: []Entry{composedEntry(lora.Use{Name: "x:y", Weight: 1})}}, "<lora:x:y:1.000>", 1},
		{"and left out elsewhere", Draft{Dialect: SDNext, Entries: []Entry{composedEntry(lora.Use{Name: "x:y", Weight: 1})}}, "", 1},
		{"a weight that rounds to nothing is told", Draft{Entries: []Entry{composedEntry(lora.Use{Name: "x", Weight: 0.0004})}}, "<lora:x:0.000>", 1},
		{"no adapters", Draft{Prefix: " a", Suffix: "b "}, "a b", 0},
	} {
		got := Compose(c.draft)
		if got.Text != c.want || len(got.Dropped) != c.dropped {
			t.Errorf("%s: got %q, dropped %+v", c.why, got.Text, got.Dropped)
		}
	}
}

func TestTheBaseModelChoosesTheBlockList(t *testing.T) {
	t.Parallel()
	e := composedEntry(lora.Use{Name: "x", Weight: 1, Blocks: map[string]float64{"MID": 0.5}})
	e.Family = "sd1"
	got := Compose(Draft{Entries: []Entry{e}})
	if want := "<lora:x:1.000:lbw=1,1,1,1,1,1,1,0.5,1,1,1,1,1,1,1,1,1>"; got.Text != want {
		t.Errorf("got %s, want %s", got.Text, want)
	}
}

func TestFindingsOfACompositionAreSentences(t *testing.T) {
	t.Parallel()
	xl, flux, pony := entry("xl", 1, 0), entry("flux", 1, 1), entry("pony", 1, 2)
	xl.BaseModel, xl.Family = "SDXL", "sdxl"
	pony.BaseModel, pony.Family = "Pony", "sdxl"
	flux.BaseModel, flux.Family = "FLUX.1", "flux1"
	gone, unknown := entry("gone", 1, 0), entry("who", 1, 0)
	gone.Missing, unknown.Unknown = true, true
	gone.AdapterID = "id-gone"
	onlyText := composedEntry(lora.Use{Name: "te", TextEncoder: []float64{1}})
	for _, c := range []struct {
		why      string
		draft    Draft
		codes    string
		warnings []string
	}{
		{"nothing to compose", Draft{}, "no_adapters", []string{"No active adapters found for composition"}},
		{"one family mixes", Draft{Entries: []Entry{xl, pony}}, "", nil},
		{"two families do not", Draft{Entries: []Entry{xl, flux, pony}}, "mixed_base", []string{
			"The adapters are made for different base models: SDXL (xl, pony); FLUX.1 (flux). One model cannot use all of them.",
		}},
		{"files and records that are gone", Draft{Entries: []Entry{gone, unknown}}, "missing_file unknown_adapter", []string{
			"The file of gone is missing; put it back or take the adapter out.",
			"The catalog does not have who; an engine finds it only if it knows it by that name.",
		}},
		{"duplicates are found but, as in the contract, not warned of", Draft{Entries: []Entry{entry("a", 1, 0), entry("a", 2, 1)}}, "duplicate", nil},
		{"a text encoder weight alone does something", Draft{Entries: []Entry{onlyText}}, "", nil},
		{"a long prompt", Draft{Prefix: strings.Repeat("word, ", 40), Entries: []Entry{xl}}, "long_prompt", []string{
			"The prompt is at least 79 tokens long. Text encoders of SD and SDXL models read 75 at a time; what comes later works less or is cut off.",
		}},
		{"a long prompt for another text encoder", Draft{Prefix: strings.Repeat("word, ", 40), Entries: []Entry{flux}}, "", nil},
		{"a long negative prompt", Draft{Negative: strings.Repeat("1", 76), Entries: []Entry{xl}}, "long_prompt", []string{
			"The negative prompt is at least 76 tokens long. Text encoders of SD and SDXL models read 75 at a time; what comes later works less or is cut off.",
		}},
	} {
		got := Compose(c.draft)
		if codesOf(got.Findings) != c.codes || !slices.Equal(got.Warnings, c.warnings) {
			t.Errorf("%s: got %s with the warnings %q", c.why, codesOf(got.Findings), got.Warnings)
		}
	}
	if f := Compose(Draft{Entries: []Entry{gone}}).Findings[0]; f.AdapterID != "id-gone" || f.Adapter != "gone" {
		t.Errorf("the finding does not name its adapter: %+v", f)
	}
}

func TestTokensAreNeverCountedTooHigh(t *testing.T) {
	t.Parallel()
	// Right: tokens by CLIP's own vocabulary where every piece is a single token.
	for text, tokens := range map[string]int{
		"": 0, "a cat": 2, "a cat, a dog": 5, "1girl": 2, "2024": 4, "don't": 2, "it's, we'll": 5, "((a:1.2))": 7, "...!?": 1, "  \n": 0,
	} {
		if got := LeastTokens(text); got > tokens {
			t.Errorf("%q counts %d, CLIP makes %d", text, got, tokens)
		}
	}
	if got := LeastTokens("a cat, a dog"); got != 5 {
		t.Errorf("plain words count %d, want 5", got)
	}
}

func TestRebuildSortsFoundFromLost(t *testing.T) {
	t.Parallel()
	entries, lost := Rebuild([]lora.ResolvedUse{
		{Use: lora.Use{AdapterID: "1", Name: "here", Weight: 0.5}, Digests: map[string]string{"sha256": "ab"}},
		{Use: lora.Use{Name: "gone", Weight: 0.7}, Digests: map[string]string{"autov2": "cd"}},
		{Use: lora.Use{Name: "unheard", Weight: 1}},
		{Use: lora.Use{Weight: 1}, Digests: map[string]string{"autov3": "ef"}},
	})
	if len(entries) != 1 || !entries[0].Enabled || entries[0].Digest != "ab" || entries[0].Weight != 0.5 {
		t.Errorf("entries %+v", entries)
	}
	want := []lora.LostAdapter{
		{Name: "gone", Digest: "cd", Weight: 0.7, Reason: "No adapter in the catalog has the digest cd or is called gone."},
		{Name: "unheard", Weight: 1, Reason: "No adapter in the catalog is called unheard."},
		{Digest: "ef", Weight: 1, Reason: "No adapter in the catalog has the digest ef."},
	}
	if !slices.Equal(lost, want) {
		t.Errorf("lost %+v", lost)
	}
}

func TestGapsLeftByTagsClose(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a <lora:x:1> b":              "a b",
		"a, <lora:x:1>, b":            "a, b",
		"a,<lora:x:1>,b":              "a,b",
		"<lora:x:1>, a":               "a",
		"a, <lora:x:1>":               "a",
		"a<lora:x:1>b":                "ab",
		"a\n<lora:x:1>\nb":            "a\n\nb",
		"a <lora:x:1> <lora:y:1>, b":  "a, b",
		"<lora:x:1> <lora:y:1>":       "",
		"a  b, , c":                   "a  b, , c",
		"a (b <lora:x:1>), <lora:y>c": "a (b), c",
	} {
		if got, _ := Strip(A1111, text); got != want {
			t.Errorf("%q leaves %q, want %q", text, got, want)
		}
	}
}
