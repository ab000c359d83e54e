package stats_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"loramanager/internal/lora"
	"loramanager/internal/stats"
	"loramanager/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is now in most tests: a Wednesday.
var noon = time.Date(2026, 3, 18, 12, 7, 0, 0, time.UTC)

// kit is Stats on a real database whose clock tests set.
type kit struct {
	*stats.Stats
	*testing.T
	store *store.Store
	now   time.Time
	jobs  int
}

func newKit(t *testing.T) *kit {
	t.Helper()
	k := &kit{T: t, now: noon}
	s, err := store.Open(t.Context(), store.Options{URL: "sqlite:///" + filepath.Join(t.TempDir(), "stats.db"), Now: func() time.Time { return k.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	k.store = s
	k.Stats = stats.New(stats.Options{
		Counts: s, Cases: s, House: s, Library: s, Embedded: func() (int, int) { return 1, 3 },
		Storage: func() lora.StorageFigures {
			return lora.StorageFigures{Pictures: 7, PicturesBytes: 700, DatabaseBytes: 9000}
		},
		Now: func() time.Time { return k.now },
	})
	return k
}

func (k *kit) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

// made is a generation as a test describes it. The zero value succeeds at once on "a".
type made struct {
	at        time.Time // accepted; the kit's now when zero
	engine    string
	wait, run time.Duration
	status    lora.JobStatus // pending stays so; cancelled never began
	class     lora.EngineErrorClass
	adapters  []string // ids
	images    int
	rating    int
	favorite  bool
	trashed   bool
}

func (m made) outcome() lora.JobStatus {
	if m.status == "" {
		return lora.JobSucceeded
	}
	return m.status
}

// make has a generation live its life, and returns its id. Afterwards it is now again.
func (k *kit) make(m made) string {
	k.Helper()
	ctx, now := k.Context(), k.now
	defer func() { k.now = now }()
	if m.at.IsZero() {
		m.at = now
	}
	if m.engine == "" {
		m.engine = "a"
	}
	k.jobs++
	job := lora.Job{ID: fmt.Sprintf("job-%04d", k.jobs), Kind: lora.Generation, Mode: m.engine, Engine: m.engine, Prompt: "a fox", Params: []byte(`{}`), Priority: 5, MaxAttempts: 1, CreatedAt: m.at}
	for _, id := range m.adapters {
		job.Adapters = append(job.Adapters, lora.Use{AdapterID: id, Name: id, Weight: 1})
	}
	k.now = m.at
	_, _, err := k.store.AddJob(ctx, job)
	k.must(err)
	if m.status == lora.JobPending {
		return job.ID
	}
	k.now = m.at.Add(m.wait)
	if m.status == lora.JobCancelled {
		_, err := k.store.CancelJob(ctx, job.ID)
		k.must(err)
		return job.ID
	}
	running, found, err := k.store.ClaimJob(ctx, lora.JobClaim{Worker: "test", Slots: map[string]int{m.engine: 10}, Lease: time.Hour})
	if err != nil || !found || running.ID != job.ID {
		k.Fatal(running.ID, found, err)
	}
	k.now = k.now.Add(m.run)
	ending := lora.Ending{Status: m.outcome(), Result: []byte(`{}`), ErrorClass: m.class}
	for i := range m.images {
		image := lora.Image{Index: i, SHA256: fmt.Sprintf("%064x", k.jobs*100+i), Type: "image/png", Width: 64, Height: 64, SizeBytes: 100}
		k.must(k.store.ReservePicture(ctx, job.ID, image))
		k.must(k.store.KeptPicture(ctx, image.SHA256))
		ending.Images = append(ending.Images, image)
	}
	_, err = k.store.EndJob(ctx, job.ID, running.Token, ending)
	k.must(err)
	k.mark(job.ID, m)
	return job.ID
}

func (k *kit) mark(id string, m made) {
	k.Helper()
	if m.rating > 0 {
		_, err := k.store.RateResults(k.Context(), []string{id}, &m.rating)
		k.must(err)
	}
	if m.favorite {
		_, err := k.store.FavoriteResults(k.Context(), []string{id}, true)
		k.must(err)
	}
	if m.trashed {
		_, err := k.store.TrashResults(k.Context(), []string{id})
		k.must(err)
	}
}

// many makes n alike, a minute apart, the last one at m.at.
func (k *kit) many(n int, m made) (ids []string) {
	k.Helper()
	last := m.at
	if last.IsZero() {
		last = k.now.Add(-time.Minute)
	}
	for i := range n {
		m.at = last.Add(time.Duration(i-n+1) * time.Minute)
		ids = append(ids, k.make(m))
	}
	return ids
}

// adapter puts one into the library, and returns its id.
func (k *kit) adapter(name string) string {
	k.Helper()
	roots, err := k.store.Roots(k.Context())
	k.must(err)
	if len(roots) == 0 {
		k.must(k.store.AddRoot(k.Context(), lora.Root{ID: "root", Path: "/loras", Name: "loras", CreatedAt: k.now}))
	}
	a, err := k.store.CreateAdapter(k.Context(), lora.NewAdapter{
		RootID: "root", RelPath: name + ".safetensors", Stamp: lora.FileStamp{Size: 10, MtimeNS: 20}, Given: lora.Adapter{Name: name}, Fields: []string{"name"},
	})
	k.must(err)
	return a.ID
}

// span reads a range as of now.
func (k *kit) span(q stats.Query) stats.Range {
	k.Helper()
	r, err := k.Parse(q)
	k.must(err)
	return r
}

func (k *kit) summary(q stats.Query) stats.AnalyticsSummary {
	k.Helper()
	s, err := k.Summary(context.WithoutCancel(k.Context()), k.span(q))
	k.must(err)
	return s
}

// figure shows a number that may be unknown.
func figure(n *float64) string {
	if n == nil {
		return "unknown"
	}
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", *n), "0"), ".")
}
