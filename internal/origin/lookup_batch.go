package origin

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// lookUpSome asks the hubs about some adapters and keeps what they say. Models that were
// read since a moment are not read again. done is how many of them, from the first, were
// answered and kept, also with an error.
func (g *Origin) lookUpSome(ctx context.Context, queries []lora.HubQuery, since time.Time) (done int, err error) {
	answers, done, asking := g.askAll(ctx, queries)
	queries, answers = queries[:done], answers[:done]
	modelling := g.withModels(ctx, answers, since)
	findings := make([]lora.HubFinding, done)
	for i := range queries {
		findings[i] = g.finding(&queries[i], answers[i])
	}
	if err := g.keep(ctx, findings); err != nil {
		return 0, err
	}
	if asking != nil {
		return done, asking
	}
	return done, modelling
}

// askAll asks one hub after the other about what those before did not know. What a hub
// knew before and no longer does is not looked for elsewhere: what it said stays.
func (g *Origin) askAll(ctx context.Context, queries []lora.HubQuery) (answers []*lora.HubVersion, done int, err error) {
	answers, done = make([]*lora.HubVersion, len(queries)), len(queries)
	settled := make([]bool, len(queries))
	for _, h := range g.hubs {
		var open []int
		var subset []lora.HubQuery
		for i := range queries[:done] {
			if !settled[i] {
				open, subset = append(open, i), append(subset, queries[i])
			}
		}
		got, asking := g.askOne(ctx, h, subset)
		for n, v := range got {
			i := open[n]
			if answers[i] = v; v != nil || queries[i].Hub == h.name && queries[i].VersionID != "" {
				settled[i] = true
			}
		}
		if asking != nil {
			err = asking
			done = open[len(got)]
		}
	}
	return answers, done, err
}

// askOne asks one hub with patience; answers that came before a failure are kept.
func (g *Origin) askOne(ctx context.Context, h *patient, queries []lora.HubQuery) ([]*lora.HubVersion, error) {
	var answers []*lora.HubVersion
	if len(queries) == 0 {
		return nil, nil
	}
	err := h.ask(ctx, g.steady(), func() error {
		got, err := h.LookUp(ctx, queries[len(answers):])
		answers = append(answers, got...)
		return err
	})
	return answers, err
}

// steady is the patience of a look-up, which shows how long it waits.
func (g *Origin) steady() patience {
	how := steady
	how.waiting = func(until time.Time) {
		g.lookups.note(g, func(s *lora.LookUpState) { s.WaitUntil = &until })
	}
	return how
}

// withModels reads the models of versions, where they were not read lately, and adds what
// only they say.
func (g *Origin) withModels(ctx context.Context, versions []*lora.HubVersion, since time.Time) error {
	for _, h := range g.hubs {
		byModel := map[string][]*lora.HubVersion{}
		var ids []string
		for _, v := range versions {
			if v == nil || v.Hub != h.name {
				continue
			}
			if byModel[v.ModelID] == nil {
				ids = append(ids, v.ModelID)
			}
			byModel[v.ModelID] = append(byModel[v.ModelID], v)
		}
		if len(ids) == 0 {
			continue
		}
		models, err := g.models(ctx, h, ids, since)
		for _, m := range models {
			for _, v := range byModel[m.ModelID] {
				enrich(v, &m)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *Origin) models(ctx context.Context, h *patient, ids []string, since time.Time) ([]lora.HubModel, error) {
	fresh, err := g.o.Catalog.FreshHubModels(ctx, h.name, ids, since)
	if err != nil {
		return nil, err
	}
	var models []lora.HubModel
	var stale []string
	for _, id := range ids {
		if m, ok := fresh[id]; ok {
			models = append(models, m)
		} else {
			stale = append(stale, id)
		}
	}
	if len(stale) == 0 {
		return models, nil
	}
	var read []lora.HubModel
	asking := h.ask(ctx, g.steady(), func() (err error) {
		read, err = h.Models(ctx, stale)
		return err
	})
	if len(read) > 0 {
		if err := g.o.Catalog.PutHubModels(ctx, read); err != nil {
			return models, err
		}
	}
	return append(models, read...), asking
}

// enrich adds to a version what only its model says.
func enrich(v *lora.HubVersion, m *lora.HubModel) {
	for i := range m.Versions {
		of := &m.Versions[i]
		if of.VersionID != v.VersionID {
			continue
		}
		fill(&v.ModelName, of.ModelName)
		fill(&v.Type, of.Type)
		fill(&v.Creator, of.Creator)
		if len(of.Description) > len(v.Description) {
			v.Description = of.Description
		}
		if len(v.Tags) == 0 {
			v.Tags = of.Tags
		}
		if v.Licence == nil {
			v.Licence = of.Licence
		}
		if v.NSFWLevel == 0 {
			v.NSFWLevel = of.NSFWLevel
		}
	}
	fill(&v.ModelName, m.Name)
}

func fill(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

// finding says what became of one adapter.
func (g *Origin) finding(q *lora.HubQuery, v *lora.HubVersion) lora.HubFinding {
	f := lora.HubFinding{HubSnapshot: lora.HubSnapshot{AdapterID: q.AdapterID, LookedUpAt: g.now()}}
	if v != nil {
		f.Hub, f.State, f.Version, f.Fill = v.Hub, lora.HubFound, v, fills(v)
		return f
	}
	f.Hub, f.State = g.hubs[0].name, lora.HubAbsent
	if _, err := g.hub(q.Hub); err == nil && q.VersionID != "" {
		f.Hub, f.State, f.Error = q.Hub, lora.HubGone, "The hub no longer has it. What it said before is kept."
	}
	return f
}
