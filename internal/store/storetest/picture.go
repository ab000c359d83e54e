package storetest

import (
	"encoding/json"
	"slices"
	"time"

	"loramanager/internal/lora"
)

// abandoned returns the numbers of the pictures that nothing uses for a time.
func (s *suite) abandoned(before time.Time) []string {
	s.Helper()
	shas, err := s.AbandonedPictures(s.ctx, before, 100)
	s.ok(err)
	slices.Sort(shas)
	return shas
}

var pictureTests = []test{
	{"a picture is known once its file is kept", func(s *suite) {
		p := Picture(0)
		s.ok(s.ReservePicture(s.ctx, "job", p))
		_, err := s.Picture(s.ctx, p.SHA256)
		s.fails(err, lora.NotFound)
		s.ok(s.KeptPicture(s.ctx, p.SHA256))
		kept, err := s.Picture(s.ctx, p.SHA256)
		s.ok(err)
		s.same("the picture", kept, p)
		s.fails(s.KeptPicture(s.ctx, Picture(1).SHA256), lora.NotFound)
	}},
	{"a job cannot end with a picture that is not kept, and then has not ended", func(s *suite) {
		s.add(newJob("e", 5))
		job, _ := s.claimJob("e")
		s.ok(s.ReservePicture(s.ctx, job.ID, Picture(1)))
		_, err := s.EndJob(s.ctx, job.ID, job.Token, lora.Ending{Status: lora.JobSucceeded, Images: []lora.Image{s.keep(job.ID, 0), Picture(1)}})
		s.fails(err, lora.Unavailable)
		if j := s.job(job.ID); j.Status != lora.JobRunning || len(j.Images) != 0 {
			s.Errorf("the job %+v", j)
		}
	}},
	{"what nothing uses is abandoned, and its record leaves after its file", func(s *suite) {
		later := time.Now().Add(time.Hour)
		s.made(0, nil)
		s.add(newJob("e", 5))
		job, _ := s.claimJob("e")
		s.ok(s.ReservePicture(s.ctx, job.ID, Picture(1))) // of a job that runs
		lost := s.keep("a job that is gone", 2)
		if got := s.abandoned(time.Now().Add(-time.Hour)); len(got) != 0 {
			s.Errorf("abandoned too early: %v", got)
		}
		if got := s.abandoned(later); !slices.Equal(got, []string{lost.SHA256}) {
			s.Errorf("abandoned %v", got)
		}
		_, err := s.Picture(s.ctx, lost.SHA256)
		s.fails(err, lora.NotFound)
		s.fails(s.ReservePicture(s.ctx, job.ID, lost), lora.Unavailable)
		s.fails(s.KeptPicture(s.ctx, lost.SHA256), lora.NotFound)
		if got := s.abandoned(later); !slices.Equal(got, []string{lost.SHA256}) {
			s.Errorf("a deletion that was cut off is not taken up again: %v", got)
		}
		s.ok(s.ForgetPicture(s.ctx, lost.SHA256))
		s.fails(s.ForgetPicture(s.ctx, lost.SHA256), lora.Conflict)
		s.fails(s.ForgetPicture(s.ctx, Picture(0).SHA256), lora.Conflict)
		s.keep(job.ID, 2)
		s.end(job, lora.JobFailed)
		if got := s.abandoned(later); len(got) != 2 {
			s.Errorf("after the job: %v", got)
		}
	}},
	{"pictures that jobs start from are kept, and uploads for a week", func(s *suite) {
		used, unused := Picture(0), Picture(1)
		for _, p := range []lora.Image{used, unused} {
			s.ok(s.AddUploadedPicture(s.ctx, p))
			s.ok(s.KeptPicture(s.ctx, p.SHA256))
		}
		job := newJob("e", 5)
		var err error
		job.Params, err = json.Marshal(map[string]any{"generation_params": lora.GenerationParams{
			InitImage: used.SHA256, MaskImage: used.SHA256, Controls: []lora.ControlUnit{{Image: Picture(2).SHA256}},
		}})
		s.ok(err)
		job = s.add(job)
		if got := s.abandoned(time.Now().Add(24 * time.Hour)); len(got) != 0 {
			s.Errorf("abandoned after a day: %v", got)
		}
		if got := s.abandoned(time.Now().Add(8 * 24 * time.Hour)); !slices.Equal(got, []string{unused.SHA256}) {
			s.Errorf("abandoned after a week: %v", got)
		}
		_, err = s.CancelJob(s.ctx, job.ID)
		s.ok(err)
		_, err = s.TrashResults(s.ctx, []string{job.ID})
		s.ok(err)
		_, err = s.EmptyResultTrash(s.ctx, 1)
		s.ok(err)
		if got := s.abandoned(time.Now().Add(8 * 24 * time.Hour)); !slices.Contains(got, used.SHA256) {
			s.Errorf("abandoned after the job: %v", got)
		}
	}},
	{"pictures of a failed job are let go when it is retried", func(s *suite) {
		s.add(newJob("e", 5))
		job, _ := s.claimJob("e")
		image := s.keep(job.ID, 0)
		_, err := s.EndJob(s.ctx, job.ID, job.Token, lora.Ending{Status: lora.JobFailed, Images: []lora.Image{image}})
		s.ok(err)
		if got := s.abandoned(time.Now().Add(time.Hour)); len(got) != 0 {
			s.Errorf("abandoned %v", got)
		}
		again, err := s.RetryJob(s.ctx, job.ID)
		s.ok(err)
		if got := s.abandoned(time.Now().Add(time.Hour)); len(again.Images) != 0 || len(got) != 1 {
			s.Errorf("abandoned %v, the job has %v", got, again.Images)
		}
	}},
}
