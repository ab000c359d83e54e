package jobs_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"loramanager/internal/jobs"
	"loramanager/internal/lora"
	"loramanager/internal/queue"
	"loramanager/internal/store"
)

func TestMain(m *testing.M) {
	// Each random life opens databases; -rapid.checks=1000 plays more of them.
	if err := flag.Set("rapid.checks", "10"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

var errDead = errors.New("the process was killed")

// world is what outlives a process: the database file, the pictures, the engines.
type world struct {
	t       *testing.T
	path    string
	engines *engines
	heard   *ears
	outage  atomic.Bool // no database answers

	mu       sync.Mutex
	pictures map[string][]byte
	ends     map[string]int // finals written, by job, since it was last retried
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, path: filepath.Join(t.TempDir(), "jobs.db"), heard: &ears{}, pictures: map[string][]byte{}, ends: map[string]int{}}
	w.engines = &engines{slots: map[string]int{"one": 1, "http": 2, "file": 2}, behave: map[string]behaviour{}, reruns: map[string]bool{}}
	return w
}

// process is one life of a server with a worker, on a real database.
type process struct {
	world *world
	jobs  *jobs.Jobs
	store *store.Store
	wakes queue.Queue
	dead  atomic.Bool
	away  atomic.Bool // the database does not answer
	stop  context.CancelFunc
	done  chan struct{}
}

func (w *world) start(change func(*jobs.Options)) *process {
	w.t.Helper()
	s, err := store.Open(context.Background(), store.Options{URL: "sqlite:///" + w.path})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.startOn(s, queue.NewLocal(), change)
}

// startOn starts a process on a store that may be shared with others.
func (w *world) startOn(s *store.Store, wakes queue.Queue, change func(*jobs.Options)) *process {
	p := &process{world: w, store: s, wakes: wakes, done: make(chan struct{})}
	plug := &plug{Store: s, process: p}
	o := jobs.Options{
		Ledger: plug, Leases: plug, Gallery: &gallery{p}, Engines: w.engines, Adapters: catalog{}, Wakes: p.wakes,
		Announcer: w.heard, Worker: "host", Logger: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&o)
	}
	p.jobs = jobs.New(o)
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	go func() {
		defer close(p.done)
		p.jobs.Work(ctx)
	}()
	return p
}

// end stops the process as a user would.
func (p *process) end() {
	p.stop()
	<-p.done
	p.close()
}

func (p *process) close() {
	p.jobs.Close()
	if err := p.wakes.Close(context.Background()); err != nil {
		p.world.t.Error(err)
	}
	if err := p.store.Close(); err != nil {
		p.world.t.Error(err)
	}
}

// kill ends the process as a power cut would: nothing it does counts any more.
func (p *process) kill() {
	p.dead.Store(true)
	p.world.engines.cut()
	p.end()
}

// killAt kills the process when it comes by a failpoint.
func killAt(p **process, name string) func(string) {
	var once atomic.Bool
	return func(at string) {
		if at == name && once.CompareAndSwap(false, true) {
			(*p).dead.Store(true)
			runtime.Goexit()
		}
	}
}

// plug is the database as a process sees it, until it is killed.
type plug struct {
	*store.Store
	process *process
}

func (p *plug) down() error {
	if p.process.dead.Load() || p.process.away.Load() || p.process.world.outage.Load() {
		return errDead
	}
	return nil
}

func (p *plug) AddJob(ctx context.Context, job lora.Job) (lora.Job, bool, error) {
	if err := p.down(); err != nil {
		return lora.Job{}, false, err
	}
	return p.Store.AddJob(ctx, job)
}

func (p *plug) ClaimJob(ctx context.Context, c lora.JobClaim) (lora.Job, bool, error) {
	if err := p.down(); err != nil {
		return lora.Job{}, false, err
	}
	return p.Store.ClaimJob(ctx, c)
}

func (p *plug) BeatJob(ctx context.Context, id string, token int64, b lora.Beat) (bool, error) {
	if err := p.down(); err != nil {
		return false, err
	}
	return p.Store.BeatJob(ctx, id, token, b)
}

func (p *plug) SubmitJob(ctx context.Context, id string, token int64, handle string) error {
	if err := p.down(); err != nil {
		return err
	}
	return p.Store.SubmitJob(ctx, id, token, handle)
}

