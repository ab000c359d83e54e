package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"loramanager/internal/lora"
)

// model is what the life of jobs comes to: the machine below compares the store with it.
type model struct {
	engines  []string
	accounts []int64
	jobs     []*modelJob
	paused   bool
	placed   float64
	served   map[turnOf]int // when an account was served last on an engine
	claims   int
}

// turnOf is what takes turns on an engine.
type turnOf struct {
	engine  string
	account int64
}

type modelJob struct {
	id, engine string
	account    int64
	priority   int
	place      float64
	status     lora.JobStatus
	token      int64
	attempt    int
	expired    bool // its lease is over
	cancelling bool
}

func (m *model) open(j *modelJob) bool    { return !j.status.Final() }
func (m *model) waiting(j *modelJob) bool { return m.open(j) && j.status != lora.JobRunning }

// last puts a job behind all others.
func (m *model) last(j *modelJob) {
	m.placed++
	j.place = m.placed
}

// running counts the jobs that an engine works on, of an account or of all.
func (m *model) running(engine string, of func(j *modelJob) bool) (n int) {
	for _, j := range m.jobs {
		if j.engine == engine && j.status == lora.JobRunning && !j.expired && of(j) {
			n++
		}
	}
	return n
}

// next is the job that runs next on engines with so many slots each.
func (m *model) next(engines []string, slots int) *modelJob {
	var best *modelJob
	for _, engine := range engines {
		if m.paused || m.running(engine, func(*modelJob) bool { return true }) >= slots {
			continue
		}
		j := m.nextOn(engine)
		if j != nil && (best == nil || cmp.Or(-cmp.Compare(j.priority, best.priority), cmp.Compare(j.place, best.place)) < 0) {
			best = j
		}
	}
	return best
}

// nextOn is the job that runs next on an engine: of the highest priority, of the account
// with the fewest running jobs, of the one that waits longest for its turn, the first.
func (m *model) nextOn(engine string) *modelJob {
	var best *modelJob
	for _, j := range m.jobs {
		if j.engine != engine || !m.waiting(j) {
			continue
		}
		if best == nil || cmp.Or(-cmp.Compare(j.priority, best.priority), cmp.Compare(m.runningOf(j), m.runningOf(best)),
			cmp.Compare(m.served[j.turn()], m.served[best.turn()]), cmp.Compare(j.place, best.place)) < 0 {
			best = j
		}
	}
	return best
}

func (m *model) runningOf(j *modelJob) int {
	return m.running(j.engine, func(o *modelJob) bool { return o.account == j.account })
}

func (j *modelJob) turn() turnOf { return turnOf{j.engine, j.account} }

// ended is what an ending makes of a running job.
func (m *model) ended(j *modelJob, status lora.JobStatus) {
	switch j.status = status; {
	case j.cancelling:
		j.status = lora.JobCancelled
	case status == lora.JobPending:
		j.attempt--
	}
}

// machine runs random steps on a store and on the model.
type machine struct {
	*suite
	model
}

var machineTests = []test{
	{"the life of jobs follows the model, step by step", func(s *suite) { s.machine(0) }},
	{"accounts take turns as in the model, step by step", func(s *suite) { s.machine(0, 1, 2, 7) }},
}

func (s *suite) machine(accounts ...int64) {
	run := 0
	rapid.Check(s.TB, func(t *rapid.T) {
		jobs, err := s.ActiveJobs(s.ctx, 1000)
		s.ok(err)
		for _, job := range jobs { // of the run before
			_, err := s.CancelJob(s.ctx, job.ID)
			s.ok(err)
			if job.Status == lora.JobRunning {
				s.end(s.job(job.ID), lora.JobCancelled)
			}
		}
		s.ok(s.PauseQueue(s.ctx, false))
		run++ // other engines, on which nobody has had a turn yet
		m := &machine{suite: s, model: model{engines: []string{fmt.Sprint(engines[0], run), fmt.Sprint(engines[1], run)}, accounts: accounts, served: map[turnOf]int{}}}
		t.Repeat(map[string]func(*rapid.T){
			"add": m.add, "claim": m.claim, "beat": m.beat, "submit": m.submit, "end": m.endOne, "cancel": m.cancel,
			"retry": m.retry, "move": m.moveOne, "pause": m.pause, "reclaim": m.reclaim, "": m.compare,
		})
	})
}

var engines = []string{"e", "f"}

func (m *machine) any(t *rapid.T) *modelJob {
	if len(m.jobs) == 0 {
		t.Skip("no job yet")
	}
	return m.jobs[rapid.IntRange(0, len(m.jobs)-1).Draw(t, "job")]
}

// check compares the outcome of a step with what the model allows.
func (m *machine) check(t *rapid.T, err error, allowed bool) {
	t.Helper()
	if allowed && err != nil || !allowed && lora.CodeOf(err) != lora.Conflict {
		t.Fatalf("allowed: %v, the store says: %v", allowed, err)
	}
}

func (m *machine) add(t *rapid.T) {
	j := &modelJob{engine: rapid.SampledFrom(m.engines).Draw(t, "engine"), account: rapid.SampledFrom(m.accounts).Draw(t, "account"), priority: rapid.IntRange(4, 6).Draw(t, "priority"), status: lora.JobPending}
	asked := newJob(j.engine, j.priority)
	asked.Account = j.account
	job, _, err := m.AddJob(m.ctx, asked)
	m.check(t, err, true)
	j.id = job.ID
	m.last(j)
	m.jobs = append(m.jobs, j)
}

