package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// autoName leaves the choice of the engine to us.
const autoName = "auto"

// Route chooses an engine for the wish. A name is taken as it is, reachable or not: the
// job then waits for it. For a kind, and when the choice is left to us, the best engine
// wins: one that can be reached, that sees the LoRAs, is preferred for the base models,
// offers the model and has the fewest jobs per slot. The sketch engine is chosen for us
// only where there is no other. Errors are *lora.Error.
func (r *Registry) Route(_ context.Context, wish lora.EngineWish, load map[string]int) (string, error) {
	if wish.Name != "" && wish.Name != autoName {
		if m, err := r.member(wish.Name); err == nil {
			if !m.config.Enabled {
				return "", lora.FieldErrorf(lora.Conflict, "backend", "The engine %q is switched off. Switch it on in the settings, or choose another one.", wish.Name)
			}
			return wish.Name, nil
		}
	}
	candidates, err := r.candidates(wish.Name)
	if err != nil {
		return "", err
	}
	best := slices.MinFunc(candidates, func(a, b *member) int {
		return rank(a, wish, load).compare(rank(b, wish, load))
	})
	failed := best.failed()
	if failed != nil && (wish.Name == "" || wish.Name == autoName) {
		return "", lora.Errorf(lora.Unavailable, "No engine can be used just now. %s", reasons(candidates))
	}
	return best.config.Name, nil
}

// candidates are the engines in use of a kind, or all when it is left open.
func (r *Registry) candidates(name string) ([]*member, error) {
	all := r.enabled()
	if name != "" && name != autoName {
		of := slices.DeleteFunc(all, func(m *member) bool { return string(m.config.Kind) != name })
		if len(of) == 0 {
			return nil, lora.FieldErrorf(lora.NotFound, "backend", "Generation backend '%s' not found", name)
		}
		return of, nil
	}
	if len(all) == 0 {
		return nil, lora.Errorf(lora.Unavailable, "No engine is set up. Add one in the settings.")
	}
	drawn := func(m *member) bool { return m.config.Kind == lora.Sketch }
	if slices.ContainsFunc(all, func(m *member) bool { return !drawn(m) }) {
		all = slices.DeleteFunc(all, drawn)
	}
	return all, nil
}

// merit says how well an engine suits a wish; less is better, earlier fields count more.
type merit struct {
	unreachable, missing, otherBase, otherModel int
	load                                        float64
}

func (a merit) compare(b merit) int {
	return cmp.Or(cmp.Compare(a.unreachable, b.unreachable), cmp.Compare(a.missing, b.missing),
		cmp.Compare(a.otherBase, b.otherBase), cmp.Compare(a.otherModel, b.otherModel), cmp.Compare(a.load, b.load))
}

func rank(m *member, wish lora.EngineWish, load map[string]int) merit {
	described, learned := m.seen()
	rank := merit{load: float64(load[m.config.Name]) / float64(m.slots())}
	switch {
	case m.failed() != nil:
		rank.unreachable = 2
	case learned.IsZero():
		rank.unreachable = 1 // not asked yet
	default:
		handles := indexHandles(described.LoRAs)
		for _, use := range wish.Uses {
			if _, err := handles.find(use); err != nil {
				rank.missing++
			}
		}
		if models := described.Capabilities.Models; wish.Params.Model != "" && models.Learned == lora.Reported {
			if _, ok := offered(models.Value, wish.Params.Model); !ok {
				rank.otherModel = 1
			}
		}
	}
	switch preferred := m.config.BaseModels; {
	case len(wish.BaseModels) == 0:
	case len(preferred) == 0:
		rank.otherBase = 1 // takes all, so one made for this is better
	case !slices.ContainsFunc(wish.BaseModels, func(base string) bool { return slices.Contains(preferred, base) }):
		rank.otherBase = 2
	}
	return rank
}

// reasons tells for each engine why it cannot be used.
func reasons(members []*member) string {
	var parts []string
	for _, m := range members[:min(len(members), 3)] {
		if failed := m.failed(); failed != nil {
			parts = append(parts, fmt.Sprintf("%s: %s", m.config.Name, failed.Message))
		}
	}
	return strings.Join(parts, " ")
}

// Slots are the engines in use and the two ways of delivery, and how many jobs each
// takes at once.
func (r *Registry) Slots(context.Context) map[string]int {
	slots := r.deliver.slots()
	for _, m := range r.enabled() {
		slots[m.config.Name] = m.slots()
	}
	return slots
}

// RerunsAfterCrash tells whether a job that was submitted to the engine may be run again
// when its outcome was lost: where the user said so, for sketches, which are the same
// each time, and for deliveries to files, which overwrite themselves.
func (r *Registry) RerunsAfterCrash(engine string) bool {
	if m, err := r.member(engine); err == nil {
		return m.config.RerunAfterCrash || m.config.Kind == lora.Sketch
	}
	return deliveryMode(engine) == deliverFile
}