func (p *plug) EndJob(ctx context.Context, id string, token int64, e lora.Ending) (lora.Job, error) {
	if err := p.down(); err != nil {
		return lora.Job{}, err
	}
	job, err := p.Store.EndJob(ctx, id, token, e)
	if err == nil && job.Status.Final() {
		p.process.world.mu.Lock()
		p.process.world.ends[id]++
		p.process.world.mu.Unlock()
	}
	return job, err
}

func (p *plug) ReclaimJob(ctx context.Context, worker string, lease time.Duration, startup bool) (lora.Job, bool, error) {
	if err := p.down(); err != nil {
		return lora.Job{}, false, err
	}
	return p.Store.ReclaimJob(ctx, worker, lease, startup)
}

// gallery keeps pictures in memory and their records in the database.
type gallery struct{ process *process }

func (g *gallery) Keep(ctx context.Context, jobID string, picture []byte, note jobs.Note) (lora.Image, error) {
	if bytes.HasPrefix(picture, []byte("junk")) {
		return lora.Image{}, lora.Errorf(lora.Invalid, "It is no picture.")
	}
	if g.process.dead.Load() {
		return lora.Image{}, errDead
	}
	sum := sha256.Sum256(picture)
	image := lora.Image{SHA256: hex.EncodeToString(sum[:]), Type: "image/png", Width: note.Params.Width, Height: note.Params.Height, SizeBytes: len(picture)}
	if err := g.process.store.ReservePicture(ctx, jobID, image); err != nil {
		return lora.Image{}, err
	}
	g.process.world.mu.Lock()
	g.process.world.pictures[image.SHA256] = picture
	g.process.world.mu.Unlock()
	return image, g.process.store.KeptPicture(ctx, image.SHA256)
}

type file struct{ *bytes.Reader }

func (file) Close() error { return nil }

func (g *gallery) Open(_ context.Context, sum string) (io.ReadSeekCloser, string, error) {
	g.process.world.mu.Lock()
	defer g.process.world.mu.Unlock()
	data, ok := g.process.world.pictures[sum]
	if !ok {
		return nil, "", lora.Errorf(lora.NotFound, "There is no such picture.")
	}
	return file{bytes.NewReader(data)}, "image/png", nil
}

func (g *gallery) Preview(_ context.Context, picture []byte) ([]byte, error) {
	return append([]byte("small "), picture...), nil
}

// catalog knows the adapter "known", and by its id.
type catalog struct{}

func (catalog) ResolveUses(_ context.Context, uses []lora.Use) ([]lora.ResolvedUse, error) {
	var all []lora.ResolvedUse
	for _, u := range uses {
		r := lora.ResolvedUse{Use: u}
		switch {
		case u.Name == "known", u.Name == "" && u.AdapterID == "adapter-1":
			r.AdapterID, r.BaseModel, r.FileName = "adapter-1", "sdxl", "style.safetensors"
		case u.Name == "":
			r.AdapterID = ""
		}
		all = append(all, r)
	}
	return all, nil
}

// ears hear what is announced.
type ears struct {
	mu   sync.Mutex
	said []said
}

type said struct {
	event, job string
	data       any
}

func (e *ears) AnnounceJob(event, job string, data any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.said = append(e.said, said{event, job, data})
}

func (e *ears) of(event string) []any {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []any
	for _, s := range e.said {
		if s.event == event {
			all = append(all, s.data)
		}
	}
	return all
}

// behaviour is what an engine does with a job.
type behaviour func(ctx context.Context, task lora.Task, sink lora.EngineSink) error

// engines are played engines. They go on when the server is killed.
type engines struct {
	mu      sync.Mutex
	slots   map[string]int
	behave  map[string]behaviour
	attach  func(ctx context.Context, handle string, task lora.Task, sink lora.EngineSink) (bool, error)
	deliver func(ctx context.Context, d lora.DeliveryTask) (map[string]any, error)
	reruns  map[string]bool
	runs    []string // engine/job
	tasks   []lora.Task
	cuts    chan struct{}
}

func (e *engines) cut() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cuts != nil {
		close(e.cuts)
		e.cuts = nil
	}
}

