package inspect_test

import (
	"strings"
	"testing"

	"loramanager/internal/inspect"
	"loramanager/internal/lora"
)

func TestExamplesAreSoundFilesOfTheirKind(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"lora", "locon", "loha", "lokr", "dora", "glora", "oft", "full"} {
		e := inspect.Example{Base: "sdxl", Dialect: "kohya", Kind: kind, Rank: 4}
		ts, err := e.Tensors()
		if err != nil {
			t.Fatal(err)
		}
		r := inspect.Inspect(header(ts), inspect.Options{})
		if r.Kind != kind || r.Base.ID != "sdxl" || r.Worst() == lora.Defect || r.Worst() == lora.Warning {
			t.Errorf("%s: kind %s, base %s, findings %v", e, r.Kind, r.Base.ID, codes(r.Findings))
		}
		end := int64(0)
		for _, tn := range ts {
			n := int64(2)
			for _, d := range tn.Shape {
				n *= d
			}
			if tn.Begin != end || tn.End != end+n {
				t.Fatalf("%s: %s lies at %d..%d, want %d..%d", e, tn.Name, tn.Begin, tn.End, end, end+n)
			}
			end = tn.End
		}
	}
}

func TestExamplesOfUnknownThingsAreRefused(t *testing.T) {
	t.Parallel()
	good := inspect.Example{Base: "flux1", Dialect: "kohya", Kind: "lora", Rank: 4}
	for field, change := range map[string]func(e *inspect.Example){
		"base":    func(e *inspect.Example) { e.Base = "none" },
		"dialect": func(e *inspect.Example) { e.Dialect = "none" },
		"kind":    func(e *inspect.Example) { e.Kind = "none" },
	} {
		e := good
		change(&e)
		if _, err := e.Tensors(); lora.CodeOf(err) != lora.Invalid || !strings.Contains(err.Error(), "none") {
			t.Errorf("%s: %v", field, err)
		}
	}
	good.Rank = 0
	if _, err := good.Tensors(); err == nil {
		t.Error("rank 0 is taken")
	}
}
