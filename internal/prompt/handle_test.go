package prompt

import (
	"strings"
	"testing"

	"loramanager/internal/lora"
)

func TestFilesAreCalledAsTheToolsOfTheDialectCallThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dialect Dialect
		want    string
	}{
		{A1111, "ink.v2"}, {StabilityMatrix, "ink.v2"}, {ComfyUI, "ink.v2"}, {InvokeAI, "ink.v2"},
		{SDNext, "ink_v2"}, {SwarmUI, "styles/ink.v2"}, {SDCpp, "styles/ink.v2.safetensors"}, {SDCppCLI, "styles/ink.v2.safetensors"},
	} {
		if got := Handle(c.dialect, "styles/ink.v2.safetensors"); got != c.want {
			t.Errorf("%s: %q, want %q", c.dialect, got, c.want)
		}
	}
	if got := Handle(SwarmUI, "top.safetensors"); got != "top" {
		t.Errorf("a file in the root itself: %q", got)
	}
}

func TestHandlesStandInTagsOnlyWhereTheyAreAskedFor(t *testing.T) {
	t.Parallel()
	entries := []Entry{
		{Composed: lora.Composed{Use: lora.Use{Name: "Ink: drawings", Weight: 1}, Enabled: true}, File: "a/ink.safetensors"},
		{Composed: lora.Composed{Use: lora.Use{Name: "Unknown", Weight: 1}, Enabled: true}},
	}
	draft := Draft{Dialect: SDNext, Entries: entries, Ordered: true, Handles: true}
	if got := Compose(draft).Text; got != "<lora:ink:1.000> <lora:Unknown:1.000>" {
		t.Errorf("with handles: %q", got)
	}
	draft.Dialect, draft.Handles = A1111, false
	if got := Compose(draft).Text; got != "<lora:Ink: drawings:1.000> <lora:Unknown:1.000>" {
		t.Errorf("without handles: %q", got)
	}
}

func TestFilesThatADialectCannotTellApartAreWarnedOf(t *testing.T) {
	t.Parallel()
	entries := []Entry{
		{Composed: lora.Composed{Use: lora.Use{Name: "One", Weight: 1}, Enabled: true}, File: "a/ink.safetensors"},
		{Composed: lora.Composed{Use: lora.Use{Name: "Two", Weight: 1}, Enabled: true}, File: "b/ink.safetensors"},
	}
	written := Compose(Draft{Dialect: A1111, Entries: entries, Ordered: true, Handles: true})
	if len(written.Warnings) != 1 || !strings.Contains(written.Warnings[0], "a/ink.safetensors and b/ink.safetensors") {
		t.Errorf("warnings %q", written.Warnings)
	}
	if written := Compose(Draft{Dialect: SwarmUI, Entries: entries, Ordered: true, Handles: true}); len(written.Warnings) != 0 {
		t.Errorf("where paths tell them apart: %q", written.Warnings)
	}
}
