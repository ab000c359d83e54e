package storetest

import (
	"sync"
	"time"

	"loramanager/internal/lora"
)

// changedAtOnce lets many change the same jobs, adapters and pictures at once: nobody may
// wait for another who waits for him, and the figures must be right afterwards.
func changedAtOnce(s *suite) {
	ids := s.fill(3)
	jobs := []lora.Job{}
	for i := range 60 {
		job := newJob("e", 5)
		job.Adapters = []lora.Use{{AdapterID: ids[i%3]}, {AdapterID: ids[(i+1)%3]}}
		jobs = append(jobs, s.add(job))
	}
	image := s.keep("", 0)
	some := []string{}
	for i := 0; i < len(jobs); i += 2 {
		some = append(some, jobs[i].ID)
	}
	statuses := []lora.JobStatus{lora.JobSucceeded, lora.JobFailed, lora.JobSucceeded, lora.JobRetrying}
	endNext := func(i int) error {
		job, found, err := s.ClaimJob(s.ctx, lora.JobClaim{Worker: "w", Slots: map[string]int{"e": 1000}, Lease: time.Hour})
		if err != nil || !found {
			return err
		}
		_, err = s.EndJob(s.ctx, job.ID, job.Token, lora.Ending{Status: statuses[i%len(statuses)], ErrorClass: "busy", Images: []lora.Image{image}})
		return err
	}
	var all sync.WaitGroup
	for _, f := range []func(i int) error{
		endNext, endNext, endNext,
		func(i int) error { _, err := s.RateResults(s.ctx, some, ptr(i%6)); return err },
		func(i int) error { _, err := s.FavoriteResults(s.ctx, some, i%2 == 0); return err },
		func(i int) error { _, err := s.TrashResults(s.ctx, some[i%len(some):]); return err },
		func(i int) error { _, err := s.RestoreResults(s.ctx, some[:i%len(some)]); return err },
		func(i int) error { _, err := s.RetryJob(s.ctx, jobs[i%len(jobs)].ID); return err },
		func(i int) error { _, err := s.CancelJob(s.ctx, jobs[(i+7)%len(jobs)].ID); return err },
		func(int) error { _, err := s.SaveScanned(s.ctx, Batch(0, 3)); return err },
	} {
		all.Go(func() {
			for i := range 40 {
				if err := f(i); err != nil && lora.CodeOf(err) != lora.Conflict {
					s.Error(err)
				}
			}
		})
	}
	all.Wait()
	f := counting{window: allTime()}
	for _, job := range jobs {
		f.jobs = append(f.jobs, s.job(job.ID))
	}
	engines, err := s.CountEngines(s.ctx, f.window)
	s.ok(err)
	s.same("engines", engines, f.engines())
	usages, err := s.AdapterUsages(s.ctx, f.window, lora.MostUsed, 10)
	s.ok(err)
	s.same("adapters", usages, f.usages(lora.MostUsed, 10))
	s.same("pairs", s.pairs(0), f.pairs())
}
