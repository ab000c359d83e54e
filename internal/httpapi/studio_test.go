package httpapi

import (
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"loramanager/internal/engine"
	"loramanager/internal/events"
	"loramanager/internal/guard"
	"loramanager/internal/images"
	"loramanager/internal/infotext"
	"loramanager/internal/jobs"
	"loramanager/internal/lora"
	"loramanager/internal/metrics"
	"loramanager/internal/queue"
	"loramanager/internal/store"
)

// easel keeps pictures in a folder and their records in the store.
type easel struct {
	*images.Pictures
	store *store.Store
}

func (e easel) Keep(ctx context.Context, jobID string, picture []byte, note jobs.Note) (lora.Image, error) {
	kept, err := e.Pictures.Keep(ctx, picture, images.Texts{Parameters: infotext.Parameters(infotext.Made{Params: note.Params})}, func(i lora.Image) error {
		return e.store.ReservePicture(ctx, jobID, i)
	})
	if err == nil {
		err = e.store.KeptPicture(ctx, kept.Image.SHA256)
	}
	kept.Image.Index, kept.Image.Seed = note.Index, note.Seed
	return kept.Image, err
}

func (e easel) Open(ctx context.Context, sha256 string) (io.ReadSeekCloser, string, error) {
	return e.Pictures.Open(ctx, sha256)
}

// crew are the engines of the store and the sketch engine.
type crew struct {
	*engine.Registry
	store *store.Store
}

func (c *crew) EngineConfigs(ctx context.Context) ([]lora.EngineConfig, error) {
	stored, err := c.store.EngineConfigs(ctx)
	return append(slices.Clone(stored), lora.EngineConfig{Name: "sketch", Kind: lora.Sketch, Enabled: true, FromConfiguration: true}), err
}

func (c *crew) changed(ctx context.Context, err error) error {
	if err != nil {
		return err
	}
	return c.Reload(ctx)
}

func (c *crew) AddEngine(ctx context.Context, e lora.EngineConfig) error {
	if err := engine.CheckConfig(e); err != nil {
		return err
	}
	return c.changed(ctx, c.store.AddEngineConfig(ctx, e))
}

func (c *crew) ReplaceEngine(ctx context.Context, name string, e lora.EngineConfig, password *string) error {
	return c.changed(ctx, c.store.ReplaceEngineConfig(ctx, name, e, password))
}

func (c *crew) RemoveEngine(ctx context.Context, name string) error {
	return c.changed(ctx, c.store.DeleteEngineConfig(ctx, name))
}

// finder is the store as jobs ask it for adapters.
type finder struct{ *store.Store }

func (f finder) ResolveUses(ctx context.Context, uses []lora.Use) ([]lora.ResolvedUse, error) {
	return f.FindAdapters(ctx, uses)
}

// studio is what a house needs for the second story.
type studio struct {
	jobs     *jobs.Jobs
	engines  *crew
	pictures *images.Pictures
	files    string // where deliveries and pictures go
}

// openStudio opens the rooms of the second story and works in them until the test ends.
func openStudio(t *testing.T, db *store.Store, hub *events.Hub, thumbs *images.Store, counted *metrics.Metrics) *studio {
	t.Helper()
	s := &studio{files: t.TempDir(), engines: &crew{store: db}}
	root, err := guard.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	decoder := guard.NewDecoder(guard.Default())
	s.pictures = images.NewPictures(images.PicturesOptions{
		Shelf: images.OpenFolder(images.FolderOptions{Root: root}), Decoder: decoder, Thumbnails: thumbs,
	})
	if s.engines.Registry, err = engine.Open(t.Context(), engine.Options{
		Source: s.engines, Decoder: decoder, StepTime: time.Nanosecond, Deliveries: engine.Deliveries{Folder: s.files},
	}); err != nil {
		t.Fatal(err)
	}
	wakes := queue.NewLocal()
	s.jobs = jobs.New(jobs.Options{
		Ledger: db, Leases: db, Gallery: easel{s.pictures, db}, Engines: s.engines, Adapters: finder{db}, Wakes: wakes, Announcer: hub, Worker: "test",
		Ended: counted.JobEnded,
	})
	working, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.jobs.Work(working)
	}()
	t.Cleanup(func() {
		stop()
		<-done
		s.jobs.Close()
		for _, err := range []error{s.engines.Close(), wakes.Close(context.Background()), root.Close()} {
			if err != nil {
				t.Error(err)
			}
		}
	})
	return s
}
