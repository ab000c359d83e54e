package storetest

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// newJob is a generation for an engine.
func newJob(engine string, priority int) lora.Job {
	negative := "blurry"
	params, err := json.Marshal(map[string]any{"generation_params": lora.GenerationParams{
		Prompt: "a <lora:x:1> castle", NegativePrompt: &negative, Width: 512, Height: 768, Model: "base.safetensors",
	}})
	if err != nil {
		panic(err)
	}
	return lora.Job{
		Kind: lora.Generation, Mode: "auto", Engine: engine, Prompt: "a castle", Params: params, Priority: priority, MaxAttempts: 3,
		Adapters: []lora.Use{{Name: "x", Weight: 1}},
	}
}

func (s *suite) add(job lora.Job) lora.Job {
	s.Helper()
	kept, existed, err := s.AddJob(s.ctx, job)
	s.ok(err)
	if existed {
		s.Fatal("the job was there already")
	}
	return kept
}

// claimJob claims for a worker called w with one slot on each engine.
func (s *suite) claimJob(engines ...string) (lora.Job, bool) {
	s.Helper()
	slots := make(map[string]int)
	for _, e := range engines {
		slots[e] = 1
	}
	job, found, err := s.ClaimJob(s.ctx, lora.JobClaim{Worker: "w", Slots: slots, Lease: time.Hour})
	s.ok(err)
	return job, found
}

// runs claims a job and checks which one it is.
func (s *suite) runs(want lora.Job, engines ...string) lora.Job {
	s.Helper()
	job, found := s.claimJob(engines...)
	if !found || job.ID != want.ID {
		s.Fatalf("%v runs: %s, want %s", found, job.ID, want.ID)
	}
	return job
}

func (s *suite) end(job lora.Job, status lora.JobStatus) lora.Job {
	s.Helper()
	ended, err := s.EndJob(s.ctx, job.ID, job.Token, lora.Ending{Status: status})
	s.ok(err)
	return ended
}

func (s *suite) job(id string) lora.Job {
	s.Helper()
	job, err := s.Job(s.ctx, id)
	s.ok(err)
	return job
}

// keep reserves and keeps the n-th of a sequence of pictures for a job.
func (s *suite) keep(jobID string, n int) lora.Image {
	s.Helper()
	image := Picture(n)
	s.ok(s.ReservePicture(s.ctx, jobID, image))
	s.ok(s.KeptPicture(s.ctx, image.SHA256))
	return image
}

// Picture is the n-th of a fixed sequence of pictures.
func Picture(n int) lora.Image {
	return lora.Image{SHA256: fmt.Sprintf("%064x", n+1), Type: "image/png", Width: 512, Height: 768, SizeBytes: 1000 + n}
}

