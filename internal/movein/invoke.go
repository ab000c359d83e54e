package movein

import (
	"context"
	"database/sql"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// invoke reads InvokeAI's database: its models of the type lora and its own style
// presets. A model is a JSON object in the column config; paths in it are below the
// folder models unless they are absolute.
type invoke struct {
	db      *sql.DB
	rel     string
	presets bool
}

// invokeModel is what is read of a model.
type invokeModel struct {
	Key         string   `json:"key"`
	Hash        string   `json:"hash"`
	Base        string   `json:"base"`
	Type        string   `json:"type"`
	Path        string   `json:"path"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Source      string   `json:"source"`
	Triggers    []string `json:"trigger_phrases"`
	Settings    *struct {
		Weight *float64 `json:"weight"`
		Min    *float64 `json:"weight_min"`
		Max    *float64 `json:"weight_max"`
	} `json:"default_settings"`
}

func (v invoke) records(ctx context.Context, s *Source, each func(Record) error) error {
	err := eachRow(ctx, v.db, "SELECT id, config FROM models WHERE LENGTH(config) <= 1048576 ORDER BY id", func(r row) error {
		var m invokeModel
		if !r.object("config", &m) {
			s.notes.add(fmt.Sprintf("The model %s of InvokeAI could not be read.", clean(r.text("id"))))
			return nil
		}
		if m.Type != "lora" {
			return nil
		}
		if m.Key == "" {
			m.Key = r.text("id")
		}
		return each(m.record(s))
	})
	if err != nil {
		return databaseFailed(ctx, s, v.rel, err)
	}
	if !v.presets {
		return nil
	}
	err = eachRow(ctx, v.db, "SELECT * FROM style_presets ORDER BY name", func(r row) error {
		if r.text("type") == "default" || r.truth("is_default") {
			return nil // the program's own
		}
		var preset struct {
			Positive string `json:"positive_prompt"`
			Negative string `json:"negative_prompt"`
		}
		if !r.object("preset_data", &preset) {
			s.notes.add(fmt.Sprintf("The style preset %s of InvokeAI could not be read.", clean(r.text("name"))))
			return nil
		}
		made := time.Unix(0, 0)
		if at := r.when("created_at"); at != nil && at.After(made) {
			made = *at
		}
		return each(composed(fromPrompt(preset.Positive, preset.Negative), InvokeAI, r.text("id"), firstOf(r.text("name")), made))
	})
	return databaseFailed(ctx, s, v.rel, err)
}

func (m *invokeModel) record(s *Source) Record {
	f := &facts{manager: InvokeAI}
	a := &f.adapter
	set(f, "name", &a.Name, clean(m.Name), clean(m.Name) != "")
	if m.Description != "" {
		setText(f, "description", &a.Description, guard.SafeHTML(m.Description))
	}
	words := make([]string, 0, len(m.Triggers))
	for _, w := range m.Triggers {
		if w = cut(strings.TrimSpace(w), maxName); w != "" && len(words) < 1000 {
			words = append(words, w)
		}
	}
	set(f, "trained_words", &a.TrainedWords, words, len(words) > 0)
	if m.Settings != nil {
		if m.Settings.Weight != nil {
			set(f, "weight", &a.Weight, *m.Settings.Weight, true)
		}
		set(f, "weight_min", &a.WeightMin, m.Settings.Min, m.Settings.Min != nil)
		set(f, "weight_max", &a.WeightMax, m.Settings.Max, m.Settings.Max != nil)
	}
	setText(f, "sd_version", &a.SDVersion, clean(m.Base))
	if strings.HasPrefix(m.Source, "https://") && len(m.Source) < 2048 {
		setText(f, "source_url", &a.SourceURL, m.Source)
	}
	if kind, value, ok := strings.Cut(strings.ToLower(m.Hash), ":"); ok && isHex(value) && len(value) == 64 && (strings.HasPrefix(kind, "blake3") || kind == "sha256") {
		kind, _, _ = strings.Cut(kind, "_") // blake3_single is blake3
		f.claim(kind, value)
	}
	r := Record{Manager: InvokeAI}
	m.locate(s, a, &r)
	r.Record.Adapter, r.Fields = a, f.sorted()
	return r
}

// locate finds the model's file and picture below the folder.
func (m *invokeModel) locate(s *Source, a *lora.ArchivedAdapter, r *Record) {
	given := filepath.ToSlash(m.Path)
	rel := path.Join("models", given)
	if path.IsAbs(given) || filepath.IsAbs(m.Path) {
		below, err := filepath.Rel(s.root.Path(), filepath.FromSlash(given))
		if err != nil || !filepath.IsLocal(below) {
			a.FilePath, a.RelPath, a.FileName = guard.DisplayName(m.Path), path.Base(given), guard.DisplayName(path.Base(given))
			r.Note = "Its file lies outside of InvokeAI's folder; it is looked for in the library."
			return
		}
		rel = filepath.ToSlash(below)
	}
	a.RootPath, a.RelPath, a.FileName = s.root.Path(), rel, guard.DisplayName(path.Base(rel))
	a.Folder = guard.DisplayName(path.Dir(rel))
	info, err := s.root.Stat(rel)
	switch {
	case err != nil:
		r.Note = "Its file is not where InvokeAI says it is; it is looked for in the library."
	case info.Mode().IsRegular():
		a.FileSize = int(info.Size())
		r.Files = append(r.Files, File{Kind: primary, Name: path.Base(rel), Member: rel, Size: info.Size()})
	default:
		r.Note = "It is a folder of the diffusers layout; add that folder as a library folder to have it read."
	}
	picture := path.Join("models", "model_images", m.Key+".webp")
	if !filepath.IsLocal(filepath.FromSlash(picture)) {
		return
	}
	if info, err := s.root.Stat(picture); err == nil && info.Mode().IsRegular() {
		r.Files = append(r.Files, File{Kind: preview, Name: path.Base(picture), Member: picture, Size: info.Size()})
	}
}
