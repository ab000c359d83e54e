package storetest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"pgregory.net/rapid"

	"loramanager/internal/lora"
)

const mostLives = 40

var figureTests = []test{
	{"figures are what counting every job gives, whatever is done to jobs", func(s *suite) {
		m := &figureMachine{suite: s, seen: make(map[string]lora.Job)}
		lives := 0
		rapid.Check(s.TB, func(t *rapid.T) {
			// Every look counts all that was ever done, so each life costs more than the one before.
			if lives++; lives > mostLives {
				return
			}
			t.Repeat(map[string]func(*rapid.T){
				"run": m.run, "run again": m.run, "leave": m.leave, "cancel": m.cancel, "retry": m.retry, "rate": m.rate, "favorite": m.favorite,
				"tag": m.tag, "trash": m.trash, "restore": m.restore, "purge": m.purge, "import": m.imports,
			})
			m.look(t)
		})
	}},
	{"many may change the same jobs at once, and are counted", changedAtOnce},
	{"a job with a hundred adapters makes pairs of the first twenty", func(s *suite) {
		job := newJob("e", 5)
		job.Adapters = nil
		for i := range 100 {
			job.Adapters = append(job.Adapters, lora.Use{AdapterID: fmt.Sprintf("a-%02d", 99-i), Weight: 1})
		}
		job = s.add(job)
		s.end(s.runs(job, "e"), lora.JobSucceeded)
		pairs := s.pairs(0)
		if len(pairs) != 190 || pairs[0] != (lora.AdapterPair{A: "a-80", B: "a-81", Jobs: 1}) {
			s.Errorf("%d pairs, the first %+v", len(pairs), pairs[0])
		}
		usages, err := s.AdapterUsages(s.ctx, allTime(), lora.MostUsed, 1000)
		s.ok(err)
		if len(usages) != 100 {
			s.Errorf("%d adapters were used", len(usages))
		}
	}},
	{"pairs that changed after a change of the catalog are told", func(s *suite) {
		of := func(ids ...string) func(job *lora.Job, _ *lora.GenerationParams) {
			return func(job *lora.Job, _ *lora.GenerationParams) {
				job.Adapters = nil
				for _, id := range ids {
					job.Adapters = append(job.Adapters, lora.Use{AdapterID: id})
				}
			}
		}
		first := s.made(0, of("b", "a"))
		change, err := s.AdapterPairs(s.ctx, 0, func(lora.AdapterPair) {})
		s.ok(err)
		s.made(1, of("b", "c"))
		s.same("after a second job", s.pairs(change), []lora.AdapterPair{{A: "b", B: "c", Jobs: 1}})
		change, err = s.AdapterPairs(s.ctx, 0, func(lora.AdapterPair) {})
		s.ok(err)
		s.same("nothing new", s.pairs(change), []lora.AdapterPair{})
		_, err = s.FavoriteResults(s.ctx, []string{first.ID}, true)
		s.ok(err)
		s.same("after a favourite", s.pairs(change), []lora.AdapterPair{{A: "a", B: "b", Jobs: 1, Kept: 1}})
		_, err = s.TrashResults(s.ctx, []string{first.ID})
		s.ok(err)
		s.same("after it went to the trash", s.pairs(change), []lora.AdapterPair{{A: "a", B: "b", Jobs: 1}})
	}},
	{"a retry waits anew, in the slot where the job was accepted", func(s *suite) {
		job := newJob("e", 5)
		job.CreatedAt = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		job = s.add(job)
		s.end(s.runs(job, "e"), lora.JobFailed)
		_, err := s.RetryJob(s.ctx, job.ID)
		s.ok(err)
		oldest, err := s.OldestWaiting(s.ctx)
		s.ok(err)
		if since := time.Since(oldest); since > time.Hour {
			s.Errorf("the queue's oldest job waits for %v", since)
		}
		s.end(s.runs(job, "e"), lora.JobSucceeded)
		window := lora.Window{Start: job.CreatedAt, End: job.CreatedAt.Add(time.Hour), Zone: time.UTC}
		slots, err := s.CountSlots(s.ctx, window, lora.SlotHour)
		s.ok(err)
		if len(slots) != 1 || slots[0].Jobs != 1 || slots[0].Failed != 0 || slots[0].Succeeded != 1 || slots[0].WaitTime > time.Hour {
			s.Errorf("counted %+v", slots)
		}
		if oldest, err := s.OldestWaiting(s.ctx); err != nil || !oldest.IsZero() {
			s.Errorf("nothing waits, but since %v: %v", oldest, err)
		}
	}},
	{"a window of too many slots is refused, any other is answered", func(s *suite) {
		day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		_, err := s.CountSlots(s.ctx, lora.Window{Start: day, End: day.AddDate(10, 0, 0), Zone: time.UTC}, lora.SlotQuarter)
		s.fails(err, lora.Invalid)
		for _, window := range []lora.Window{{Start: day, End: day.AddDate(10, 0, 0)}, {Start: day, End: day}, {Start: day, End: day.AddDate(-1, 0, 0)}, {}} {
			slots, err := s.CountSlots(s.ctx, window, lora.SlotDay)
			s.ok(err)
			errs, err := s.CountErrors(s.ctx, window)
			s.ok(err)
			buckets, err := s.TimeBuckets(s.ctx, window, lora.MeasureRun)
			s.ok(err)
			if len(slots)+len(errs)+len(buckets) != 0 {
				s.Errorf("%v of nothing: %v %v %v", window, slots, errs, buckets)
			}
		}
	}},
	{"the failed and the slow generations of a window are named", func(s *suite) {
		at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		ids := map[string]string{}
		for i, c := range []struct {
			name, engine string
			class        lora.EngineErrorClass
			after        time.Duration
		}{
			{"before", "e", "busy", -time.Minute}, {"first", "e", "busy", 0}, {"other class", "e", "timeout", time.Minute},
			{"other engine", "f", "busy", 2 * time.Minute}, {"slow", "e", "", 3 * time.Minute}, {"trashed", "e", "busy", 4 * time.Minute},
			{"last", "e", "busy", time.Hour - time.Microsecond}, {"after", "e", "busy", time.Hour},
		} {
			job := newJob(c.engine, 5)
			job.CreatedAt = at.Add(c.after)
			job.Adapters = []lora.Use{{AdapterID: "adapter-of-" + c.engine, Name: c.engine, Weight: 1}}
			running := s.runs(s.add(job), c.engine)
			status := lora.JobFailed
			if c.class == "" {
				status = lora.JobSucceeded
			}
			_, err := s.EndJob(s.ctx, running.ID, running.Token, lora.Ending{Status: status, ErrorClass: c.class})
			s.ok(err)
			ids[c.name] = running.ID
			if i == 5 {
				_, err = s.TrashResults(s.ctx, []string{running.ID})
				s.ok(err)
			}
		}
		window := lora.Window{Start: at, End: at.Add(time.Hour), Zone: time.UTC}
		for _, c := range []struct {
			class  lora.EngineErrorClass
			engine string
			limit  int
			want   []string
		}{
			{"busy", "e", 10, []string{"last", "first"}}, {"busy", "", 10, []string{"last", "other engine", "first"}}, {"busy", "", 1, []string{"last"}},
			{"", "e", 10, []string{"last", "other class", "first"}}, {"", "", 2, []string{"last", "other engine"}}, {"none", "e", 10, nil},
		} {
			var want []string
			for _, name := range c.want {
				want = append(want, ids[name])
			}
			got, err := s.FailedJobs(s.ctx, window, c.class, c.engine, c.limit)
			s.ok(err)
			if !slices.Equal(got, want) {
				s.Errorf("%q of %q: %v, want %v", c.class, c.engine, got, want)
			}
		}
		slow, err := s.SlowJobs(s.ctx, window, 10)
		s.ok(err)
		if !slices.Equal(slow, []string{ids["slow"]}) {
			s.Errorf("slow are %v", slow)
		}
		waited, err := s.WaitedJobs(s.ctx, window, 10)
		s.ok(err)
		if !slices.Equal(waited, []string{ids["slow"]}) {
			s.Errorf("those that waited are %v", waited)
		}
		for status, want := range map[lora.JobStatus][]string{
			lora.JobFailed: {ids["last"], ids["other class"]}, lora.JobSucceeded: {ids["slow"]}, lora.JobCancelled: nil,
		} {
			got, err := s.AdapterJobs(s.ctx, window, "adapter-of-e", status, 2)
			s.ok(err)
			if !slices.Equal(got, want) {
				s.Errorf("%s with the adapter: %v, want %v", status, got, want)
			}
		}
	}},
	{"the latest jobs are told, deliveries included", func(s *suite) {
		first := s.add(newJob("e", 5))
		delivery := newJob("d", 5)
		delivery.Kind, delivery.CreatedAt = lora.Delivery, first.CreatedAt.Add(time.Minute)
		delivery = s.add(delivery)
		jobs, err := s.LatestJobs(s.ctx, 10)
		s.ok(err)
		if len(jobs) != 2 || jobs[0].ID != delivery.ID || jobs[1].ID != first.ID {
			s.Errorf("the latest are %v", jobs)
		}
		jobs, err = s.LatestJobs(s.ctx, 1)
		s.ok(err)
		if len(jobs) != 1 {
			s.Errorf("%d jobs", len(jobs))
		}
	}},
}

