package origin

import (
	"context"
	"path"

	"github.com/google/uuid"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/sidecar"
)

// previewEnding is what a fetched preview is called behind the name of its adapter.
const previewEnding = ".preview.jpg"

// FetchPreview fetches one of the example pictures a hub lists for an adapter, the first
// with an empty address, and puts it beside the file, drawn anew. Conflict when a preview
// lies there already: none is replaced.
func (g *Origin) FetchPreview(ctx context.Context, adapterID, address string) error {
	snapshot, err := g.o.Catalog.HubSnapshot(ctx, adapterID)
	if err != nil {
		return err
	}
	if snapshot == nil || snapshot.Version == nil {
		return lora.Errorf(lora.Conflict, "No hub has said anything about this adapter. Look it up first.")
	}
	chosen, err := chooseImage(snapshot.Version.Images, address)
	if err != nil {
		return err
	}
	place, err := g.o.Adapters.Place(ctx, adapterID)
	if err != nil {
		return err
	}
	switch {
	case place.State == lora.FileMissing || place.State == lora.FileTrashed:
		return lora.Errorf(lora.Conflict, "The adapter's file is not in its folder, so no preview can be put beside it.")
	case place.PreviewRel != "":
		return lora.Errorf(lora.Conflict, "The adapter has a preview already. Remove it first to fetch another.")
	}
	h, err := g.hub(snapshot.Hub)
	if err != nil {
		return err
	}
	var picture []byte
	err = h.ask(ctx, prompt, func() (err error) {
		picture, err = h.Picture(ctx, chosen.URL)
		return err
	})
	if err != nil {
		return err
	}
	if picture, err = g.o.Draw(ctx, picture); err != nil {
		return err
	}
	if err := g.putBeside(ctx, &place, picture); err != nil {
		return err
	}
	return g.o.Library.Rescan(ctx, adapterID)
}

// chooseImage takes only addresses the hub has listed: anything else would let whoever asks
// send this server anywhere.
func chooseImage(images []lora.HubImage, address string) (lora.HubImage, error) {
	for _, i := range images {
		if !i.Video && (address == "" || i.URL == address) {
			return i, nil
		}
	}
	if address != "" {
		return lora.HubImage{}, lora.FieldErrorf(lora.Invalid, "url", "The hub lists no such picture for this adapter.")
	}
	return lora.HubImage{}, lora.Errorf(lora.NotFound, "The hub lists no picture for this adapter.")
}

// putBeside writes the picture whole, and then gives it its name.
func (g *Origin) putBeside(ctx context.Context, place *lora.Place, picture []byte) error {
	root, err := g.openRoot(ctx, place.RootID)
	if err != nil {
		return err
	}
	defer closing(root)
	if err := root.MkdirAll(partFolder); err != nil {
		return err
	}
	temp := path.Join(partFolder, uuid.NewString()+".part")
	if err := writeWhole(root, temp, picture); err != nil {
		_ = root.Remove(temp) // or swept at the next start
		return err
	}
	stem, _, _ := sidecar.Split(path.Base(place.RelPath))
	if err := root.Rename(temp, path.Join(path.Dir(place.RelPath), stem+previewEnding)); err != nil {
		_ = root.Remove(temp)
		return err
	}
	return nil
}

func writeWhole(root *guard.Root, rel string, data []byte) (err error) {
	part, err := root.OpenPart(rel)
	if err != nil {
		return err
	}
	defer func() {
		if closed := part.Close(); err == nil {
			err = closed
		}
	}()
	if _, err := part.Write(data); err != nil {
		return err
	}
	return part.Sync()
}
