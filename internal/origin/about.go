package origin

import (
	"context"

	"loramanager/internal/lora"
)

// About says everything that is kept of what hubs said about an adapter; nobody is asked.
func (g *Origin) About(ctx context.Context, adapterID string) (lora.AdapterHub, error) {
	about := lora.AdapterHub{Newer: []lora.HubNewer{}, Ignored: []lora.HubIgnored{}, Fields: []lora.HubField{}}
	snapshot, err := g.o.Catalog.HubSnapshot(ctx, adapterID)
	if err != nil || snapshot == nil {
		return about, err
	}
	about.Snapshot = snapshot
	v := snapshot.Version
	if v == nil {
		return about, nil
	}
	adapter, err := g.o.Adapters.Adapter(ctx, adapterID)
	if err != nil {
		return about, err
	}
	about.Fields = differing(&adapter, v)
	if about.Ignored, err = g.o.Updates.HubIgnored(ctx, v.Hub, v.ModelID); err != nil {
		return about, err
	}
	if about.Model, err = g.o.Catalog.HubModel(ctx, v.Hub, v.ModelID); err != nil || about.Model == nil {
		return about, err
	}
	about.Newer = lora.NewerVersions(about.Model.InShort(), v.VersionID)
	return about, nil
}

// Updates lists adapters with newer versions that are neither here nor ignored, as of the
// latest look-up; see the store's HubUpdates for the cursor.
func (g *Origin) Updates(ctx context.Context, after string, limit int) ([]lora.HubUpdate, string, error) {
	return g.o.Updates.HubUpdates(ctx, after, limit)
}

// Ignore keeps a version, or with an empty version id a whole model, out of the updates.
func (g *Origin) Ignore(ctx context.Context, i lora.HubIgnored) error {
	if err := checkIgnored(i); err != nil {
		return err
	}
	if err := g.o.Updates.IgnoreHub(ctx, i); err != nil {
		return err
	}
	g.o.Announcer.Announce(eventChanged, changedFrame{})
	return nil
}

// Unignore takes an Ignore back; NotFound when there is none.
func (g *Origin) Unignore(ctx context.Context, i lora.HubIgnored) error {
	if err := checkIgnored(i); err != nil {
		return err
	}
	if err := g.o.Updates.UnignoreHub(ctx, i); err != nil {
		return err
	}
	g.o.Announcer.Announce(eventChanged, changedFrame{})
	return nil
}

// Ignored lists what is ignored, latest first.
func (g *Origin) Ignored(ctx context.Context) ([]lora.HubIgnored, error) {
	return g.o.Updates.HubIgnored(ctx, "", "")
}

const maxID = 200

func checkIgnored(i lora.HubIgnored) error {
	switch {
	case i.Hub == "" || len(i.Hub) > maxID:
		return lora.FieldErrorf(lora.Invalid, "hub", "Name the hub.")
	case i.ModelID == "" || len(i.ModelID) > maxID:
		return lora.FieldErrorf(lora.Invalid, "model_id", "Name the model.")
	case len(i.VersionID) > maxID:
		return lora.FieldErrorf(lora.Invalid, "version_id", "This is no version of a model.")
	}
	return nil
}
