package sidecar

import (
	"fmt"
	"slices"
	"testing"
)

func TestSplitReadsTheLongestEnding(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"x.safetensors":           "x adapter",
		"my.v1.2.SafeTensors":     "my.v1.2 adapter",
		"x.pt":                    "x adapter",
		"x.gguf":                  "x adapter",
		"x.json":                  "x sidecar",
		"x.metadata.json":         "x sidecar",
		"X.Civitai.Info":          "X sidecar",
		"x.cm-info.json":          "x sidecar",
		"x.swarm.json":            "x sidecar",
		"x.preview.png":           "x preview",
		"x.PNG":                   "x preview",
		"x.v2.preview.jpeg":       "x.v2 preview",
		"x.thumb.jpg":             "x preview",
		"x.webm":                  "x preview",
		"x.svg":                   "x.svg other",
		"x.avif":                  "x.avif other",
		"x.html":                  "x.html other",
		"x.safetensors.part":      "x.safetensors.part other",
		"x.info":                  "x.info other",
		".json":                   ".json other",
		".metadata.json":          ".metadata sidecar",
		".safetensors":            ".safetensors other",
		"x":                       "x other",
		"":                        " other",
		"x.":                      "x. other",
		"日本語.safetensors":         "日本語 adapter",
		"caf\xe9.preview.png":     "caf\xe9 preview",
		"x.safetensors.json":      "x.safetensors sidecar",
		"preview.png":             "preview preview",
		"x.metadata.json.json":    "x.metadata.json sidecar",
		"trailing space .png":     "trailing space  preview",
		"İ.PNG":                   "İ preview",
		"Kelvin K sign.civitaI.K": "Kelvin K sign.civitaI.K other",
	} {
		stem, role, _ := Split(name)
		got := stem + " " + []string{"other", "adapter", "sidecar", "preview"}[role]
		if got != want {
			t.Errorf("Split(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestMatchDecidesByWhatLiesInTheFolder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		adapters []string
		want     string
	}{
		{"x.metadata.json", []string{"x"}, "x"},
		{"x.metadata.json", []string{"x.metadata"}, "x.metadata"},
		{"x.metadata.json", []string{"x", "x.metadata"}, "x"},
		{"x.preview.png", []string{"x.preview"}, "x.preview"},
		{"x.preview.png", []string{"y"}, ""},
		{"x.safetensors.json", []string{"x"}, "x"},
		{"x.safetensors.civitai.info", []string{"x"}, "x"},
		{"x.safetensors.preview.png", []string{"x"}, "x"},
		{"x.v1.png", []string{"x"}, ""},
		{"x.v1.png", []string{"x", "x.v1"}, "x.v1"},
		{"x.safetensors", []string{"x"}, ""},
		{"config.json", []string{"x"}, ""},
		{"x.txt", []string{"x"}, ""},
	} {
		stem, role, _ := Match(c.name, func(s string) bool { return slices.Contains(c.adapters, s) })
		if stem != c.want || (role == Other) != (c.want == "") {
			t.Errorf("Match(%q) among %v = %q, %d", c.name, c.adapters, stem, role)
		}
	}
}

func TestRanksFollowTheCandidates(t *testing.T) {
	t.Parallel()
	for role, names := range map[Role][]string{Description: Candidates("a.b"), Preview: PreviewCandidates("a.b")} {
		for i, name := range names {
			stem, gotRole, rank := Split(name)
			if stem != "a.b" || gotRole != role || rank != i {
				t.Errorf("%s is %q, role %d, rank %d, want rank %d", name, stem, gotRole, rank, i)
			}
		}
	}
	if first := PreviewCandidates("x")[0]; first != "x.preview.png" {
		t.Errorf("the best preview is %s", first)
	}
	if !IsVideo("x.MP4") || IsVideo("x.png") {
		t.Error("videos are not told from pictures")
	}
}

func BenchmarkSortingAFolder(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			names := make([]string, 0, 3*n)
			for i := range n {
				names = append(names, fmt.Sprintf("adapter %d v1.0.safetensors", i), fmt.Sprintf("adapter %d v1.0.preview.png", i), fmt.Sprintf("adapter %d v1.0.civitai.info", i))
			}
			b.ResetTimer()
			for b.Loop() {
				adapters := map[string]bool{}
				for _, name := range names {
					if stem, role, _ := Split(name); role == Adapter {
						adapters[stem] = true
					}
				}
				matched := 0
				for _, name := range names {
					if _, role, _ := Match(name, func(s string) bool { return adapters[s] }); role != Other {
						matched++
					}
				}
				if matched != 2*n {
					b.Fatal(matched)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(3*n), "ns/name")
		})
	}
}

func TestPromise5_EachNameIsLookedUpAFewTimesOnly(t *testing.T) {
	t.Parallel()
	const n = 20_000
	lookups := 0
	for i := range n {
		Match(fmt.Sprintf("adapter %d.safetensors.preview.metadata.json", i), func(string) bool { lookups++; return false })
		Match(fmt.Sprintf("adapter %d.preview.png", i), func(string) bool { lookups++; return false })
	}
	if lookups > 2*n*4 {
		t.Errorf("%d look-ups for %d names", lookups, 2*n)
	}
}
