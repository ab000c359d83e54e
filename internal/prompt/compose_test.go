package prompt

import (
	"slices"
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
