package recommend

import (
	"log/slog"
	"sync"
	"time"
)

// Options are what a Recommender needs. Library, Memory and Tastes are required.
type Options struct {
	Library Library
	Memory  Memory
	Tastes  Tastes
	// Embedder is a model that makes better text vectors than the built-in ones; nil for
	// none. Vectors keeps what it makes and is required with it.
	Embedder Embedder
	Vectors  Vectors
	// Changed is called after the index was rebuilt, and after feedback, preferences or
	// weights have changed; nil calls nobody.
	Changed func()
	Logger  *slog.Logger     // slog.Default()
	Now     func() time.Time // time.Now
	Look    time.Duration    // between looks at the catalog while nobody asks: 10 s
}

// Recommender answers what goes well with what. Its methods may be called from several
// goroutines.
type Recommender struct {
	Options

	lane    *lane         // nil without a model
	queries queryVectors  // nil without a model
	turn    chan struct{} // held by who changes adapters, words and vectors in the index

	mu         sync.RWMutex // guards what follows and all of the index
	index      *index
	built      bool
	builtAt    time.Time
	problem    error // of the last look at the catalog
	judgements judgements

	listening sync.Mutex // held while judgements are read
	times     times
}

// New returns a Recommender with an empty index. Run builds it; a question that comes
// before builds it, too.
func New(options Options) *Recommender {
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Changed == nil {
		options.Changed = func() {}
	}
	if options.Look <= 0 {
		options.Look = 10 * time.Second
	}
	r := &Recommender{Options: options, turn: make(chan struct{}, 1), index: newIndex()}
	if r.lane = newLane(r); r.lane != nil {
		r.queries = r.lane
	}
	return r
}
