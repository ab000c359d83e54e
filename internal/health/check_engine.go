package health

import (
	"context"
	"fmt"

	"loramanager/internal/lora"
)

// lookEngines judges what was learned about the engines; it asks none of them.
func (c *Checker) lookEngines(ctx context.Context) ([]lora.Check, func(*Status)) {
	var load map[string]int
	if c.o.Queue != nil {
		load, _ = c.o.Queue.JobLoad(ctx) // without it the checks say less
	}
	checks := []lora.Check{}
	for _, engine := range c.o.Engines.Status() {
		check := judgeEngine(&engine)
		if jobs, known := load[engine.Name]; known {
			check.Facts["jobs"] = jobs
		}
		checks = append(checks, check)
	}
	if len(checks) == 0 {
		check := lora.Check{ID: "engine", Area: "engine", Link: enginesPage}
		checks = append(checks, bad(check, lora.CheckWarning, "No engine is set up: nothing can be generated.", "Add one under Settings, Engines."))
	}
	return checks, nil
}

func judgeEngine(e *lora.EngineStatus) lora.Check {
	check := lora.Check{ID: "engine:" + e.Name, Area: "engine", Name: e.Name, Link: enginesPage, Facts: map[string]any{"kind": string(e.Kind)}}
	product := string(e.Kind)
	if e.Capabilities != nil && e.Capabilities.Product != "" {
		product = scrub(e.Capabilities.Product)
		check.Facts["product"] = product
	}
	if e.LatencyMS != nil {
		check.Facts["latency_ms"] = *e.LatencyMS
	}
	if e.CheckedAt != nil {
		check.Facts["asked_at"] = *e.CheckedAt
	}
	switch {
	case !e.Enabled:
		return bad(check, lora.CheckOff, "Disabled.", "")
	case e.Reachable == nil:
		return bad(check, lora.CheckUnknown, "It was not asked yet.", "")
	case *e.Reachable && e.Error == "":
		return good(check, product+" answers.")
	case *e.Reachable:
		return bad(check, lora.CheckWarning, fmt.Sprintf("%s answers, but cannot be used: %s", e.Name, scrub(e.Error)), "Test it under Settings, Engines.")
	}
	why := scrub(e.Error)
	if why == "" {
		why = "It does not answer."
	}
	return bad(check, lora.CheckWarning, fmt.Sprintf("The engine %s is unavailable: %s", e.Name, why), "Start it, or check its address under Settings, Engines; disable it when it is not needed.")
}
