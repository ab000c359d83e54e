package prompt

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// readSDNext reads name:weight with named arguments. There is no second positional
// weight; high and low may stand anywhere.
func readSDNext(r *reader, fields []string, use *lora.Use) {
	if key, value, ok := strings.Cut(use.Name, "="); ok && key != "" && !strings.Contains(value, "=") {
		use.Name = ""
	}
	named := map[string]string{}
	weight := "1"
	positional := 0
	for _, field := range fields {
		key, value, ok := strings.Cut(field, "=")
		switch {
		case ok:
			if !slices.Contains(sdnextArguments, key) {
				r.surplus(field)
				continue
			}
			named[key] = value
		case field == "high" || field == "low":
			use.Expert = field
		case positional == 0:
			weight = field
			positional++
		default:
			r.find(UnknownArgument, "%s reads one weight from the tag of %s; %q is left out.", r.dialect.Label(), r.adapter, field)
		}
	}
	general, schedule := r.scheduled(weight)
	use.Weight, use.Schedule = general, schedule
	if unet, ok := named["unet"]; ok {
		use.Weight, use.Schedule = r.scheduled(unet)
	}
	r.textEncoderOf(use, named, general, schedule)
	if dyn, ok := named["dyn"]; ok {
		use.RankCap = r.count("dyn", dyn)
	}
	use.Module = named["module"]
	r.thirds(use, named)
}

var sdnextArguments = []string{"te", "unet", "in", "mid", "out", "dyn", "module"}

// textEncoderOf keeps the text encoder's weight. A schedule it does not share with the
// backbone has no place in the internal form.
func (r *reader) textEncoderOf(use *lora.Use, named map[string]string, general float64, schedule []lora.ScheduledWeight) {
	te, own := named["te"]
	if own {
		general, schedule = r.scheduled(te)
	}
	if (own || named["unet"] != "") && len(schedule) > 0 {
		r.find(Simplified, "The text encoder weight of %s changes during the run; only its first value is kept.", r.adapter)
	}
	if (own || named["unet"] != "") && len(use.Schedule) > 0 {
		use.TextEncoder = []float64{general} // it does not follow the backbone's schedule
		return
	}
	setTextEncoder(use, general)
}

// thirds keeps the weights of the thirds of the UNet as factors of the weight. A weight
// of 0 has no factors, so it becomes 1 and what has no weight of its own gets 0.
func (r *reader) thirds(use *lora.Use, named map[string]string) {
	blocks := map[string]float64{}
	dead := !slices.ContainsFunc(curve(use.Weight, use.Schedule), func(w float64) bool { return w != 0 })
	for _, third := range []string{"in", "mid", "out"} {
		text, ok := named[third]
		if !ok {
			continue
		}
		weight, schedule := r.scheduled(text)
		changes := func(step lora.ScheduledWeight) bool { return step.Weight != weight }
		factor, exactly := weight, !slices.ContainsFunc(schedule, changes)
		if !dead {
			factor, exactly = ratio(weight, schedule, use)
		}
		if !exactly {
			r.find(Simplified, "The weight %s= of %s changes in a way of its own that cannot be kept as it is.", third, r.adapter)
		}
		blocks[third] = factor
	}
	if len(blocks) == 0 {
		return
	}
	use.Blocks = blocks
	if !dead {
		return
	}
	te, _ := textEncoder(*use)
	use.Weight, use.Schedule = 1, nil
	setTextEncoder(use, te)
	for _, third := range []string{"in", "mid", "out"} {
		blocks[third] += 0 // names all three: what is not listed would weigh 1
	}
}

// ratio is the factor between the weights of a third and those of the whole use, and
// whether it is the same at all times.
func ratio(weight float64, schedule []lora.ScheduledWeight, use *lora.Use) (float64, bool) {
	whole, part := curve(use.Weight, use.Schedule), curve(weight, schedule)
	together := slices.EqualFunc(schedule, use.Schedule, func(a, b lora.ScheduledWeight) bool { return a.At == b.At })
	largest := 0
	for i, w := range whole {
		if together && math.Abs(w) > math.Abs(whole[largest]) {
			largest = i
		}
	}
	factor := tidy(part[largest] / whole[largest])
	if math.IsInf(factor, 0) || math.IsNaN(factor) {
		return 1, false
	}
	if !together {
		return factor, factor == 0 && len(schedule) == 0
	}
	for i, w := range whole {
		if !alike(w*factor, part[i]) {
			return factor, false
		}
	}
	return factor, true
}

// curve is a weight and those that follow it.
func curve(weight float64, schedule []lora.ScheduledWeight) []float64 {
	weights := []float64{weight}
	for _, step := range schedule {
		weights = append(weights, step.Weight)
	}
	return weights
}

// scheduled reads a weight or a list of weight@position. The first weight holds from the
// beginning; a first position of 0 says no more than that.
func (r *reader) scheduled(s string) (float64, []lora.ScheduledWeight) {
	if !strings.Contains(s, "@") {
		return r.weight(s), nil
	}
	var schedule []lora.ScheduledWeight
	for step := range strings.SplitSeq(s, ",") {
		weight, at, _ := strings.Cut(step, "@")
		w, ok := number(weight)
		position, placed := number(at)
		if !ok || !placed || position < 0 {
			r.find(BadNumber, "The step %q in the weights of %s is not weight@position; it is left out.", step, r.adapter)
			continue
		}
		schedule = append(schedule, lora.ScheduledWeight{At: position, Weight: w})
	}
	if len(schedule) == 0 {
		return 1, nil
	}
	slices.SortStableFunc(schedule, func(a, b lora.ScheduledWeight) int { return cmp.Compare(a.At, b.At) })
	first := schedule[0].Weight
	for len(schedule) > 0 && schedule[0].At == 0 {
		first, schedule = schedule[0].Weight, schedule[1:]
	}
	if len(schedule) == 0 {
		return first, nil
	}
	return first, schedule
}

// writeSDNext writes one positional weight and the rest by name.
func writeSDNext(w *writer, use lora.Use) string {
	var b strings.Builder
	b.WriteString("<lora:" + use.Name + ":" + w.schedule(use, 1))
	te, own := textEncoder(use)
	if own || len(use.TextEncoder) > 0 && len(use.Schedule) > 0 {
		b.WriteString(":te=" + w.number(te))
	}
	if len(use.Blocks) > 0 && use.Preset == "" {
		for _, third := range []string{"in", "mid", "out"} {
			if factor, ok := use.Blocks[third]; ok {
				b.WriteString(":" + third + "=" + w.schedule(use, factor))
			}
		}
	}
	if use.RankCap > 0 {
		b.WriteString(":dyn=" + spell(float64(use.RankCap), 0))
	}
	if w.argument(use, featureModule, use.Module) {
		b.WriteString(":module=" + use.Module)
	}
	if use.Expert == "high" || use.Expert == "low" {
		b.WriteString(":" + use.Expert)
	}
	b.WriteByte('>')
	return b.String()
}

// schedule writes the weight, or all weights with their positions, times a factor.
func (w *writer) schedule(use lora.Use, factor float64) string {
	if len(use.Schedule) == 0 {
		return w.number(times(use.Weight, factor))
	}
	steps := make([]string, 0, len(use.Schedule)+1)
	first := use.Schedule[0]
	if first.At > 0 && first.Weight != use.Weight {
		steps = append(steps, w.number(times(use.Weight, factor))+"@0")
	}
	for _, step := range use.Schedule {
		steps = append(steps, w.number(times(step.Weight, factor))+"@"+spell(step.At, exact))
	}
	return strings.Join(steps, ",")
}
