package store

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"loramanager/internal/catalog"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Bounds of settings.
const (
	maxSettings     = 1000
	maxSettingBytes = 64 << 10
)

// shownText writes a text of an import so that it can stand in a sentence.
func shownText(s string) string {
	if len(s) > maxShownName {
		s = s[:maxShownName] + "..."
	}
	return `"` + guard.DisplayName(s) + `"`
}

// named checks the name of a record and another text of it.
func namedRecord(what, name, text string) error {
	wrong := wrongText(name, maxNameBytes)
	if strings.TrimSpace(name) == "" {
		wrong = "has no name"
	}
	wrong = cmp.Or(wrong, wrongText(text, maxTextBytes))
	if wrong == "" {
		return nil
	}
	return lora.Errorf(lora.Invalid, "The %s %s of the import %s. Nothing was imported.", what, shownText(name), wrong)
}

// takePreset brings in a preset.
func (i *importer) takePreset(ctx context.Context, p lora.Preset) error {
	params, err := json.Marshal(p.Params)
	if err == nil {
		err = namedRecord("preset", p.Name, string(params))
	}
	if err != nil {
		return err
	}
	if p.CreatedAt.IsZero() || !keepableTime(p.CreatedAt) || !keepableTime(p.UpdatedAt) {
		p.CreatedAt, p.UpdatedAt = i.now, i.now
	}
	here := lora.Preset{}
	found, err := i.one(ctx, "SELECT name, engine, params, updated_at FROM preset WHERE id = ?", []any{clean(p.ID)}, func(r *record) error {
		here.Name, here.Engine = r.text(), r.text()
		r.decode(&here.Params)
		here.UpdatedAt = r.moment()
		return nil
	})
	if err != nil || found && here.Name == p.Name && here.Engine == p.Engine && sameJSON(here.Params, p.Params) {
		return err
	}
	if found {
		switch i.prefers(p.UpdatedAt, here.UpdatedAt) {
		case lora.ConflictReplace:
			i.counts.Settings++
			_, err = i.exec(ctx, "UPDATE preset SET name = ?, engine = ?, params = ?, updated_at = ? WHERE id = ?",
				clean(p.Name), clean(p.Engine), clean(string(params)), i.now.UnixMicro(), clean(p.ID))
			return err
		case lora.ConflictRename:
			p.ID, p.Name = "", p.Name+" (2)"
		case lora.ConflictKeep, lora.ConflictAsk, lora.ConflictNewest:
			return nil
		}
	}
	i.counts.Settings++
	_, err = i.exec(ctx, "INSERT INTO preset (id, name, engine, params, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
		keepableID(p.ID), clean(p.Name), clean(p.Engine), clean(string(params)), p.CreatedAt.UnixMicro(), p.UpdatedAt.UnixMicro())
	return err
}

// keepableID is an id that can be kept, else a new one.
func keepableID(id string) string {
	if id == "" || len(id) > maxShownName || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return uuid.NewString()
	}
	return id
}

// takeWorkflow brings in a workflow, which its name tells from others.
func (i *importer) takeWorkflow(ctx context.Context, w lora.Workflow) error {
	if err := namedRecord("workflow", w.Name, w.Graph); err != nil {
		return err
	}
	if !json.Valid([]byte(w.Graph)) {
		return lora.Errorf(lora.Invalid, "The workflow %s of the import is not JSON. Nothing was imported.", shownText(w.Name))
	}
	if w.CreatedAt.IsZero() || !keepableTime(w.CreatedAt) || !keepableTime(w.UpdatedAt) {
		w.CreatedAt, w.UpdatedAt = i.now, i.now
	}
	here := lora.Workflow{}
	found, err := i.one(ctx, "SELECT graph, updated_at FROM workflow WHERE name = ?", []any{w.Name}, func(r *record) error {
		here.Graph, here.UpdatedAt = r.text(), r.moment()
		return nil
	})
	if err != nil || found && here.Graph == w.Graph {
		return err
	}
	if found {
		switch i.prefers(w.UpdatedAt, here.UpdatedAt) {
		case lora.ConflictReplace:
			w.UpdatedAt = i.now
		case lora.ConflictRename:
			if w.Name, err = i.freeWorkflow(ctx, w.Name); err != nil {
				return err
			}
		case lora.ConflictKeep, lora.ConflictAsk, lora.ConflictNewest:
			return nil
		}
	}
	i.counts.Settings++
	_, err = i.exec(ctx, `INSERT INTO workflow (name, graph, created_at, updated_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET graph = excluded.graph, updated_at = excluded.updated_at`,
		w.Name, clean(w.Graph), w.CreatedAt.UnixMicro(), w.UpdatedAt.UnixMicro())
	return err
}

