package movein

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// ComfyUI-Lora-Manager keeps in its first folder, beside the sidecars, what was used how
// often, and recipes: adapters with a prompt, one JSON file each.
const (
	statsFile      = "lora_manager_stats.json"
	maxStatsBytes  = 64 << 20
	maxRecipeBytes = 4 << 20
)

// readUsage reads the statistics of use, at the places where the program keeps them.
func (t *tree) readUsage(context.Context) error {
	if !t.source.wants(LoraManager) {
		return nil
	}
	for _, rel := range []string{statsFile, "stats/" + statsFile} {
		if _, err := t.source.root.Stat(rel); err != nil {
			continue
		}
		data, err := t.source.root.ReadFile(rel, maxStatsBytes)
		var read struct {
			Loras map[string]struct {
				Total   json.Number            `json:"total"`
				History map[string]json.Number `json:"history"`
			} `json:"loras"`
		}
		if err == nil {
			err = json.Unmarshal(data, &read)
		}
		if err != nil {
			t.source.notes.add(rel + " could not be read, so nothing is known of how often adapters were used there.")
			continue
		}
		for digest, use := range read.Loras {
			total, err := use.Total.Int64()
			if err != nil || total <= 0 || total > 1<<31 {
				continue
			}
			u := used{total: int(total)}
			for day := range use.History {
				if at, err := time.Parse(time.DateOnly, day); err == nil && at.After(u.last) {
					u.last = at
				}
			}
			t.usage[strings.ToLower(digest)] = u
		}
	}
	return nil
}

// recipe is a recipe as ComfyUI-Lora-Manager writes it.
type recipe struct {
	Title   string  `json:"title"`
	Created float64 `json:"created_date"`
	Loras   []struct {
		FileName string   `json:"file_name"`
		Hash     string   `json:"hash"`
		Strength *float64 `json:"strength"`
		Name     string   `json:"modelName"`
		Exclude  bool     `json:"exclude"`
	} `json:"loras"`
	Params struct {
		Prompt   string `json:"prompt"`
		Negative string `json:"negative_prompt"`
	} `json:"gen_params"`
}

// readRecipes turns recipes into compositions.
func (t *tree) readRecipes(ctx context.Context) error {
	if !t.source.wants(LoraManager) {
		return nil
	}
	for _, rel := range t.recipes {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, err := t.source.root.ReadFile(rel, maxRecipeBytes)
		var r recipe
		if err == nil {
			err = json.Unmarshal(data, &r)
		}
		if err != nil {
			t.source.notes.add(fmt.Sprintf("The recipe %s could not be read.", guard.DisplayName(rel)))
			continue
		}
		made := t.modified(rel)
		if r.Created > 0 && r.Created < 1<<33 {
			made = time.UnixMilli(int64(r.Created * 1000))
		}
		name := firstOf(r.Title, strings.TrimSuffix(path.Base(rel), ".recipe.json"))
		if err := t.each(composed(r.composition(), LoraManager, rel, name, made)); err != nil {
			return err
		}
	}
	return nil
}

func (r *recipe) composition() lora.Composition {
	c := fromPrompt(r.Params.Prompt, r.Params.Negative)
	// The list is what counts; the prompt often repeats it as tags.
	if len(r.Loras) > 0 {
		c.Entries = nil
	}
	for _, l := range r.Loras {
		entry := lora.Composed{Use: lora.Use{Name: clean(firstOf(l.FileName, l.Name)), Weight: 1}, Enabled: !l.Exclude}
		if l.Strength != nil && *l.Strength > -100 && *l.Strength < 100 {
			entry.Weight = *l.Strength
		}
		if digest := strings.ToLower(l.Hash); isHex(digest) {
			entry.Digest = digest
		}
		if entry.Name != "" && len(c.Entries) < maxComposed {
			c.Entries = append(c.Entries, entry)
		}
	}
	return c
}