func allTime() lora.Window {
	return lora.Window{Start: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), Zone: time.UTC}
}

// pairs returns the pairs that changed after a change, in order.
func (s *suite) pairs(since int64) []lora.AdapterPair {
	s.Helper()
	list := []lora.AdapterPair{}
	_, err := s.AdapterPairs(s.ctx, since, func(p lora.AdapterPair) { list = append(list, p) })
	s.ok(err)
	sortPairs(list)
	return list
}

// figureMachine does random things to jobs and compares the figures.
type figureMachine struct {
	*suite
	ids    []string            // of the jobs that are there
	seen   map[string]lora.Job // as they were last
	purged []lora.Job
	added  int
	images int
}

func (m *figureMachine) must(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// anchors are moments around which clocks are put forward or back somewhere.
var anchors = []time.Time{
	time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC),   // Berlin
	time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC),  // Berlin
	time.Date(2026, 3, 8, 5, 0, 0, 0, time.UTC),    // Havana, New York
	time.Date(2026, 11, 1, 5, 0, 0, 0, time.UTC),   // Havana, New York
	time.Date(2026, 4, 4, 15, 0, 0, 0, time.UTC),   // Lord Howe
	time.Date(2011, 12, 30, 10, 0, 0, 0, time.UTC), // Apia, which left out a day
}