func (e *engines) Route(_ context.Context, wish lora.EngineWish, load map[string]int) (string, error) {
	names := slices.Sorted(maps.Keys(e.slots))
	names = slices.DeleteFunc(names, func(n string) bool { return n == "http" || n == "file" })
	if wish.Name != "" && wish.Name != "played" {
		if !slices.Contains(names, wish.Name) {
			return "", lora.Errorf(lora.NotFound, "There is no engine %q.", wish.Name)
		}
		return wish.Name, nil
	}
	slices.SortStableFunc(names, func(a, b string) int { return load[a] - load[b] })
	return names[0], nil
}

func (e *engines) Check(_ context.Context, _ string, p lora.GenerationParams) error {
	if p.Model == "unknown" {
		return lora.FieldErrorf(lora.Invalid, "model", "The engine has no model unknown.")
	}
	return nil
}

func (e *engines) Slots(context.Context) map[string]int { return e.slots }

func (e *engines) Run(ctx context.Context, engine string, task lora.Task, sink lora.EngineSink) error {
	e.mu.Lock()
	e.runs = append(e.runs, engine+"/"+task.JobID)
	e.tasks = append(e.tasks, task)
	behave := e.behave[engine]
	e.mu.Unlock()
	if behave == nil {
		behave = draws
	}
	return behave(ctx, task, sink)
}

func (e *engines) Attach(ctx context.Context, _, handle string, task lora.Task, sink lora.EngineSink) (bool, error) {
	if e.attach == nil {
		return false, nil
	}
	return e.attach(ctx, handle, task, sink)
}

func (e *engines) Deliver(ctx context.Context, d lora.DeliveryTask) (map[string]any, error) {
	return e.deliver(ctx, d)
}

func (e *engines) RerunsAfterCrash(engine string) bool { return e.reruns[engine] }

func (e *engines) started() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.runs)
}

func pictureOf(task lora.Task, i int) []byte {
	return fmt.Appendf(nil, "picture %d of %s", i, task.JobID)
}

// draws is an engine that works: a second for each picture.
func draws(ctx context.Context, task lora.Task, sink lora.EngineSink) error {
	if err := sink(lora.EngineEvent{Type: lora.EventSubmitted}); err != nil {
		return err
	}
	for i := range task.Params.BatchSize {
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
		seed := task.Params.Seed + int64(i)
		err := sink(lora.EngineEvent{Type: lora.EventPicture, Picture: &lora.MadePicture{Data: pictureOf(task, i), Seed: &seed, Infotext: "text"}})
		if err != nil {
			return err
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return &lora.EngineError{Class: lora.EngineInterrupted, Message: "The engine was stopped.", Err: context.Cause(ctx)}
	}
}

// fails is an engine that fails with a class until it was asked often enough.
func fails(class lora.EngineErrorClass, times int) behaviour {
	var asked atomic.Int64
	return func(ctx context.Context, task lora.Task, sink lora.EngineSink) error {
		if asked.Add(1) <= int64(times) {
			return &lora.EngineError{Class: class, Message: "It failed."}
		}
		return draws(ctx, task, sink)
	}
}

// hangs is an engine that works until it is told to stop.
func hangs(ctx context.Context, _ lora.Task, sink lora.EngineSink) error {
	if err := sink(lora.EngineEvent{Type: lora.EventSubmitted}); err != nil {
		return err
	}
	return pause(ctx, 1000*time.Hour)
}

// in runs a test in a bubble where time passes at once.
func in(t *testing.T, f func(w *world)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { f(newWorld(t)) })
}

func request(prompt string) jobs.Request {
	r := jobs.Request{Params: jobs.DefaultParams(), Mode: "deferred", ReturnFormat: "base64"}
	r.Params.Prompt = prompt
	return r
}

func (p *process) accept(r jobs.Request) lora.Job {
	p.world.t.Helper()
	job, err := p.jobs.Accept(context.Background(), r)
	if err != nil {
		p.world.t.Fatal(err)
	}
	return job
}

func (p *process) wait(id string) lora.Job {
	p.world.t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), time.Hour)
	defer stop()
	job, err := p.jobs.Wait(ctx, id)
	if err != nil {
		p.world.t.Fatalf("%v (%+v)", err, job)
	}
	return job
}

func (p *process) job(id string) lora.Job {
	p.world.t.Helper()
	job, err := p.store.Job(context.Background(), id)
	if err != nil {
		p.world.t.Fatal(err)
	}
	return job
}
