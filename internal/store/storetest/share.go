package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"

	"loramanager/internal/lora"
)

// shareTests are about the share of the queue that accounts have.
var shareTests = []test{
	{"one account alone is served in the order of the queue", func(s *suite) {
		want := []lora.Job{}
		for i, priority := range []int{5, 9, 5, 5, 0} {
			job := newJob([]string{"e", "f"}[i%2], priority)
			job.Account = 7
			want = append(want, s.add(job))
		}
		for _, i := range []int{1, 0, 2, 3, 4} {
			s.end(s.runs(want[i], "e", "f"), lora.JobSucceeded)
		}
	}},
	{"an account that comes later does not wait for all jobs of another", func(s *suite) {
		of := func(account int64) lora.Job {
			job := newJob("e", 5)
			job.Account = account
			return s.add(job)
		}
		one, two, three := of(1), of(1), of(1)
		late, later := of(2), of(2)
		for _, want := range []lora.Job{one, late, two, later, three} {
			if got := s.end(s.runs(want, "e"), lora.JobSucceeded); got.Account != want.Account {
				s.Errorf("the job of %d is that of %d now", want.Account, got.Account)
			}
		}
	}},
	{"an account has no more jobs than its quota, however many are asked for at once", func(s *suite) {
		s.person("ada", lora.Administrator)
		bob := s.person("bob", lora.Editor)
		_, _, err := s.EditAccount(s.ctx, bob.ID, func(a *lora.Account) error { a.JobQuota = 5; return nil })
		s.ok(err)
		var all sync.WaitGroup
		var added, refused atomic.Int64
		for range 8 {
			all.Go(func() {
				for range 3 {
					job := newJob("e", 5)
					job.Account = bob.Key
					switch _, _, err := s.AddJob(s.ctx, job); {
					case err == nil:
						added.Add(1)
					case lora.CodeOf(err) == lora.RateLimited:
						refused.Add(1)
					default:
						s.Error(err)
					}
				}
			})
		}
		all.Wait()
		if added.Load() != 5 || refused.Load() != 19 {
			s.Fatalf("%d added, %d refused", added.Load(), refused.Load())
		}
		s.add(newJob("e", 5)) // nobody's
	}},
	{"a quota counts what has not ended, a retry too, and lets a request be repeated", func(s *suite) {
		s.person("ada", lora.Administrator)
		bob := s.person("bob", lora.Editor)
		_, _, err := s.EditAccount(s.ctx, bob.ID, func(a *lora.Account) error { a.JobQuota = 2; return nil })
		s.ok(err)
		ask := func(i int) (lora.Job, bool, error) {
			job := newJob("e", 5)
			job.Account, job.Owner, job.IdempotencyKey = bob.Key, bob.ID, fmt.Sprint("key-", i)
			return s.AddJob(s.ctx, job)
		}
		first, _, err := ask(1)
		s.ok(err)
		_, _, err = ask(2)
		s.ok(err)
		_, _, err = ask(3)
		s.fails(err, lora.RateLimited)
		if again, existed, err := ask(1); err != nil || !existed || again.ID != first.ID || again.Account != bob.Key {
			s.Errorf("repeated: %v, %+v, %v", existed, again, err)
		}
		s.end(s.runs(first, "e"), lora.JobFailed)
		_, _, err = ask(3)
		s.ok(err)
		_, err = s.RetryJob(s.ctx, first.ID)
		s.fails(err, lora.RateLimited)
		if got := s.job(first.ID); got.Status != lora.JobFailed || got.Error != "" && got.Images == nil {
			s.Errorf("the job that is not retried is %+v", got)
		}
		_, _, err = s.RemoveAccount(s.ctx, bob.ID)
		s.ok(err)
		if got := s.job(first.ID); got.Account != bob.Key {
			s.Errorf("its job is that of %d", got.Account)
		}
	}},
}