var zones = []string{"UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Pacific/Apia"}

func moment(t *rapid.T, days int) time.Time {
	at := rapid.SampledFrom(anchors).Draw(t, "around")
	return at.Add(time.Duration(rapid.IntRange(-days*24*60, days*24*60).Draw(t, "minutes")) * time.Minute)
}

// add puts a job into the queue; it runs on an engine of its own.
func (m *figureMachine) add(t *rapid.T) lora.Job {
	job := newJob(rapid.SampledFrom(engines).Draw(t, "engine"), 5)
	job.Adapters = nil
	for _, id := range rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", ""}), 0, 5).Draw(t, "adapters") {
		job.Adapters = append(job.Adapters, lora.Use{AdapterID: id, Name: "x"})
	}
	if rapid.IntRange(0, 9).Draw(t, "kind") == 0 {
		job.Kind = lora.Delivery
	}
	job.CreatedAt = moment(t, 2).Add(time.Duration(rapid.IntRange(0, 59_999_999).Draw(t, "micros")) * time.Microsecond)
	job.ID = fmt.Sprintf("job-%05d", m.added) // the same with every run of a seed
	m.added++
	kept, _, err := m.AddJob(m.ctx, job)
	m.must(t, err)
	m.ids = append(m.ids, kept.ID)
	return kept
}

