package jobs_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"loramanager/internal/jobs"
	"loramanager/internal/lora"
	"loramanager/internal/queue"
)

func TestProgressIsPassedOnAtABoundedRateAndNeverFalls(t *testing.T) {
	in(t, func(w *world) {
		w.engines.behave["one"] = func(ctx context.Context, task lora.Task, sink lora.EngineSink) error {
			for i := range 1000 { // for ten seconds, backwards half of the time
				fraction := float64(i^1) / 1000
				if err := sink(lora.EngineEvent{Type: lora.EventProgress, Fraction: &fraction, Step: i / 10, Steps: 100}); err != nil {
					return err
				}
				if err := sink(lora.EngineEvent{Type: lora.EventPreview, Preview: []byte("seen")}); err != nil {
					return err
				}
				time.Sleep(10 * time.Millisecond)
			}
			return draws(ctx, task, sink)
		}
		p := w.start(nil)
		defer p.end()
		job := p.accept(request("a cat"))
		time.Sleep(5 * time.Second)
		if got := p.job(job.ID); got.Progress < 0.2 || got.Progress > 0.5 || got.Steps != 100 {
			t.Errorf("after 5 of 10 s the row says %v, step %d of %d", got.Progress, got.Step, got.Steps)
		}
		p.wait(job.ID)
		told, previews, last := 0, 0, 0.0
		for _, data := range w.heard.of(jobs.EventProgressUpdate) {
			u := data.(jobs.ProgressUpdate)
			if u.Progress < last {
				t.Errorf("progress fell from %v to %v", last, u.Progress)
			}
			if last = u.Progress; u.PreviewImage == nil {
				told++
				continue
			}
			previews++
			if *u.PreviewImage != "data:image/jpeg;base64,c21hbGwgc2Vlbg==" {
				t.Errorf("the preview is %s", *u.PreviewImage)
			}
		}
		if told < 30 || told > 55 || previews < 15 || previews > 21 {
			t.Errorf("told %d times and previewed %d times in 10 s", told, previews)
		}
	})
}

func TestWhatCameTooFastIsToldAfterAll(t *testing.T) {
	in(t, func(w *world) {
		w.engines.behave["one"] = func(ctx context.Context, _ lora.Task, sink lora.EngineSink) error {
			for _, message := range []string{"Loading the model.", "Moving it.", "Waiting for memory."} {
				if err := sink(lora.EngineEvent{Type: lora.EventProgress, Message: message}); err != nil {
					return err
				}
			}
			return pause(ctx, time.Hour)
		}
		p := w.start(nil)
		p.accept(request("a cat"))
		time.Sleep(3 * time.Second)
		heard := w.heard.of(jobs.EventProgressUpdate)
		if last := heard[len(heard)-1].(jobs.ProgressUpdate); last.Message != "Waiting for memory." {
			t.Errorf("last told: %q", last.Message)
		}
		p.end()
	})
}

func TestThousandsOfJobsAreFewWordsAboutTheQueue(t *testing.T) {
	in(t, func(w *world) {
		p := w.start(nil)
		defer p.end()
		if _, err := p.jobs.Pause(context.Background(), true); err != nil {
			t.Fatal(err)
		}
		for range 200 {
			p.accept(request("a cat"))
		}
		time.Sleep(time.Second)
		heard := w.heard.of(jobs.EventQueueUpdate)
		last := heard[len(heard)-1].(jobs.QueueUpdate)
		if len(heard) > 10 || last.State.Pending != 200 || last.JobID != nil || last.Reason != jobs.ReasonAdded {
			t.Errorf("%d updates, the last %+v", len(heard), last)
		}
	})
}

func TestAWaiterHearsTheEndWhereverItHappens(t *testing.T) {
	in(t, func(w *world) {
		p := w.start(nil)
		// Another process on the same rows, which does not work on them.
		other := w.startOn(p.store, queue.NewLocal(), nil)
		other.stop()
		<-other.done
		job := p.accept(request("a cat"))
		accepted := time.Now()
		if got := other.wait(job.ID); got.Status != lora.JobSucceeded || time.Since(accepted) > 3*time.Second {
			t.Errorf("it is %s after %s", got.Status, time.Since(accepted))
		}
		again := p.accept(request("a dog"))
		finished := make(chan time.Time, 1)
		go func() {
			other.wait(again.ID)
			finished <- time.Now()
		}()
		p.wait(again.ID)
		ended := time.Now()
		other.jobs.Heard(again.ID)
		if told := <-finished; told.After(ended) {
			t.Errorf("told %s after the end although it was announced", told.Sub(ended))
		}
		other.jobs.Close()
		_ = other.wakes.Close(context.Background())
		p.end()
	})
}

func TestAWaiterWhoLeavesStopsNoJob(t *testing.T) {
	in(t, func(w *world) {
		p := w.start(nil)
		defer p.end()
		job := p.accept(request("a cat"))
		ctx, leave := context.WithCancel(context.Background())
		leave()
		if _, err := p.jobs.Wait(ctx, job.ID); err == nil {
			t.Error("it waited")
		}
		if got := p.wait(job.ID); got.Status != lora.JobSucceeded {
			t.Errorf("it is %s", got.Status)
		}
	})
}

func TestAnUnheardWakeUpCostsSeconds(t *testing.T) {
	in(t, func(w *world) {
		p := w.start(func(o *jobs.Options) { o.Wakes = deaf{} })
		defer p.end()
		job := p.accept(request("a cat"))
		// Added behind this process's back, as another replica would.
		waiting := p.job(job.ID)
		waiting.ID, waiting.IdempotencyKey = "", ""
		added, _, err := p.store.AddJob(context.Background(), waiting)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		asked := time.Now()
		p.wait(added.ID)
		if took := time.Since(asked); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

// deaf loses every wake-up.
type deaf struct{}

func (deaf) Wake(context.Context, string, int) error { return nil }
func (deaf) Woken() <-chan string                    { return nil }

type cleaner struct{ trash, pictures []time.Duration }

func (c *cleaner) PurgeTrashed(_ context.Context, before time.Time) (int, error) {
	c.trash = append(c.trash, time.Since(before))
	return 1, nil
}

func (c *cleaner) SweepPictures(_ context.Context, before time.Time) (int, error) {
	c.pictures = append(c.pictures, time.Since(before))
	return 0, errDead
}

func TestTheTrashIsKeptForThirtyDays(t *testing.T) {
	in(t, func(w *world) {
		c := &cleaner{}
		p := w.start(func(o *jobs.Options) { o.Cleaner, o.Sweep = c, time.Hour })
		time.Sleep(3*time.Hour + 2*time.Minute)
		p.end()
		if len(c.trash) != 4 || c.trash[0] != 30*24*time.Hour || len(c.pictures) != 4 || c.pictures[0] != 24*time.Hour {
			t.Errorf("the trash was emptied of what is older than %v, pictures %v", c.trash, c.pictures)
		}
	})
}