// freeWorkflow finds a number that makes a workflow's name free. There are few workflows.
func (i *importer) freeWorkflow(ctx context.Context, name string) (string, error) {
	for n := 2; ; n++ {
		free := numberedName(name, n)
		taken, err := i.number(ctx, "SELECT COUNT(*) FROM workflow WHERE name = ?", free)
		if err != nil || taken == 0 {
			return free, err
		}
	}
}

// takeSearch brings in a saved search, unless it is here.
func (i *importer) takeSearch(ctx context.Context, search lora.SavedSearch) error {
	if err := namedRecord("saved search", search.Name, search.Q); err != nil {
		return err
	}
	if _, err := catalog.Parse(search.Q); err != nil {
		return lora.Errorf(lora.Invalid, "The saved search %s of the import cannot be understood. Nothing was imported.", shownText(search.Name))
	}
	if !keepableTime(search.CreatedAt) {
		search.CreatedAt = i.now
	}
	args := []any{clean(search.Name), clean(search.Q), clean(search.Sort), clean(search.Order)}
	id := keepableID(search.ID)
	same, err := i.number(ctx, `SELECT COUNT(*) FROM saved_search WHERE name = ? AND q = ? AND sort = ? AND "order" = ? AND id = ?`, append(args, id)...)
	if err != nil || same > 0 {
		return err
	}
	taken, err := i.number(ctx, "SELECT COUNT(*) FROM saved_search WHERE id = ?", id)
	if err != nil {
		return err
	}
	if taken > 0 {
		switch i.prefers(search.CreatedAt, search.CreatedAt) {
		case lora.ConflictReplace:
			i.counts.Settings++
			_, err = i.exec(ctx, `UPDATE saved_search SET name = ?, q = ?, sort = ?, "order" = ? WHERE id = ?`, append(args, id)...)
			return err
		case lora.ConflictRename:
			id = uuid.NewString()
		case lora.ConflictKeep, lora.ConflictAsk, lora.ConflictNewest:
			return nil
		}
	}
	i.counts.Settings++
	_, err = i.exec(ctx, `INSERT INTO saved_search (name, q, sort, "order", id, created_at) VALUES (?, ?, ?, ?, ?, ?)`, append(args, id, search.CreatedAt.UnixMicro())...)
	return err
}

// takeEngine sets up an engine that is not here yet, switched off: where prompts and
// pictures are sent to, and which program is started, is for the user to confirm. One of
// the same name stays as it is, since its password belongs to its address.
func (i *importer) takeEngine(ctx context.Context, e lora.EngineConfig) error {
	e.Enabled, e.FromConfiguration, e.Password = false, false, ""
	config, err := json.Marshal(e)
	if err == nil {
		err = namedRecord("engine", e.Name, string(config))
	}
	if err != nil {
		return err
	}
	switch e.Kind {
	case lora.SDNext, lora.A1111, lora.Forge, lora.ComfyUI, lora.SDCpp, lora.Sketch:
	default:
		return lora.Errorf(lora.Invalid, "The engine %s of the import is of no kind that is known. Nothing was imported.", shownText(e.Name))
	}
	n, err := i.exec(ctx, "INSERT INTO engine (name, config, password) VALUES (?, ?, '') ON CONFLICT DO NOTHING", e.Name, clean(string(config)))
	i.counts.Settings += n
	return err
}