var jobTests = []test{
	{"a job is read as it was added", func(s *suite) {
		job := newJob("e", 5)
		job.ID, job.ParentID, job.CompositionID, job.Owner, job.Tags = "job-1", "p", "c", "o", []string{" sea ", "Sea", "sky"}
		kept := s.add(job)
		s.same("the job", kept, s.job("job-1"))
		if kept.Status != lora.JobPending || kept.CreatedAt.IsZero() || kept.Prompt != job.Prompt || kept.Adapters[0].Name != "x" || !slices.Equal(kept.Tags, []string{"sea", "sky"}) {
			s.Errorf("kept %+v", kept)
		}
		_, err := s.Job(s.ctx, "job-2")
		s.fails(err, lora.NotFound)
		_, _, err = s.AddJob(s.ctx, lora.Job{ID: "job-1", Kind: lora.Delivery})
		s.fails(err, lora.Conflict)
	}},
	{"one idempotency key makes one job, however many ask at once", func(s *suite) {
		var all sync.WaitGroup
		ids := make([]string, 20)
		news := make([]bool, len(ids))
		for i := range ids {
			all.Go(func() {
				job := newJob("e", 5)
				job.IdempotencyKey = "same"
				kept, existed, err := s.AddJob(s.ctx, job)
				if err != nil {
					s.Error(err)
				}
				ids[i], news[i] = kept.ID, !existed
			})
		}
		all.Wait()
		if slices.Sort(ids); ids[0] != ids[len(ids)-1] || ids[0] == "" {
			s.Errorf("jobs %v", ids)
		}
		if n := len(slices.DeleteFunc(news, func(b bool) bool { return !b })); n != 1 {
			s.Errorf("%d of the calls added it", n)
		}
		other := newJob("e", 5)
		other.IdempotencyKey, other.Owner = "same", "somebody else"
		s.add(other)
	}},
	{"jobs run by priority, then first come first served, on engines with a free slot", func(s *suite) {
		a, b, c := s.add(newJob("e", 5)), s.add(newJob("e", 5)), s.add(newJob("e", 9))
		d := s.add(newJob("f", 0))
		first := s.runs(c, "e")
		if first.Status != lora.JobRunning || first.Attempt != 1 || first.Worker != "w" || first.StartedAt == nil || first.LeaseUntil == nil {
			s.Errorf("claimed %+v", first)
		}
		if job, found := s.claimJob("e"); found {
			s.Errorf("%s runs beside another", job.ID)
		}
		s.runs(d, "e", "f")
		s.end(first, lora.JobSucceeded)
		s.end(s.runs(a, "e"), lora.JobFailed)
		s.runs(b, "e", "f", "g")
	}},
	{"a worker that lost its lease changes nothing", func(s *suite) {
		s.add(newJob("e", 5))
		old, found, err := s.ClaimJob(s.ctx, lora.JobClaim{Worker: "old", Slots: map[string]int{"e": 1}, Lease: -time.Second})
		s.ok(err)
		job, reclaimed, err := s.ReclaimJob(s.ctx, "new", time.Hour, false)
		s.ok(err)
		if !found || !reclaimed || job.Token <= old.Token || job.Attempt != 1 || job.Worker != "new" {
			s.Fatalf("reclaimed %+v", job)
		}
		_, err = s.BeatJob(s.ctx, old.ID, old.Token, lora.Beat{Lease: time.Hour, Progress: 0.5})
		s.fails(err, lora.Conflict)
		s.fails(s.SubmitJob(s.ctx, old.ID, old.Token, "h"), lora.Conflict)
		_, err = s.EndJob(s.ctx, old.ID, old.Token, lora.Ending{Status: lora.JobSucceeded, Result: []byte(`{"a":1}`)})
		s.fails(err, lora.Conflict)
		s.same("the job", s.job(job.ID), job)
		s.end(job, lora.JobSucceeded)
		_, err = s.EndJob(s.ctx, job.ID, job.Token, lora.Ending{Status: lora.JobFailed})
		s.fails(err, lora.Conflict)
		_, err = s.BeatJob(s.ctx, "no such job", 1, lora.Beat{})
		s.fails(err, lora.NotFound)
		if _, found, err := s.ReclaimJob(s.ctx, "new", time.Hour, true); found || err != nil {
			s.Errorf("a job that ended is taken over: %v", err)
		}
	}},
	{"beats keep the progress, which never falls, and tell of a cancellation", func(s *suite) {
		s.add(newJob("e", 5))
		job, _ := s.claimJob("e")
		s.ok(s.SubmitJob(s.ctx, job.ID, job.Token, "handle"))
		for _, progress := range []float64{0.5, 0.25} {
			cancel, err := s.BeatJob(s.ctx, job.ID, job.Token, lora.Beat{Lease: time.Hour, Progress: progress, Step: 3, Steps: 20, ETA: ptr(1.5), Message: "painting"})
			s.ok(err)
			if cancel {
				s.Error("nobody cancelled")
			}
		}
		if j := s.job(job.ID); j.Progress != 0.5 || j.Step != 3 || j.Steps != 20 || *j.ETA != 1.5 || j.Message != "painting" || !j.Submitted || j.Handle != "handle" {
			s.Errorf("after the beats %+v", j)
		}
		for _, no := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			_, err := s.BeatJob(s.ctx, job.ID, job.Token, lora.Beat{Lease: time.Hour, Progress: no, ETA: &no})
			s.ok(err)
		}
		if _, err := json.Marshal(s.job(job.ID)); err != nil {
			s.Errorf("after what is no number: %v", err)
		}
		marked, err := s.CancelJob(s.ctx, job.ID)
		s.ok(err)
		if !marked.Cancelling || marked.Status != lora.JobRunning {
			s.Errorf("marked %+v", marked)
		}
		if cancel, err := s.BeatJob(s.ctx, job.ID, job.Token, lora.Beat{Lease: time.Hour}); !cancel || err != nil {
			s.Errorf("the worker hears %v, %v", cancel, err)
		}
	}},
	{"what is cancelled while it runs ends as cancelled, whatever its worker says", func(s *suite) {
		for _, status := range []lora.JobStatus{lora.JobFailed, lora.JobRetrying, lora.JobCancelled, lora.JobPending, lora.JobSucceeded} {
			s.add(newJob("e", 5))
			job, _ := s.claimJob("e")
			_, err := s.CancelJob(s.ctx, job.ID)
			s.ok(err)
			if ended := s.end(job, status); ended.Status != lora.JobCancelled || ended.FinishedAt == nil || ended.LeaseUntil != nil {
				s.Errorf("%s ends as %+v", status, ended)
			}
			_, err = s.CancelJob(s.ctx, job.ID)
			s.fails(err, lora.Conflict)
		}
	}},
	{"a job that is given back waits as if nobody had claimed it", func(s *suite) {
		added := s.add(newJob("e", 5))
		job, _ := s.claimJob("e")
		back := s.end(job, lora.JobPending)
		if back.Token != job.Token {
			s.Errorf("the token went from %d to %d", job.Token, back.Token)
		}
		back.Token = added.Token
		s.same("the job", back, added)
		s.runs(added, "e")
	}},
	{"the job that was ordered with another is accepted when that one succeeds", func(s *suite) {
		for _, status := range []lora.JobStatus{lora.JobFailed, lora.JobSucceeded} {
			s.add(newJob("e", 5))
			job, _ := s.claimJob("e")
			next := lora.Job{ID: "after " + string(status), Kind: lora.Delivery, Engine: "file", ParentID: job.ID, IdempotencyKey: "after " + job.ID}
			_, err := s.EndJob(s.ctx, job.ID, job.Token, lora.Ending{Status: status, Then: &next})
			s.ok(err)
		}
		if job, _ := s.claimJob("file"); job.ID != "after succeeded" {
			s.Errorf("the delivery %+v", job)
		}
		_, err := s.Job(s.ctx, "after failed")
		s.fails(err, lora.NotFound)
	}},
	{"a waiting job is cancelled at once", func(s *suite) {
		job := s.add(newJob("e", 5))
		cancelled, err := s.CancelJob(s.ctx, job.ID)
		s.ok(err)
		if cancelled.Status != lora.JobCancelled || cancelled.FinishedAt == nil || string(cancelled.Result) != `{"status":"cancelled"}` {
			s.Errorf("cancelled %+v", cancelled)
		}
		if _, found := s.claimJob("e"); found {
			s.Error("it runs")
		}
		_, err = s.CancelJob(s.ctx, "nothing")
		s.fails(err, lora.NotFound)
	}},
	{"a retrying job waits until it is due and may change its engine", func(s *suite) {
		s.add(newJob("e", 5))
		job, _ := s.claimJob("e")
		later := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
		ended, err := s.EndJob(s.ctx, job.ID, job.Token, lora.Ending{
			Status: lora.JobRetrying, RetryAt: &later, Engine: "f", ErrorClass: lora.EngineBusy, Error: "It is busy.",
		})
		s.ok(err)
		if ended.Status != lora.JobRetrying || ended.Engine != "f" || !ended.NotBefore.Equal(later) || ended.Error != "It is busy." || ended.ErrorClass != lora.EngineBusy {
			s.Errorf("ended %+v", ended)
		}
		if due, err := s.NextRetry(s.ctx); err != nil || !due.Equal(later) {
			s.Errorf("due %v, %v", due, err)
		}
		if _, found := s.claimJob("e", "f"); found {
			s.Error("it runs before it is due")
		}
		s.add(newJob("f", 5))
		soon, _ := s.claimJob("f")
		now := time.Now().Add(-time.Second)
		_, err = s.EndJob(s.ctx, soon.ID, soon.Token, lora.Ending{Status: lora.JobRetrying, RetryAt: &now})
		s.ok(err)
		if again := s.runs(soon, "f"); again.Attempt != 2 || again.NotBefore != nil || again.Submitted {
			s.Errorf("again %+v", again)
		}
	}},
	{"a failed or cancelled job can be retried from the start", func(s *suite) {
		job := s.add(newJob("e", 5))
		_, err := s.RetryJob(s.ctx, job.ID)
		s.fails(err, lora.Conflict)
		running, _ := s.claimJob("e")
		_, err = s.EndJob(s.ctx, job.ID, running.Token, lora.Ending{Status: lora.JobFailed, Error: "No.", ErrorClass: lora.EngineRefused, Result: []byte(`{"error":"No."}`)})
		s.ok(err)
		other := s.add(newJob("e", 5))
		again, err := s.RetryJob(s.ctx, job.ID)
		s.ok(err)
		if again.Status != lora.JobPending || again.Attempt != 0 || again.Error != "" || again.Result != nil || again.FinishedAt != nil || again.StartedAt != nil {
			s.Errorf("again %+v", again)
		}
		s.end(s.runs(other, "e"), lora.JobSucceeded)
		s.end(s.runs(job, "e"), lora.JobSucceeded)
		_, err = s.RetryJob(s.ctx, job.ID)
		s.fails(err, lora.Conflict)
	}},
}
