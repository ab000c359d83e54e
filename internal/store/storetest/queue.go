package storetest

import (
	"sync"
	"sync/atomic"
	"time"

	"loramanager/internal/lora"
)

// move moves a job and checks that it could be.
func (s *suite) move(job lora.Job, priority int, before string) {
	s.Helper()
	moved, err := s.MoveJob(s.ctx, job.ID, priority, before)
	s.ok(err)
	if moved.ID != job.ID {
		s.Fatalf("%s moved, not %s", moved.ID, job.ID)
	}
}

var queueTests = []test{
	{"jobs are moved to another place and another priority", func(s *suite) {
		a, b, c := s.add(newJob("e", 5)), s.add(newJob("e", 5)), s.add(newJob("e", 5))
		high := s.add(newJob("e", 9))
		s.move(c, 5, a.ID)
		s.move(a, 5, "")
		s.move(b, 0, high.ID) // takes the priority of the one it is put before
		for _, want := range []lora.Job{b, high, c, a} {
			s.end(s.runs(want, "e"), lora.JobSucceeded)
		}
		_, err := s.MoveJob(s.ctx, a.ID, 5, "")
		s.fails(err, lora.Conflict)
		d := s.add(newJob("e", 5))
		_, err = s.MoveJob(s.ctx, d.ID, 5, a.ID)
		s.fails(err, lora.Conflict)
		_, err = s.MoveJob(s.ctx, d.ID, 10, "")
		s.fails(err, lora.Invalid)
		_, err = s.MoveJob(s.ctx, "unknown", 5, "")
		s.fails(err, lora.NotFound)
	}},
	{"a place between two jobs never runs out", func(s *suite) {
		first, last := s.add(newJob("e", 5)), s.add(newJob("e", 5))
		x, y := s.add(newJob("e", 5)), s.add(newJob("e", 5))
		for range 40 {
			s.move(x, 5, last.ID)
			s.move(y, 5, last.ID)
		}
		for _, want := range []lora.Job{first, x, y, last} {
			s.end(s.runs(want, "e"), lora.JobSucceeded)
		}
	}},
	{"a paused queue starts nothing and lets running jobs end", func(s *suite) {
		a, b := s.add(newJob("e", 5)), s.add(newJob("f", 5))
		running := s.runs(a, "e")
		s.ok(s.PauseQueue(s.ctx, true))
		if state, err := s.QueueState(s.ctx); err != nil || state != (lora.QueueState{Paused: true, Pending: 1, Running: 1}) {
			s.Errorf("state %+v, %v", state, err)
		}
		s.add(newJob("e", 9))
		if job, found := s.claimJob("e", "f"); found {
			s.Errorf("%s starts", job.ID)
		}
		s.end(running, lora.JobSucceeded)
		s.ok(s.PauseQueue(s.ctx, false))
		s.runs(b, "f")
	}},
	{"the jobs of an earlier process are taken over at the start, each once", func(s *suite) {
		s.add(newJob("e", 5))
		mine, _ := s.claimJob("e")
		if job, found, err := s.ReclaimJob(s.ctx, "w", time.Hour, true); found || err != nil {
			s.Errorf("%s, which this process runs, is taken over: %v", job.ID, err)
		}
		if _, err := s.BeatJob(s.ctx, mine.ID, mine.Token, lora.Beat{Lease: -time.Second}); err != nil {
			s.Error(err)
		}
		job, found, err := s.ReclaimJob(s.ctx, "w", time.Hour, false)
		s.ok(err)
		if !found || job.ID != mine.ID {
			s.Errorf("the job whose lease is over is not taken over: %+v", job)
		}
		if _, found, err := s.ReclaimJob(s.ctx, "w2", time.Hour, false); found || err != nil {
			s.Errorf("it is taken over twice: %v", err)
		}
	}},
	{"many workers share no job and no slot", func(s *suite) {
		const jobs, slots = 60, 3
		for i := range jobs {
			s.add(newJob([]string{"e", "f"}[i%2], i%10))
		}
		var all sync.WaitGroup
		var e, f, ended atomic.Int64
		var seen sync.Map
		claim := lora.JobClaim{Slots: map[string]int{"e": slots, "f": 1}, Lease: time.Hour}
		for range 8 {
			all.Go(func() {
				for ended.Load() < jobs && !s.Failed() {
					job, found, err := s.ClaimJob(s.ctx, claim)
					if err != nil {
						s.Error(err)
						return
					}
					if !found {
						continue
					}
					running, limit := &e, int64(slots)
					if job.Engine == "f" {
						running, limit = &f, 1
					}
					if n := running.Add(1); n > limit {
						s.Errorf("%d jobs run on %s", n, job.Engine)
					}
					if _, twice := seen.LoadOrStore(job.ID, true); twice {
						s.Errorf("%s runs twice", job.ID)
					}
					running.Add(-1)
					if _, err := s.EndJob(s.ctx, job.ID, job.Token, lora.Ending{Status: lora.JobSucceeded}); err != nil {
						s.Error(err)
					}
					ended.Add(1)
				}
			})
		}
		all.Wait()
	}},
	{"of many who end one attempt at once, one does", func(s *suite) {
		s.add(newJob("e", 5))
		job, _ := s.claimJob("e")
		var all sync.WaitGroup
		var ended, refused atomic.Int64
		for i := range 16 {
			all.Go(func() {
				status := []lora.JobStatus{lora.JobSucceeded, lora.JobFailed, lora.JobRetrying, lora.JobCancelled}[i%4]
				switch _, err := s.EndJob(s.ctx, job.ID, job.Token, lora.Ending{Status: status}); {
				case err == nil:
					ended.Add(1)
				case lora.CodeOf(err) == lora.Conflict:
					refused.Add(1)
				default:
					s.Error(err)
				}
			})
		}
		all.Wait()
		if ended.Load() != 1 || refused.Load() != 15 {
			s.Errorf("%d ended it, %d were refused", ended.Load(), refused.Load())
		}
	}},
}
