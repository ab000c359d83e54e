package origin

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Options are what an Origin needs. Hubs may be empty; Catalog to Announcer are required.
type Options struct {
	Hubs      []Hub // in the order they are asked
	Catalog   Catalog
	Updates   Updates
	Adapters  Adapters
	Downloads DownloadLog
	Library   Library
	Announcer Announcer
	// Draw draws a stranger's picture anew, so that nothing of its bytes is left.
	Draw func(ctx context.Context, picture []byte) ([]byte, error)

	Logger *slog.Logger // slog.Default()
	Limits guard.Limits // guard.Default()
	AtOnce int          // downloads at a time: 2
	// Fresh is how long what a hub said is not asked again: 30 days.
	Fresh time.Duration
}

// How often adapters are looked up and how many files come at a time.
const (
	freshFor = 30 * 24 * time.Hour
	atOnce   = 2
)

func (o *Options) fill() {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Limits == (guard.Limits{}) {
		o.Limits = guard.Default()
	}
	if o.AtOnce <= 0 {
		o.AtOnce = atOnce
	}
	if o.Fresh <= 0 {
		o.Fresh = freshFor
	}
}

// Origin looks adapters up and downloads files. Its methods may be called from several
// goroutines.
type Origin struct {
	o        Options
	hubs     []*patient
	ctx      context.Context // ends with Close
	stop     context.CancelFunc
	runs     sync.WaitGroup
	lookups  lookups
	downward downward
}

// New returns an Origin at rest; nothing is asked before Start or a call says so.
func New(o Options) *Origin {
	o.fill()
	g := &Origin{o: o}
	g.ctx, g.stop = context.WithCancel(context.Background())
	for _, h := range o.Hubs {
		g.hubs = append(g.hubs, newPatient(h))
	}
	g.downward.init()
	return g
}

// Start takes up the downloads that a restart interrupted. Where no hub is configured they
// are only listed: they wait until one is, or belong to another server on the same database.
func (g *Origin) Start(ctx context.Context) error {
	if err := g.recover(ctx); err != nil || len(g.hubs) == 0 {
		return err
	}
	g.sweep(ctx)
	g.runs.Go(g.serveDownloads)
	return nil
}

// Close ends what runs, so that it can go on after a restart, and waits for it.
func (g *Origin) Close() error {
	g.lookups.mu.Lock() // so that no run begins between this and the waiting
	g.stop()
	g.lookups.mu.Unlock()
	g.runs.Wait()
	return nil
}

// names are the hubs there could be.
var names = []string{"civitai", "civarchive", "huggingface"}

// Hubs says how each hub stands, configured or not.
func (g *Origin) Hubs() []lora.HubState {
	states := make([]lora.HubState, len(names))
	for i, name := range names {
		states[i].Name = name
		for _, h := range g.hubs {
			if h.name == name {
				states[i] = h.state()
			}
		}
	}
	return states
}

// hub returns a hub by its name.
func (g *Origin) hub(name string) (*patient, error) {
	for _, h := range g.hubs {
		if h.name == name {
			return h, nil
		}
	}
	return nil, lora.FieldErrorf(lora.Invalid, "hub", "There is no hub of the name %q, or it is not configured.", guard.DisplayName(name))
}

func (g *Origin) now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
