package recommend

import (
	"fmt"
	"strings"
)

// useWords says how an adapter was used with those the question is about.
func (x *index) useWords(q *question, slot uint32, known bool) string {
	if !known {
		return "Not used with other adapters yet; counted as average."
	}
	var all partner
	for _, target := range q.targets {
		if p, ok := x.partners.with(target, slot); ok {
			all.jobs, all.kept, all.compositions = all.jobs+p.jobs, all.kept+p.kept, all.compositions+p.compositions
		}
	}
	var parts []string
	if all.jobs > 0 {
		kept := ""
		if all.kept > 0 {
			kept = fmt.Sprintf(", %s of them kept", number(int(all.kept)))
		}
		parts = append(parts, counted(int(all.jobs), "generation")+kept)
	}
	if all.compositions > 0 {
		parts = append(parts, counted(int(all.compositions), "composition"))
	}
	switch {
	case len(parts) > 0:
		return "Used together in " + strings.Join(parts, " and in ") + "."
	case q.scores[coUseSignal][slot] > 0:
		if names := x.between(q.targets, slot); names != "" {
			return "Not used together, but both with " + names + "."
		}
	}
	return "Never used together."
}

// between names adapters that were used with a target and with a candidate.
func (x *index) between(targets []uint32, candidate uint32) string {
	mine := map[uint32]bool{}
	for _, target := range targets {
		for _, p := range x.partners.list(target) {
			mine[p.slot] = true
		}
	}
	var names []string
	for _, p := range x.partners.list(candidate) {
		if mine[p.slot] && x.adapters[p.slot].id != "" {
			names = append(names, x.adapters[p.slot].name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return listed(names, 2)
}

func (a *adapter) qualityWords(known bool) string {
	if !known {
		return "No ratings are known; counted as average."
	}
	words := fmt.Sprintf("Rated %.1f of 5 where it comes from", a.hubRating)
	if a.hubLikes > 0 {
		words += ", a favourite of " + number(int(a.hubLikes))
	}
	return words + "."
}

func (a *adapter) popularityWords() string {
	words := "Not used here yet"
	if a.uses > 0 {
		words = "Used in " + counted(int(a.uses), "generation")
	}
	if a.downloads > 0 {
		words += "; downloaded " + counted(int(a.downloads), "time") + " where it comes from"
	}
	return words + "."
}

func (a *adapter) recencyWords(now int64, known bool) string {
	if !known {
		return "When it was added is not known; counted as average."
	}
	_, verb, at := a.latest(now)
	return verb + " " + ago(at, now) + "."
}
