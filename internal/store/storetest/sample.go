package storetest

import (
	"time"

	"loramanager/internal/lora"
)

// sampleAt is a sample of a computer whose figures all follow from a number.
func sampleAt(host string, at time.Time, n int) lora.ResourceSample {
	half := float64(n) / 2
	return lora.ResourceSample{
		At: at, Host: host, CPUPercent: &half, MemoryUsed: &n, MemoryTotal: ptr(1000), PicturesBytes: &n,
		GPUs: []lora.GPUUsage{{ID: 0, Name: "card", Driver: "nvidia", MemoryUsed: &n, Utilization: &half}, {ID: 0, Name: "other", Driver: "amd", Temperature: ptr(50.0)}},
	}
}

var sampleTests = []test{
	{"samples are read as they were taken, and averaged where there are many", func(s *suite) {
		at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		for i := range 10 {
			s.ok(s.AddSample(s.ctx, sampleAt("one", at.Add(time.Duration(i)*time.Minute), i)))
		}
		s.ok(s.AddSample(s.ctx, lora.ResourceSample{At: at, Host: "two"}))
		s.ok(s.AddSample(s.ctx, sampleAt("one", at, 99))) // the moment is taken
		single, err := s.Samples(s.ctx, at, at.Add(10*time.Minute), 10)
		s.ok(err)
		if len(single) != 11 {
			s.Fatalf("%d samples", len(single))
		}
		first := sampleAt("one", at, 0)
		first.GPUs[0], first.GPUs[1] = first.GPUs[1], first.GPUs[0] // by driver
		s.same("the first", single[0], first)
		s.same("nothing measured", single[1], lora.ResourceSample{At: at, Host: "two", GPUs: []lora.GPUUsage{}})
		few, err := s.Samples(s.ctx, at.Add(time.Minute), at.Add(9*time.Minute), 2)
		s.ok(err)
		if len(few) != 2 || !few[1].At.Equal(at.Add(5*time.Minute)) || *few[0].CPUPercent != 1.25 || *few[0].MemoryUsed != 3 || *few[1].MemoryUsed != 7 ||
			few[0].DiskUsed != nil || *few[1].GPUs[1].Utilization != 3.25 || few[1].GPUs[1].Name != "card" || few[1].GPUs[0].Utilization != nil {
			s.Errorf("averaged %+v", few)
		}
		for _, c := range []struct{ from, until time.Time }{{at, at}, {at.Add(time.Hour), at}, {at.Add(time.Hour), at.Add(2 * time.Hour)}} {
			if none, err := s.Samples(s.ctx, c.from, c.until, 5); err != nil || none == nil || len(none) != 0 {
				s.Errorf("from %v until %v: %v, %v", c.from, c.until, none, err)
			}
		}
	}},
	{"old samples are thinned out and forgotten", func(s *suite) {
		now := time.Date(2026, 3, 1, 12, 7, 0, 0, time.UTC)
		for i := range 120 { // two hours, about two days ago
			for _, host := range []string{"one", "two"} {
				s.ok(s.AddSample(s.ctx, sampleAt(host, now.Add(-49*time.Hour+time.Duration(i)*time.Minute), i)))
			}
		}
		s.ok(s.AddSample(s.ctx, sampleAt("one", now.AddDate(0, 0, -401), 0)))
		s.ok(s.AddSample(s.ctx, sampleAt("one", now.AddDate(0, 0, -399), 0)))
		s.ok(s.PruneSamples(s.ctx, now))
		count := func(from, until time.Time) int {
			samples, err := s.Samples(s.ctx, from, until, 100_000)
			s.ok(err)
			return len(samples)
		}
		if n := count(now.AddDate(-2, 0, 0), now.Add(-60*time.Hour)); n != 1 {
			s.Errorf("%d very old samples are left", n)
		}
		if n := count(now.Add(-60*time.Hour), now.Add(-48*time.Hour)); n != 2*5 { // 11:07 and 11:15 to 12:00
			s.Errorf("%d samples are left of the hour before", n)
		}
		if n := count(now.Add(-48*time.Hour), now); n != 2*60 {
			s.Errorf("%d samples are left of the last two days", n)
		}
	}},
	{"workers are known by their last sign of life, for a day", func(s *suite) {
		now := time.Now().UTC().Truncate(time.Microsecond)
		life := lora.WorkerLife{Name: "w1", Host: "h", Version: "1", StartedAt: now.Add(-time.Hour), BeatAt: now, Running: 2}
		s.ok(s.BeatWorker(s.ctx, life))
		s.ok(s.BeatWorker(s.ctx, lora.WorkerLife{Name: "w0", StartedAt: now, BeatAt: now.Add(-time.Minute)}))
		s.ok(s.BeatWorker(s.ctx, lora.WorkerLife{Name: "old", StartedAt: now, BeatAt: now.Add(-25 * time.Hour)}))
		life.Running, life.Version = 0, "2"
		s.ok(s.BeatWorker(s.ctx, life))
		life.Alive = true
		workers, err := s.Workers(s.ctx)
		s.ok(err)
		s.same("the workers", workers, []lora.WorkerLife{{Name: "w0", StartedAt: now, BeatAt: now.Add(-time.Minute)}, life})
		s.ok(s.ForgetWorker(s.ctx, "w0", now))
		s.ok(s.ForgetWorker(s.ctx, "w1", now)) // of the one before it with this name
		s.ok(s.ForgetWorker(s.ctx, "nobody", now))
		workers, err = s.Workers(s.ctx)
		s.ok(err)
		s.same("the workers that did not end", workers, []lora.WorkerLife{life})
	}},
	{"storage is what jobs keep, each picture once", func(s *suite) {
		empty, err := s.StorageFigures(s.ctx)
		s.ok(err)
		if empty.Pictures != 0 || empty.PicturesBytes != 0 || empty.DatabaseBytes <= 0 {
			s.Errorf("an empty store has %+v", empty)
		}
		s.made(1, nil)
		s.made(1, nil)
		s.made(2, nil)
		s.ok(s.AddUploadedPicture(s.ctx, Picture(3)))
		figures, err := s.StorageFigures(s.ctx)
		s.ok(err)
		if figures.Pictures != 2 || figures.PicturesBytes != 1001+1002 {
			s.Errorf("kept are %+v", figures)
		}
	}},
}
