package library_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/library"
)

func TestPatternsMatchAsInFnmatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"*.bin", "a.bin", true},
		{"*.bin", "a/b.bin", true},
		{"*.bin", "a.bin.txt", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"[a-c]x", "bx", true},
		{"[!a-c]x", "bx", false},
		{"[!a-c]x", "dx", true},
		{"[]]x", "]x", true},
		{"[x", "[x", true},
		{"[x", "x", false},
		{"old/*", "old/deep/x", true},
		{"**", "", true},
		{"", "", true},
		{"", "a", false},
		{"a*b*c", "aXbYc", true},
		{"a*b*c", "aXbY", false},
	} {
		if got := library.GlobMatch(c.pattern, c.text); got != c.want {
			t.Errorf("%q on %q: %v", c.pattern, c.text, got)
		}
	}
	// Going back for every star would not end before the run is given up.
	if library.GlobMatch(strings.Repeat("a*", 200)+"b", strings.Repeat("a", 4000)) {
		t.Error("a pattern that ends with b matches a text without one")
	}
}

func TestNamesOfAFolderAreSortedIntoAdapters(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ names, want []string }{
		"nothing":                      {[]string{"readme.md", "x.json"}, nil},
		"sidecars in order of trust":   {[]string{"x.civitai.info", "x.json", "x.metadata.json", "x.safetensors"}, []string{"f/x.safetensors | f/x.json f/x.metadata.json f/x.civitai.info | "}},
		"previews in order of liking":  {[]string{"x.jpg", "x.mp4", "x.preview.png", "x.safetensors"}, []string{"f/x.safetensors |  | f/x.preview.png f/x.jpg f/x.mp4"}},
		"the other extension's too":    {[]string{"x.safetensors", "x.safetensors.json"}, []string{"f/x.safetensors | f/x.safetensors.json | "}},
		"of two, safetensors has them": {[]string{"x.pt", "x.png", "x.safetensors"}, []string{"f/x.pt |  | ", "f/x.safetensors |  | f/x.png"}},
		"dots in stems":                {[]string{"x.safetensors", "x.v1.png", "x.v1.safetensors"}, []string{"f/x.safetensors |  | ", "f/x.v1.safetensors |  | f/x.v1.png"}},
		"PEFT's configuration belongs": {[]string{"adapter_config.json", "adapter_model.safetensors"}, []string{"f/adapter_model.safetensors | f/adapter_config.json | "}},
		"any case of extension":        {[]string{"X.PNG", "X.SafeTensors"}, []string{"f/X.SafeTensors |  | f/X.PNG"}},
	} {
		if got := library.Group(c.names); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestSortingTheNamesOfAHugeFolderTakesMoments(t *testing.T) {
	t.Parallel()
	const n = 100_000
	names := make([]string, 0, 3*n)
	for i := range n {
		stem := fmt.Sprintf("adapter-%08d", i)
		names = append(names, stem+".json", stem+".png", stem+".safetensors")
	}
	// Comparing each with each would not end before the run is given up.
	if got := len(library.Group(names)); got != n {
		t.Errorf("%d adapters", got)
	}
}

func TestTheQuickDigestSeesHeaderSizeAndFirstWeights(t *testing.T) {
	t.Parallel()
	for _, head := range []int64{1000, 60 << 10, 200 << 10} {
		base := make([]byte, 300<<10)
		digests := map[string]string{}
		for name, change := range map[string]func([]byte) []byte{
			"as it is":        func(b []byte) []byte { return b },
			"header":          func(b []byte) []byte { b[500] = 1; return b },
			"first weights":   func(b []byte) []byte { b[head+10] = 1; return b },
			"one byte longer": func(b []byte) []byte { return append(b, 0) },
			"tiny":            func(b []byte) []byte { return b[:head] },
		} {
			d, err := library.QuickDigest(change(slices.Clone(base)), head)
			if err != nil {
				t.Fatal(err)
			}
			if other, taken := digests[d]; taken {
				t.Errorf("%q and %q have one digest", name, other)
			}
			digests[d] = name
		}
	}
}
