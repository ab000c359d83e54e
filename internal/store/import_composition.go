package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

// takeComposition brings in a composition with all its versions. Where it is here already
// and differs, the run's policy decides about its latest version.
func (i *importer) takeComposition(ctx context.Context, versions []lora.Composition) error {
	if err := i.checkComposition(versions); err != nil {
		return err
	}
	latest := &versions[len(versions)-1]
	id := keepableID(latest.ID)
	for n := range versions {
		i.meanEntries(versions[n].Entries)
	}
	there, err := i.one(ctx, "SELECT 1 FROM composition WHERE id = ?", []any{id}, func(*record) error { return nil })
	if err != nil {
		return err
	}
	if !there {
		return i.addComposition(ctx, id, versions)
	}
	here, deleted, err := i.latestComposition(ctx, id)
	if err != nil || !deleted && sameComposition(&here, latest) {
		return err
	}
	switch i.prefers(latest.UpdatedAt, here.UpdatedAt) {
	case lora.ConflictReplace:
		i.counts.Compositions++
		_, err = i.addVersion(ctx, id, latest, nil, i.now.UnixMicro())
	case lora.ConflictRename:
		err = i.addComposition(ctx, uuid.NewString(), versions)
	case lora.ConflictKeep, lora.ConflictAsk, lora.ConflictNewest:
	}
	return err
}

// prefers is the run's policy for a record that is here and differs; newest is decided.
func (i *importer) prefers(there, here time.Time) lora.ConflictPolicy {
	switch i.run.Policy {
	case lora.ConflictReplace, lora.ConflictRename:
		return i.run.Policy
	case lora.ConflictNewest:
		if there.After(here) {
			return lora.ConflictReplace
		}
	case lora.ConflictKeep, lora.ConflictAsk:
	}
	return lora.ConflictKeep
}

func (i *importer) checkComposition(versions []lora.Composition) error {
	if len(versions) == 0 || len(versions) > 10*keptVersions {
		return lora.Errorf(lora.Invalid, "A composition of the import has %d versions. Nothing was imported.", len(versions))
	}
	for n := range versions {
		c := &versions[n]
		wrong := ""
		switch {
		case strings.TrimSpace(c.Name) == "":
			wrong = "has no name"
		case len(c.Entries) > maxComposedInside:
			wrong = "has more than " + decimal(maxComposedInside) + " adapters"
		case c.ID != versions[0].ID:
			wrong = "has versions of another one"
		case c.Version < 1 || n > 0 && c.Version <= versions[n-1].Version:
			wrong = "has versions that do not rise"
		case !keepableTime(c.CreatedAt) || !keepableTime(c.UpdatedAt):
			wrong = "has no time between 1970 and 9999"
		}
		for _, text := range []string{c.ID, c.Name, c.Prefix, c.Suffix, c.Negative} {
			if wrong == "" {
				wrong = wrongText(text, maxTextBytes)
			}
		}
		if wrong != "" {
			return lora.Errorf(lora.Invalid, "The composition %s of the import %s. Nothing was imported.", shownText(c.Name), wrong)
		}
		if _, err := json.Marshal(c.Entries); err != nil {
			return lora.Errorf(lora.Invalid, "The composition %s of the import has a weight that is no number. Nothing was imported.", shownText(c.Name))
		}
	}
	return nil
}

// meanEntries puts the ids of the catalog in the place of those of the import.
func (i *importer) meanEntries(entries []lora.Composed) {
	for n := range entries {
		if here := i.ids[entries[n].AdapterID]; here != "" {
			entries[n].AdapterID = here
		}
	}
}

func sameComposition(a, b *lora.Composition) bool {
	return a.Name == strings.TrimSpace(b.Name) && sameJSON(
		compositionBody{a.Prefix, a.Suffix, a.Negative, a.Entries}, compositionBody{b.Prefix, b.Suffix, b.Negative, slices.Clip(b.Entries)})
}

// sameJSON reports whether two values are written as the same JSON.
func sameJSON(a, b any) bool {
	x, err := json.Marshal(a)
	if err != nil {
		return false
	}
	y, err := json.Marshal(b)
	return err == nil && string(x) == string(y)
}

// addComposition keeps a composition as it was, the latest of its versions at most.
func (i *importer) addComposition(ctx context.Context, id string, versions []lora.Composition) error {
	versions = versions[max(0, len(versions)-keptVersions):]
	latest := &versions[len(versions)-1]
	if latest.ID != "" {
		i.compositions[latest.ID] = id
	}
	i.counts.Compositions++
	_, err := i.exec(ctx, "INSERT INTO composition (id, version, created_at) VALUES (?, ?, ?)", id, int64(latest.Version), latest.CreatedAt.UnixMicro())
	for n := range versions {
		c := &versions[n]
		if err != nil {
			return err
		}
		var restored any
		if c.Restored != nil {
			restored = int64(*c.Restored)
		}
		entries := c.Entries
		if entries == nil {
			entries = []lora.Composed{}
		}
		body, marshalErr := json.Marshal(compositionBody{c.Prefix, c.Suffix, c.Negative, entries})
		if marshalErr != nil {
			return marshalErr
		}
		_, err = i.exec(ctx, "INSERT INTO composition_version (composition_id, version, name, body, restored, made_at) VALUES (?, ?, ?, ?, ?, ?)",
			id, int64(c.Version), clean(strings.TrimSpace(c.Name)), clean(string(body)), restored, c.UpdatedAt.UnixMicro())
	}
	return err
}
