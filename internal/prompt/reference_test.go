package prompt

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"loramanager/internal/lora"
)

// row is an active adapter as the first version kept it.
type row struct {
	name    string
	weight  float64
	ordinal *int
}

// referenceCompose is section 4 of the reference contract, written from its sentences
// and without a look at Compose.
func referenceCompose(rows []row, prefix, suffix string) (prompt string, warnings []string) {
	sorted := append([]row{}, rows...)
	sort.SliceStable(sorted, func(i, j int) bool {
		a, b := 0, 0
		if sorted[i].ordinal != nil {
			a = *sorted[i].ordinal
		}
		if sorted[j].ordinal != nil {
			b = *sorted[j].ordinal
		}
		if a != b {
			return a < b
		}
		return slices.Compare([]rune(sorted[i].name), []rune(sorted[j].name)) < 0
	})
	var once []row
	for _, r := range sorted {
		known := false
		for i := range once {
			if once[i].name == r.name {
				known = true
				if r.weight > once[i].weight {
					once[i] = r
				}
			}
		}
		if !known {
			once = append(once, r)
		}
	}
	var pieces, zero []string
	if s := strings.TrimSpace(prefix); s != "" {
		pieces = append(pieces, s)
	}
	for _, r := range once {
		pieces = append(pieces, fmt.Sprintf("<lora:%s:%.3f>", r.name, r.weight))
		if r.weight == 0 {
			zero = append(zero, r.name)
		}
	}
	if s := strings.TrimSpace(suffix); s != "" {
		pieces = append(pieces, s)
	}
	warnings = []string{}
	if len(once) == 0 {
		warnings = append(warnings, "No active adapters found for composition")
	}
	if len(zero) > 0 {
		warnings = append(warnings, "Adapters with zero weight: "+strings.Join(zero, ", "))
	}
	return strings.Join(pieces, " "), warnings
}

func TestPromise3_ComposeAgreesWithTheReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var rows []row
		var entries []Entry
		for range rapid.IntRange(0, 12).Draw(t, "adapters") {
			r := row{
				name:    rapid.OneOf(rapid.SampledFrom([]string{"a", "A", "b", "ä", "漢", "😀", "x:y <z>", ""}), rapid.String()).Draw(t, "name"),
				weight:  rapid.OneOf(rapid.SampledFrom([]float64{0, 1, 1.0005, -0.0001, 0.12345, 2.5e10}), rapid.Float64Range(-3, 3)).Draw(t, "weight"),
				ordinal: rapid.Ptr(rapid.IntRange(-2, 3), true).Draw(t, "ordinal"),
			}
			rows = append(rows, r)
			entries = append(entries, Entry{Composed: lora.Composed{Use: lora.Use{Name: r.name, Weight: r.weight}, Enabled: true}, Ordinal: r.ordinal})
		}
		frame := rapid.OneOf(rapid.SampledFrom([]string{"", " ", "\t hello\n", "a <lora:q:1:2> b", "<refiner>"}), rapid.StringMatching(`[ a-z<>:,{}é]{0,20}`))
		prefix, suffix := frame.Draw(t, "prefix"), frame.Draw(t, "suffix")
		want, warnings := referenceCompose(rows, prefix, suffix)
		got := Compose(Draft{Prefix: prefix, Suffix: suffix, Entries: entries})
		if got.Text != want {
			t.Fatalf("prompt\n got %q\nwant %q", got.Text, want)
		}
		if !slices.Equal(got.Warnings, warnings) {
			t.Fatalf("warnings\n got %q\nwant %q", got.Warnings, warnings)
		}
	})
}