// leave leaves a job in the queue.
func (m *figureMachine) leave(t *rapid.T) { m.add(t) }

// run ends whatever job is next.
func (m *figureMachine) run(t *rapid.T) {
	m.add(t)
	running, found, err := m.ClaimJob(m.ctx, lora.JobClaim{Worker: "w", Slots: map[string]int{"e": 1000, "f": 1000}, Lease: time.Hour})
	m.must(t, err)
	if !found {
		t.Fatal("no job is next")
	}
	ending := lora.Ending{Status: rapid.SampledFrom([]lora.JobStatus{lora.JobSucceeded, lora.JobSucceeded, lora.JobFailed, lora.JobCancelled, lora.JobRetrying, lora.JobPending}).Draw(t, "status")}
	for i := range rapid.IntRange(0, 2).Draw(t, "images") {
		m.images += rapid.IntRange(0, 1).Draw(t, "another picture")
		image := m.keep(running.ID, m.images)
		image.Index = i
		ending.Images = append(ending.Images, image)
	}
	if ending.Status == lora.JobFailed || ending.Status == lora.JobRetrying {
		ending.ErrorClass = rapid.SampledFrom([]lora.EngineErrorClass{"busy", "timeout"}).Draw(t, "class")
	}
	_, err = m.EndJob(m.ctx, running.ID, running.Token, ending)
	m.must(t, err)
}

// some draws ids of jobs that are there, now and then one that is not.
func (m *figureMachine) some(t *rapid.T) []string {
	if len(m.ids) == 0 {
		t.Skip("no job yet")
	}
	return rapid.SliceOfN(rapid.SampledFrom(append([]string{"unknown"}, m.ids...)), 1, 4).Draw(t, "jobs")
}

// may accepts that a job is in another state, or gone.
func (m *figureMachine) may(t *rapid.T, err error) {
	t.Helper()
	if code := lora.CodeOf(err); err != nil && code != lora.Conflict && code != lora.NotFound {
		t.Fatal(err)
	}
}

func (m *figureMachine) cancel(t *rapid.T) {
	_, err := m.CancelJob(m.ctx, m.some(t)[0])
	m.may(t, err)
}

func (m *figureMachine) retry(t *rapid.T) {
	_, err := m.RetryJob(m.ctx, m.some(t)[0])
	m.may(t, err)
}

func (m *figureMachine) rate(t *rapid.T) {
	rating := ptr(rapid.IntRange(-1, 5).Draw(t, "rating"))
	if *rating < 0 {
		rating = nil
	}
	_, err := m.RateResults(m.ctx, m.some(t), rating)
	m.must(t, err)
}

func (m *figureMachine) favorite(t *rapid.T) {
	_, err := m.FavoriteResults(m.ctx, m.some(t), rapid.Bool().Draw(t, "favorite"))
	m.must(t, err)
}

func (m *figureMachine) tag(t *rapid.T) {
	_, err := m.TagResults(m.ctx, m.some(t), []string{"x"}, nil, rapid.Bool().Draw(t, "replace"))
	m.must(t, err)
}

func (m *figureMachine) trash(t *rapid.T) {
	_, err := m.TrashResults(m.ctx, m.some(t))
	m.must(t, err)
}

func (m *figureMachine) restore(t *rapid.T) {
	_, err := m.RestoreResults(m.ctx, m.some(t))
	m.must(t, err)
}

func (m *figureMachine) purge(t *rapid.T) {
	m.read(t) // as they are now
	_, err := m.PurgeTrashedResults(m.ctx, time.Now().Add(time.Hour))
	m.must(t, err)
	m.read(t) // an id that is gone may come back with an import
}

