package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"loramanager/internal/archive"
	"loramanager/internal/catalog"
	"loramanager/internal/guard"
	"loramanager/internal/httpapi"
	"loramanager/internal/hub"
	"loramanager/internal/library"
	"loramanager/internal/lora"
	"loramanager/internal/origin"
	"loramanager/internal/store"
)

// openLibrary opens the library at rest.
func (a *app) openLibrary(context.Context) (err error) {
	if a.doorless {
		return nil
	}
	if a.wildcards, err = a.openOwn(a.config.Wildcards); err != nil {
		return err
	}
	a.library = library.New(a.libraryOptions())
	return nil
}

// openOwn opens a folder of the program until the program ends.
func (a *app) openOwn(dir string) (*guard.Root, error) {
	root, err := openFolder(dir)
	if err == nil {
		a.roots = append(a.roots, root)
	}
	return root, err
}

// finder is the store as exports search it.
type finder struct{ *store.Store }

// AdapterIDs implements archive.AdapterSearch.
func (f finder) AdapterIDs(ctx context.Context, q string) ([]string, error) {
	return f.MatchingIDs(ctx, catalog.Query{Text: q})
}

// openArchive opens what exports, imports and backs up.
func (a *app) openArchive(context.Context) error {
	if a.doorless {
		return nil
	}
	data, err := a.openOwn(a.config.Data)
	if err != nil {
		return err
	}
	staging, err := a.openOwn(filepath.Join(a.config.Data, "uploads"))
	if err != nil {
		return err
	}
	a.uploads, err = archive.OpenUploads(archive.UploadsOptions{
		Root: staging, Limit: guard.Default().UploadBytes, Prefix: httpapi.UploadsPath, Fail: httpapi.Refuse, Log: a.log,
	})
	if err != nil {
		return err
	}
	places, err := a.backupPlaces()
	if err != nil {
		return err
	}
	rehearsals := filepath.Join(a.config.Data, "rehearsal")
	if err := os.RemoveAll(rehearsals); err != nil { // what one that was killed left
		return err
	}
	a.archive, err = archive.New(archive.Options{
		Export: archive.ExportPorts{Catalog: a.store, Pictures: a.pictures, Search: finder{a.store}, Wildcards: a.wildcards},
		Import: archive.ImportPorts{Catalog: a.store, Library: a.library, Pictures: a.pictures, Uploads: a.uploads},
		Backup: archive.BackupPorts{
			Database: a.store, Schedules: a.store, Places: places, Scratch: scratch(rehearsals, a.log), Restored: a.restored,
		},
		History: a.store, Announcer: transferNews{announcer{a.hub, a.store, a.metrics}}, Data: data,
		Program: "LoRA Manager " + version, Schema: a.store.Schema(), Logger: a.log, Failpoint: failpoint,
	})
	return err
}

// openOrigin opens what looks adapters up at hubs. Without a configured hub it asks nobody.
func (a *app) openOrigin(context.Context) error {
	if a.doorless {
		return nil
	}
	hubs, err := hub.Open(a.config.hubOptions())
	if err != nil {
		return err
	}
	a.hubs = hubs
	asked := make([]origin.Hub, len(hubs))
	for i := range hubs {
		asked[i] = hubs[i]
	}
	a.origin = origin.New(origin.Options{
		Hubs: asked, Catalog: a.store, Updates: a.store, Adapters: a.store, Downloads: a.store, Library: a.library,
		Announcer: announcer{a.hub, a.store, a.metrics}, Draw: a.pictures.Preview, Logger: a.log,
	})
	return nil
}

// hubOptions are the hubs of the configuration.
func (c *Config) hubOptions() hub.Options {
	return hub.Options{
		CivitaiURL: c.CivitaiURL, CivitaiToken: c.CivitaiToken, CivArchiveURL: c.CivArchiveURL, HuggingFaceURL: c.HuggingFaceURL,
		HuggingFaceToken: c.HFToken, FileHosts: c.HubFileHosts, UserAgent: "LoRA-Manager/" + version, Limits: guard.Default(),
	}
}

// takeUp goes on with what an earlier process was interrupted in.
func (a *app) takeUp(ctx context.Context) {
	alone := a.store.Database() == "sqlite"
	if err := a.archive.RecoverImports(ctx, alone); err != nil && ctx.Err() == nil {
		a.log.Warn("an import that was interrupted is not finished yet; the next start tries again", "error", err)
	}
	if err := a.origin.Start(ctx); err != nil && ctx.Err() == nil {
		a.log.Warn("downloads that were interrupted do not go on", "error", err)
	}
	a.working.Go(func() { a.uploads.Run(ctx) })
	a.archive.StartBackups(alone)
}

// transferNews tells clients of transfers, counts those that end, and has everything read
// again after one that changed the catalog as a whole.
type transferNews struct{ announcer }

// Announce implements archive.Announcer.
func (n transferNews) Announce(eventType string, data any) {
	t, ok := data.(lora.Transfer)
	if !ok {
		n.announcer.Announce(eventType, data)
		return
	}
	n.hub.Announce(httpapi.EventTransferChanged, httpapi.TransferReply{Transfer: t})
	if !t.State.Final() {
		return
	}
	n.metrics.TransferEnded(t)
	if t.State == lora.TransferDone && (t.Kind == lora.TransferImport || t.Kind == lora.TransferMoveIn) {
		httpapi.EverythingChanged(n.announcer, string(t.Kind))
	}
}

// closeStories ends transfers, downloads and scans, and waits for them.
func (a *app) closeStories(ctx context.Context) error {
	var errs []error
	if a.archive != nil {
		errs = append(errs, a.archive.Close(ctx))
	}
	if a.origin != nil {
		errs = append(errs, a.origin.Close())
	}
	for _, h := range a.hubs {
		h.Close()
	}
	if a.library != nil {
		errs = append(errs, a.library.Close())
	}
	return errors.Join(errs...)
}