// takeSetting brings in a setting of the web app. One that was changed here stays, unless
// the import is to replace.
func (i *importer) takeSetting(ctx context.Context, setting *lora.ArchivedSetting) error {
	if len(setting.Name) > maxShortBytes || len(setting.Value) > maxSettingBytes || !json.Valid(setting.Value) {
		return lora.Errorf(lora.Invalid, "The setting %s of the import is longer than 64 KiB, or not JSON. Nothing was imported.", shownText(setting.Name))
	}
	tail := "DO NOTHING"
	if i.run.Policy == lora.ConflictReplace {
		tail = "(name) DO UPDATE SET value = excluded.value WHERE setting.value <> excluded.value"
	}
	n, err := i.exec(ctx, "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT "+tail, clean(setting.Name), clean(string(setting.Value)))
	i.counts.Settings += n
	return err
}

// takePreference brings in what the user likes.
func (i *importer) takePreference(ctx context.Context, p *lora.Preference) error {
	if err := checkPreference(p); err != nil {
		return err
	}
	here, confidence := p.UpdatedAt, 0.0
	found, err := i.one(ctx, "SELECT updated_at, confidence FROM preference WHERE type = ? AND value = ?", []any{string(p.Type), clean(p.Value)}, func(r *record) error {
		here, confidence = r.moment(), r.real()
		return nil
	})
	if err != nil || found && (confidence == p.Confidence || i.prefers(p.UpdatedAt, here) != lora.ConflictReplace) {
		return err
	}
	id := keepableID(p.ID)
	if taken, err := i.number(ctx, "SELECT COUNT(*) FROM preference WHERE id = ?", id); err != nil {
		return err
	} else if taken > 0 {
		id = uuid.NewString()
	}
	i.tastes = true
	i.counts.Settings++
	_, err = i.exec(ctx, `INSERT INTO preference (id, type, value, confidence, learned_from, evidence_count, last_evidence_at, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (type, value) DO UPDATE SET confidence = excluded.confidence, learned_from = excluded.learned_from,
		evidence_count = excluded.evidence_count, last_evidence_at = excluded.last_evidence_at, updated_at = excluded.updated_at`,
		id, string(p.Type), clean(p.Value), p.Confidence, clean(p.LearnedFrom), int64(p.EvidenceCount), p.LastEvidenceAt.UnixMicro(), p.CreatedAt.UnixMicro(), p.UpdatedAt.UnixMicro())
	return err
}

func checkPreference(p *lora.Preference) error {
	wrong := wrongText(p.Value, maxNameBytes)
	switch p.Type {
	case lora.PreferArchetype, lora.PreferStyle, lora.PreferTechnical, lora.PreferAuthor, lora.PreferTag:
	default:
		wrong = cmp.Or(wrong, "is of no type that is known")
	}
	switch {
	case p.Value == "":
		wrong = "has no value"
	case math.IsNaN(p.Confidence) || p.Confidence < 0 || p.Confidence > 1:
		wrong = "has a confidence that is not between 0 and 1"
	case p.LearnedFrom != "explicit" && p.LearnedFrom != "feedback":
		wrong = "was learned neither from the user nor from feedback"
	case p.EvidenceCount < 0 || p.EvidenceCount > math.MaxInt32:
		wrong = "has an evidence count of " + strconv.Itoa(p.EvidenceCount)
	case !keepableTime(p.LastEvidenceAt) || !keepableTime(p.CreatedAt) || !keepableTime(p.UpdatedAt):
		wrong = "has no time between 1970 and 9999"
	}
	if wrong == "" {
		return nil
	}
	return lora.Errorf(lora.Invalid, "The preference %s of the import %s. Nothing was imported.", shownText(p.Value), wrong)
}
