package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestThePlantedHistoryOfASeedIsAlwaysTheSame(t *testing.T) {
	t.Parallel()
	a, b, other := plant(7), plant(7), plant(8)
	if len(a.jobs) != len(b.jobs) || a.jobs[len(a.jobs)/2].prompt != b.jobs[len(b.jobs)/2].prompt || a.adapters[9].Name != b.adapters[9].Name {
		t.Error("one seed made two histories")
	}
	if a.adapters[9].Name == other.adapters[9].Name {
		t.Error("two seeds made one history")
	}
}

func TestNothingOfWhatIsAskedIsKnown(t *testing.T) {
	t.Parallel()
	h := plant(7)
	trial := h.split(0.2)
	known := map[string]bool{}
	for _, j := range h.jobs[:trial.jobs] {
		known[setOf(j.adapters)] = true
		if j.at.After(trial.now) {
			t.Fatal("a known job lies after the cut")
		}
	}
	if len(trial.questions) == 0 {
		t.Fatal("there are no questions")
	}
	for _, q := range trial.questions {
		if known[setOf(append(q.hidden, q.used...))] {
			t.Fatalf("the composition %v was made before", q)
		}
	}
}

func TestARealHistoryIsRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	results, adapters := filepath.Join(dir, "results.jsonl"), filepath.Join(dir, "adapters.json")
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	line := `{"created_at":"2026-01-0DT00:00:00Z","status":"completed","kind":"generation","prompt":"castle","is_favorite":true,"rating":null,"trashed_at":null,"adapters":[{"adapter_id":"A"},{"adapter_id":"B"},{"adapter_id":"A"},{"adapter_id":""}]}` + "\n"
	var lines strings.Builder
	for _, day := range []string{"1", "2", "3", "4"} {
		lines.WriteString(strings.Replace(line, "D", day, 1))
	}
	lines.WriteString(`{"created_at":"2026-01-05T00:00:00Z","status":"failed","adapters":[{"adapter_id":"A"}]}` + "\n")
	lines.WriteString(strings.NewReplacer("D", "6", `"B"`, `"C"`).Replace(line))
	write(results, lines.String())
	write(adapters, `{"items":[{"id":"A","name":"a","base_model":"sdxl","file_state":"ok","tags":["x"]},{"id":"B","name":"b","base_model":"sdxl","file_state":"ok"},{"id":"C","name":"c","base_model":"sdxl","file_state":"ok","activation_text":"go"}]}`)
	h, err := readHistory(results, adapters)
	if err != nil || len(h.jobs) != 5 || len(h.adapters) != 3 || !h.jobs[0].kept || len(h.jobs[0].adapters) != 2 || h.adapters[2].ActivationText != "go" {
		t.Fatalf("%+v, %v", h, err)
	}
	var out bytes.Buffer
	err = run(t.Context(), &options{history: results, adapters: adapters, latest: 0.2}, &out)
	if !strings.Contains(out.String(), "2 later compositions") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestFilesThatAreNoHistoryAreRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("{\"created_at\": \"yesterday\"}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, results := range []string{path, path + "-not-there"} {
		if _, err := readHistory(results, path); err == nil {
			t.Errorf("%s was read", results)
		}
	}
}

func TestTheVerdictAsksForThirtyPercent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		blend, other float64
		wins         bool
	}{{"29 percent better", 0.129, 0.1, false}, {"31 percent better", 0.131, 0.1, true}, {"worse", 0.05, 0.1, false}} {
		table := newTable("questions")
		table.questions = 1
		table.add(blendRow, c.blend, c.blend)
		table.add(popularRow, c.other, c.other)
		table.add(prototypeRow, c.other, c.other)
		if err := table.verdict(); (err == nil) != c.wins {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if newTable("questions").verdict() == nil {
		t.Error("no question, and yet it wins")
	}
}