func (m *machine) claim(t *rapid.T) {
	of := rapid.SampledFrom([][]string{m.engines[:1], m.engines[1:], m.engines}).Draw(t, "engines")
	slots := rapid.IntRange(1, 3).Draw(t, "slots")
	expired := rapid.Bool().Draw(t, "the lease is over at once")
	claim := lora.JobClaim{Worker: "w", Slots: map[string]int{}, Lease: lease(expired)}
	for _, e := range of {
		claim.Slots[e] = slots
	}
	job, found, err := m.ClaimJob(m.ctx, claim)
	m.check(t, err, true)
	want := m.next(of, slots)
	if found != (want != nil) || found && job.ID != want.id {
		t.Fatalf("claimed %v %+v, want %+v", found, job, want)
	}
	if found {
		m.claims++
		m.served[want.turn()] = m.claims
		want.status, want.expired, want.token, want.attempt = lora.JobRunning, expired, want.token+1, want.attempt+1
	}
}

func lease(expired bool) time.Duration {
	if expired {
		return -time.Hour
	}
	return time.Hour
}

// token draws the job's token, or one from before.
func (m *machine) token(t *rapid.T, j *modelJob) (token int64, valid bool) {
	token = j.token - int64(rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "tokens ago"))
	return token, token == j.token && j.status == lora.JobRunning
}

func (m *machine) beat(t *rapid.T) {
	j := m.any(t)
	token, valid := m.token(t, j)
	expired := rapid.Bool().Draw(t, "the lease is over at once")
	cancel, err := m.BeatJob(m.ctx, j.id, token, lora.Beat{Lease: lease(expired)})
	m.check(t, err, valid)
	if valid {
		j.expired = expired
		if cancel != j.cancelling {
			t.Fatalf("the worker hears %v of %+v", cancel, j)
		}
	}
}

func (m *machine) submit(t *rapid.T) {
	j := m.any(t)
	token, valid := m.token(t, j)
	m.check(t, m.SubmitJob(m.ctx, j.id, token, "h"), valid)
}

func (m *machine) endOne(t *rapid.T) {
	j := m.any(t)
	token, valid := m.token(t, j)
	status := rapid.SampledFrom([]lora.JobStatus{lora.JobSucceeded, lora.JobFailed, lora.JobCancelled, lora.JobRetrying, lora.JobPending}).Draw(t, "status")
	_, err := m.EndJob(m.ctx, j.id, token, lora.Ending{Status: status})
	m.check(t, err, valid)
	if valid {
		m.ended(j, status)
	}
}

func (m *machine) cancel(t *rapid.T) {
	j := m.any(t)
	_, err := m.CancelJob(m.ctx, j.id)
	m.check(t, err, m.open(j))
	switch {
	case j.status == lora.JobRunning:
		j.cancelling = true
	case m.open(j):
		j.status = lora.JobCancelled
	}
}

func (m *machine) retry(t *rapid.T) {
	j := m.any(t)
	valid := j.status == lora.JobFailed || j.status == lora.JobCancelled
	_, err := m.RetryJob(m.ctx, j.id)
	m.check(t, err, valid)
	if valid {
		j.status, j.attempt, j.cancelling = lora.JobPending, 0, false
		m.last(j)
	}
}

func (m *machine) moveOne(t *rapid.T) {
	j, before := m.any(t), m.any(t)
	if rapid.Bool().Draw(t, "last") {
		before = j
	}
	priority := rapid.IntRange(4, 6).Draw(t, "priority")
	_, err := m.MoveJob(m.ctx, j.id, priority, map[bool]string{false: before.id}[before == j])
	valid := m.waiting(j) && (before == j || m.waiting(before))
	m.check(t, err, valid)
	switch {
	case !valid:
	case before == j:
		j.priority = priority
		m.last(j)
	default:
		j.priority, j.place = before.priority, m.before(before)
	}
}

// before is a place between a job and the one that comes before it.
func (m *machine) before(next *modelJob) float64 {
	previous := next.place - 2
	for _, j := range m.jobs {
		if j.priority == next.priority && m.open(j) && j.place < next.place {
			previous = max(previous, j.place)
		}
	}
	return (previous + next.place) / 2
}

func (m *machine) pause(t *rapid.T) {
	m.paused = rapid.IntRange(0, 3).Draw(t, "paused") == 0
	m.check(t, m.PauseQueue(m.ctx, m.paused), true)
}

func (m *machine) reclaim(t *rapid.T) {
	job, found, err := m.ReclaimJob(m.ctx, "w", time.Hour, rapid.Bool().Draw(t, "startup"))
	m.check(t, err, true)
	over := func(j *modelJob) bool { return j.status == lora.JobRunning && j.expired }
	if want := slices.ContainsFunc(m.jobs, over); found != want {
		t.Fatalf("reclaimed %v, want %v", found, want)
	}
	if !found {
		return
	}
	i := slices.IndexFunc(m.jobs, func(j *modelJob) bool { return j.id == job.ID && over(j) })
	if i < 0 {
		t.Fatalf("reclaimed %+v, whose lease is not over", job)
	}
	m.jobs[i].token, m.jobs[i].expired = m.jobs[i].token+1, false
}

// compare looks at all jobs, the last added first.
func (m *machine) compare(t *rapid.T) {
	if len(m.jobs) == 0 {
		return
	}
	jobs, _, err := m.ListJobs(m.ctx, nil, "", len(m.jobs), "")
	m.check(t, err, true)
	for i, job := range jobs {
		j := m.jobs[len(m.jobs)-1-i]
		got := fmt.Sprint(job.ID, job.Status, job.Token, job.Attempt, job.Priority, job.Account, job.Cancelling && !job.Status.Final())
		if want := fmt.Sprint(j.id, j.status, j.token, j.attempt, j.priority, j.account, j.cancelling && !j.status.Final()); got != want {
			t.Fatalf("the store has %s, the model %s", got, want)
		}
	}
}
