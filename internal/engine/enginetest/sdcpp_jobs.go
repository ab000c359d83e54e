package enginetest

import (
	"fmt"
	"net/http"
	"slices"
)

// generate is the A1111-like route. It works on when the caller has gone.
func (f *SDCpp) generate(w http.ResponseWriter, r *http.Request) {
	body, ok := readObject(r)
	if !ok {
		reply(w, http.StatusInternalServerError, object{"error": "server_error", "message": "parse error"})
		return
	}
	f.mu.Lock()
	f.received = append(f.received, body)
	path := f.refused(body)
	f.mu.Unlock()
	switch {
	case path != "":
		reply(w, http.StatusBadRequest, object{"error": "invalid lora path: " + path})
		return
	case f.options.Fail != "":
		reply(w, http.StatusInternalServerError, object{"error": f.options.Fail})
		return
	}
	pictures := f.make(body, numberOf(body, "steps", 20), numberOf(body, "batch_size", 1))
	reply(w, http.StatusOK, object{"images": pictures, "parameters": body, "info": "{}"})
}

func (f *SDCpp) submit(w http.ResponseWriter, r *http.Request) {
	body, ok := readObject(r)
	if !ok {
		reply(w, http.StatusBadRequest, object{"error": "invalid json"})
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.received = append(f.received, body)
	f.listed = true // these routes read the folder themselves
	pending := len(f.waiting)
	if f.running != nil {
		pending++
	}
	switch {
	case f.refused(body) != "":
		reply(w, http.StatusBadRequest, object{"error": "invalid generation parameters"})
		return
	case pending >= sdcppQueue:
		reply(w, http.StatusTooManyRequests, object{"error": "job queue is full"})
		return
	}
	f.number++
	job := &sdcppJob{id: fmt.Sprintf("job_%x_%08x", 0x6b03caf7+f.boot, f.number), status: "queued", body: body}
	f.jobs[job.id], f.waiting = job, append(f.waiting, job)
	select {
	case f.wake <- struct{}{}:
	default:
	}
	reply(w, http.StatusAccepted, object{"id": job.id, "kind": "img_gen", "status": job.status, "created": 1, "poll_url": "/sdcpp/v1/jobs/" + job.id})
}

// work runs jobs one after the other.
func (f *SDCpp) work() {
	defer f.worker.Done()
	for {
		f.mu.Lock()
		var job *sdcppJob
		if len(f.waiting) > 0 {
			job, f.waiting = f.waiting[0], f.waiting[1:]
			job.status, f.running = "generating", job
		}
		f.mu.Unlock()
		if job != nil {
			f.run(job)
			continue
		}
		select {
		case <-f.wake:
		case <-f.ctx.Done():
			return
		}
	}
}

func (f *SDCpp) run(job *sdcppJob) {
	sampling, _ := job.body["sample_params"].(object)
	pictures := f.make(job.body, numberOf(sampling, "sample_steps", 20), numberOf(job.body, "batch_count", 1))
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.running == job {
		f.running = nil
	}
	job.status, job.pictures = "completed", pictures
	if f.options.Fail != "" {
		job.status, job.pictures, job.failed = "failed", nil, object{"code": "generation_failed", "message": f.options.Fail}
	}
	if f.options.Expire {
		delete(f.jobs, job.id)
		f.expired[job.id] = true
	}
}

// find answers for jobs that are not there; the lock is held.
func (f *SDCpp) find(w http.ResponseWriter, id string) *sdcppJob {
	job := f.jobs[id]
	switch {
	case job == nil && f.expired[id]:
		reply(w, http.StatusGone, object{"error": "job expired"})
	case job == nil:
		reply(w, http.StatusNotFound, object{"error": "job not found"})
	}
	return job
}

func (f *SDCpp) job(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if job := f.find(w, r.PathValue("id")); job != nil {
		reply(w, http.StatusOK, f.view(job))
	}
}

func (f *SDCpp) view(job *sdcppJob) object {
	view := object{"id": job.id, "kind": "img_gen", "status": job.status, "created": 1, "started": nil, "completed": nil, "queue_position": 0, "result": nil, "error": nil}
	switch job.status {
	case "queued":
		view["queue_position"] = slices.Index(f.waiting, job) + 1
	case "completed":
		images := []object{}
		for i, picture := range job.pictures {
			images = append(images, object{"index": i, "b64_json": picture})
		}
		view["result"] = object{"output_format": "png", "images": images}
	default:
		if job.failed != nil {
			view["error"] = job.failed
		}
	}
	return view
}

func (f *SDCpp) cancel(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	job := f.find(w, r.PathValue("id"))
	if job == nil {
		return
	}
	switch job.status {
	case "generating":
		reply(w, http.StatusConflict, object{"error": "job is currently generating and cannot be interrupted yet"})
		return
	case "queued":
		f.waiting = slices.DeleteFunc(f.waiting, func(j *sdcppJob) bool { return j == job })
		job.status, job.failed = "cancelled", object{"code": "cancelled", "message": "job cancelled by client"}
	}
	reply(w, http.StatusOK, f.view(job))
}
