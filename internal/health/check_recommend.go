package health

import (
	"context"
	"fmt"
	"strings"

	"loramanager/internal/lora"
)

func (c *Checker) lookRecommend(context.Context) ([]lora.Check, func(*Status)) {
	r := c.o.Recommend()
	check := lora.Check{ID: "recommend", Area: "recommend", Link: recommendPage, Facts: map[string]any{"adapters": r.Adapters, "embedder": r.Embedder}}
	if r.Model != "" {
		check.Facts["model"], check.Facts["pending"] = scrub(r.Model), r.Pending
	}
	switch {
	case r.Error != "":
		check = bad(check, lora.CheckError, "The index of recommendations could not be built: "+scrub(r.Error), "Rebuild it on the page Recommendations; the log says more.")
	case !r.Ready:
		check = bad(check, lora.CheckUnknown, "The index of recommendations is being built.", "")
	case r.Embedder == "failing":
		check = bad(check, lora.CheckWarning, "The embeddings endpoint fails: "+scrub(r.Failure),
			"Start it, or check its address and model. Recommendations use the built-in vectors meanwhile.")
	case r.Embedder == "computing":
		check = good(check, fmt.Sprintf("%d adapters are known; vectors of %d are being computed.", r.Adapters, r.Pending))
	default:
		check = good(check, fmt.Sprintf("%d adapters are known.", r.Adapters))
	}
	return []lora.Check{check}, nil
}

// lookGPU tells of the graphics cards. A computer without one is fine.
func (c *Checker) lookGPU(context.Context) ([]lora.Check, func(*Status)) {
	check := lora.Check{ID: "gpu", Area: "gpu", Facts: map[string]any{}}
	gpus, at, err := c.o.Pulse.graphics()
	names := []string{}
	for _, gpu := range gpus {
		names = append(names, gpu.Name)
	}
	check.Facts["cards"] = len(gpus)
	switch {
	case at.IsZero():
		check = bad(check, lora.CheckUnknown, "Nobody looked yet.", "")
	case len(gpus) > 0:
		check = good(check, strings.Join(names, ", "))
	case err != nil:
		check = bad(check, lora.CheckOff, "The driver of the graphics card tells nothing: "+reason(err), "")
	default:
		check = bad(check, lora.CheckOff, "No graphics card tells of itself here. Engines on other computers have their own.", "")
	}
	return []lora.Check{check}, nil
}
