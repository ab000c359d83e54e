package jobs_test

import (
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"

	"loramanager/internal/jobs"
	"loramanager/internal/lora"
	"loramanager/internal/store"
)

var (
	_ jobs.Ledger = (*store.Store)(nil)
	_ jobs.Leases = (*store.Store)(nil)
)

func TestAGenerationFromAcceptedToDone(t *testing.T) {
	in(t, func(w *world) {
		p := w.start(nil)
		defer p.end()
		r := request("a cat <lora:known:0.8>, on a mat")
		r.Params.BatchSize = 2
		accepted := p.accept(r)
		if accepted.Status != lora.JobPending || accepted.Engine != "one" || !accepted.Routed {
			t.Errorf("accepted as %+v", accepted)
		}
		job := p.wait(accepted.ID)
		if job.Status != lora.JobSucceeded || len(job.Images) != 2 || job.Attempt != 1 {
			t.Fatalf("ended as %+v", job)
		}
		params := jobs.ParamsOf(job)
		if seed := params.GenerationParams.Seed; seed < 0 || *job.Images[1].Seed != seed+1 {
			t.Errorf("the drawn seed %d is not the one of the pictures", seed)
		}
		task := w.engines.tasks[0]
		if task.Params.Prompt != "a cat, on a mat" || params.GenerationParams.Prompt != r.Params.Prompt {
			t.Errorf("the engine got %q, kept is %q", task.Params.Prompt, params.GenerationParams.Prompt)
		}
		if len(task.Uses) != 1 || task.Uses[0].AdapterID != "adapter-1" || job.Adapters[0].AdapterID != "adapter-1" {
			t.Errorf("the adapter of the tag was not looked up: %+v", task.Uses)
		}
		synctest.Wait()
		started := w.heard.of(jobs.EventGenerationStarted)
		complete := w.heard.of(jobs.EventGenerationComplete)
		if len(started) != 1 || len(complete) != 1 || len(w.heard.of(jobs.EventResultsChanged)) != 1 {
			t.Fatalf("started %v, complete %v", started, complete)
		}
		if c := complete[0].(jobs.GenerationComplete); c.Status != "completed" || c.RawStatus != "succeeded" ||
			!slices.Equal(c.Images, []string{job.Images[0].SHA256, job.Images[1].SHA256}) || *c.TotalDuration != 2 {
			t.Errorf("complete: %+v", c)
		}
	})
}

func TestTheKeptObjectsAreTheContracts(t *testing.T) {
	in(t, func(w *world) {
		p := w.start(nil)
		defer p.end()
		job := p.wait(p.accept(request("a cat")).ID)
		keys := func(text json.RawMessage) []string {
			var object map[string]any
			if err := json.Unmarshal(text, &object); err != nil {
				t.Fatal(err)
			}
			var all []string
			for k := range object {
				all = append(all, k)
			}
			slices.Sort(all)
			return all
		}
		if got, want := keys(job.Params), []string{"backend", "generation_params", "mode", "return_format", "save_images"}; !slices.Equal(got, want) {
			t.Errorf("params hold %v, want %v", got, want)
		}
		want := []string{"error_message", "generation_info", "images", "job_id", "progress", "status"}
		if got := keys(job.Result); !slices.Equal(got, want) {
			t.Errorf("the result holds %v, want %v", got, want)
		}
		result := jobs.ResultOf(job)
		if result.Status != "completed" || *result.Progress != 1 || result.JobID != job.ID || result.GenerationInfo["engine"] != "one" {
			t.Errorf("the result is %+v", result)
		}
	})
}