// read looks at all jobs. Those that are gone stay as they were.
func (m *figureMachine) read(t *rapid.T) []lora.Job {
	there := make(map[string]lora.Job)
	for _, list := range []func(after string) ([]lora.Job, string, error){
		func(after string) ([]lora.Job, string, error) { return m.ListJobs(m.ctx, nil, "", 1000, after) },
		func(after string) ([]lora.Job, string, error) {
			return m.Results(m.ctx, lora.ResultQuery{Trashed: true, Limit: 200, After: after})
		},
	} {
		for after, more := "", true; more; more = after != "" {
			page, next, err := list(after)
			m.must(t, err)
			for _, job := range page {
				there[job.ID] = job
			}
			after = next
		}
	}
	for id, job := range m.seen {
		if _, ok := there[id]; !ok {
			m.purged = append(m.purged, job)
		}
	}
	m.seen, m.ids = there, slices.Sorted(maps.Keys(there))
	return append(slices.Collect(maps.Values(there)), m.purged...)
}

// look compares the figures of a random window.
func (m *figureMachine) look(t *rapid.T) {
	f := counting{jobs: m.read(t)}
	storage, err := m.StorageFigures(m.ctx)
	m.must(t, err)
	if pictures, bytes := f.pictures(len(m.seen)); storage.Pictures != pictures || storage.PicturesBytes != bytes {
		t.Fatalf("%d pictures of %d bytes are kept, not %+v", pictures, bytes, storage)
	}
	start := moment(t, 3).Truncate(15 * time.Minute)
	quarters := rapid.OneOf(rapid.IntRange(0, 100), rapid.IntRange(0, 20_000), rapid.Just(16*366*96)).Draw(t, "quarters")
	zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
	m.must(t, err)
	f.window = lora.Window{Start: start, End: start.Add(time.Duration(quarters) * 15 * time.Minute), Zone: zone}
	unit := rapid.SampledFrom([]lora.SlotUnit{lora.SlotDay, lora.SlotDay, lora.SlotHour, lora.SlotQuarter}).Draw(t, "unit")
	if quarters < 20_000 || unit == lora.SlotDay {
		slots, err := m.CountSlots(m.ctx, f.window, unit)
		m.must(t, err)
		for i := range slots {
			slots[i].Start = slots[i].Start.UTC()
		}
		equal(t, "slots", slots, f.slots(unit))
	}
	errs, err := m.CountErrors(m.ctx, f.window)
	m.must(t, err)
	equal(t, "errors", errs, f.errors())
	counts, err := m.CountEngines(m.ctx, f.window)
	m.must(t, err)
	equal(t, "engines", counts, f.engines())
	for measure, of := range map[lora.Measure]func(*lora.Job) *time.Duration{lora.MeasureWait: waitOf, lora.MeasureRun: runOf} {
		buckets, err := m.TimeBuckets(m.ctx, f.window, measure)
		m.must(t, err)
		if !f.inBuckets(buckets, of) {
			t.Fatalf("buckets of %s: %v", measure, buckets)
		}
	}
	for _, order := range []lora.UsageOrder{lora.MostUsed, lora.MostKept, lora.MostFailed} {
		usages, err := m.AdapterUsages(m.ctx, f.window, order, 3)
		m.must(t, err)
		equal(t, "adapters most "+string(order), usages, f.usages(order, 3))
	}
	pairs := []lora.AdapterPair{}
	_, err = m.AdapterPairs(m.ctx, 0, func(p lora.AdapterPair) { pairs = append(pairs, p) })
	m.must(t, err)
	sortPairs(pairs)
	equal(t, "pairs", pairs, f.pairs())
}

func equal[T any](t *rapid.T, what string, got, want []T) {
	t.Helper()
	if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\n%+v, want\n%+v", what, got, want)
	}
}
