package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// table collects figures by row, one per trial.
type table struct {
	what        string // was asked
	hits, gains map[string][]float64
	questions   int
}

func newTable(what string) *table {
	return &table{what: what, hits: map[string][]float64{}, gains: map[string][]float64{}}
}

func (t *table) add(name string, hit, gain float64) {
	t.hits[name] = append(t.hits[name], hit)
	t.gains[name] = append(t.gains[name], gain)
}

// markdown writes the table, best first.
func (t *table) markdown() string {
	if t.questions == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s:\n\n", t.questions, t.what)
	b.WriteString("| ranked by | hit-rate@10 | nDCG@10 | lowest and highest nDCG@10 |\n|---|---|---|---|\n")
	names := slices.SortedFunc(maps.Keys(t.gains), func(a, b string) int {
		return cmp.Or(cmp.Compare(mean(t.gains[b]), mean(t.gains[a])), strings.Compare(a, b))
	})
	for _, name := range names {
		fmt.Fprintf(&b, "| %s | %.3f | %.3f | %.3f – %.3f |\n", name, mean(t.hits[name]), mean(t.gains[name]), slices.Min(t.gains[name]), slices.Max(t.gains[name]))
	}
	b.WriteString("\n")
	for _, name := range []string{popularRow, prototypeRow} {
		fmt.Fprintf(&b, "The blend against %s: hit-rate %s, nDCG %s.\n", name, times(t.hits, name), times(t.gains, name))
	}
	b.WriteString("\n")
	return b.String()
}

// times is how many times the figure of a row the blend's is.
func times(figures map[string][]float64, name string) string {
	ratio := mean(figures[blendRow]) / mean(figures[name])
	if math.IsInf(ratio, 0) || math.IsNaN(ratio) {
		return "not comparable"
	}
	return fmt.Sprintf("x %.2f", ratio)
}

// verdict is an error when the blend does not win by what is needed.
func (t *table) verdict() error {
	if t.questions == 0 {
		return fmt.Errorf("there are no %s", t.what)
	}
	var failed []string
	for _, name := range []string{popularRow, prototypeRow} {
		for measure, figures := range map[string]map[string][]float64{"hit-rate@10": t.hits, "nDCG@10": t.gains} {
			if mean(figures[blendRow]) < needed*mean(figures[name]) {
				failed = append(failed, fmt.Sprintf("%s of the blend for %s is %.3f, of %s %.3f", measure, t.what, mean(figures[blendRow]), name, mean(figures[name])))
			}
		}
	}
	if len(failed) > 0 {
		slices.Sort(failed)
		return fmt.Errorf("the blend does not win by 30 %%: %s", strings.Join(failed, "; "))
	}
	return nil
}

func mean(list []float64) float64 {
	sum := 0.0
	for _, x := range list {
		sum += x
	}
	return sum / float64(max(len(list), 1))
}
