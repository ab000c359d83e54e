package httpapi

import (
	"context"
	"net/http"
	"time"

	"loramanager/internal/jobs"
	"loramanager/internal/lora"
)

// QueueReply is the queue with the jobs in it.
type QueueReply struct {
	State lora.QueueState `json:"state"`
	Jobs  []JobView       `json:"jobs" doc:"Running ones first, then in the order they will run; at most 1,000"`
}

// JobList is a page of the job log.
type JobList struct {
	Jobs       []JobView `json:"jobs"`
	NextCursor *string   `json:"next_cursor" doc:"null on the last page"`
}

// JobReply is one job.
type JobReply struct {
	Job JobView `json:"job"`
}

// GenerationJobReply is one job in the contract's words.
type GenerationJobReply struct {
	Delivery GenerationJob `json:"delivery"`
}

// GenerationJob is a job with the result in the format asked for.
type GenerationJob struct {
	ID         string         `json:"id"`
	Prompt     string         `json:"prompt"`
	Mode       string         `json:"mode"`
	Params     map[string]any `json:"params"`
	Status     string         `json:"status" enum:"queued,processing,completed,failed"`
	Result     map[string]any `json:"result" nullable:"true"`
	CreatedAt  time.Time      `json:"created_at"`
	StartedAt  *time.Time     `json:"started_at"`
	FinishedAt *time.Time     `json:"finished_at"`
}

// CancelReply is the contract's answer to a cancelled job.
type CancelReply struct {
	Success bool   `json:"success"`
	Status  string `json:"status"`
	Message string `json:"message"`
}

type listJobsInput struct {
	Status []string `query:"status,explode" enum:"pending,running,retrying,succeeded,failed,cancelled" maxItems:"6" doc:"May be repeated; all when absent. failed are the jobs that were given up"`
	Kind   string   `query:"kind" enum:"generation,delivery"`
	Limit  int      `query:"limit" minimum:"1" maximum:"200" default:"50"`
	After  string   `query:"after" doc:"next_cursor of the page before"`
}

type activeJobsInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type moveJobInput struct {
	ByID
	Body struct {
		Priority *int    `json:"priority,omitempty" nullable:"true" minimum:"0" maximum:"9" doc:"Unchanged when absent"`
		Before   *string `json:"before,omitempty" nullable:"true" doc:"The waiting job to go before; absent or null is last within the priority"`
	}
}

type progressInput struct {
	ByID
	Backend string `query:"backend" doc:"Engine the prototype's clients name; must be set up"`
}

func (s *Server) routeJobs() {
	const tag = "generation"
	route(s, http.MethodGet, "/generation/queue", "readQueue", tag, "The queue", s.readQueue)
	route(s, http.MethodPost, "/generation/queue/pause", "pauseQueue", tag, "Begin no more jobs", s.pauseQueue, describe("Running jobs go on."))
	route(s, http.MethodPost, "/generation/queue/resume", "resumeQueue", tag, "Begin jobs again", s.resumeQueue)
	route(s, http.MethodGet, "/generation/jobs", "listJobs", tag, "The job log, newest first", s.listJobs)
	route(s, http.MethodGet, "/generation/jobs/active", "listActiveJobs", tag, "Jobs that wait or run, newest first", s.listActiveJobs)
	route(s, http.MethodGet, "/generation/jobs/{id}", "readJob", tag, "Read a job", s.readJob)
	route(s, http.MethodPost, "/generation/jobs/{id}/cancel", "cancelJob", tag, "Cancel a job", s.cancelJob,
		describe("A waiting job is cancelled at once. A running one is stopped on its engine, where that can be stopped, and stays cancelled."))
	route(s, http.MethodPost, "/generation/jobs/{id}/retry", "retryJob", tag, "Run a failed or cancelled job again", s.retryJob)
	route(s, http.MethodPost, "/generation/jobs/{id}/move", "moveJob", tag, "Move a waiting job in the queue", s.moveJob)
}

func (s *Server) readQueue(ctx context.Context, _ *none) (*reply[QueueReply], error) {
	state, err := s.store.QueueState(ctx)
	if err != nil {
		return nil, err
	}
	queued, err := s.store.QueueJobs(ctx)
	if err != nil {
		return nil, err
	}
	body, position := QueueReply{State: state, Jobs: make([]JobView, 0, len(queued))}, 0
	for i := range queued {
		if queued[i].Status == lora.JobRunning {
			body.Jobs = append(body.Jobs, jobView(&queued[i], 0))
			continue
		}
		position++
		body.Jobs = append(body.Jobs, jobView(&queued[i], position))
	}
	return answer(body, nil)
}

func (s *Server) pauseQueue(ctx context.Context, _ *none) (*reply[lora.QueueState], error) {
	state, err := s.jobs.Pause(ctx, true)
	return answer(state, err)
}

func (s *Server) resumeQueue(ctx context.Context, _ *none) (*reply[lora.QueueState], error) {
	state, err := s.jobs.Pause(ctx, false)
	return answer(state, err)
}

func (s *Server) listJobs(ctx context.Context, in *listJobsInput) (*reply[JobList], error) {
	listed, next, err := s.store.ListJobs(ctx, jobStatuses(in.Status), lora.JobKind(in.Kind), in.Limit, in.After)
	return answer(JobList{Jobs: jobViews(listed), NextCursor: textOrNull(next)}, err)
}

func jobStatuses(names []string) []lora.JobStatus {
	var statuses []lora.JobStatus
	for _, name := range names {
		statuses = append(statuses, lora.JobStatus(name))
	}
	return statuses
}

func (s *Server) listActiveJobs(ctx context.Context, in *activeJobsInput) (*reply[[]JobView], error) {
	active, err := s.store.ActiveJobs(ctx, in.Limit)
	return answer(jobViews(active), err)
}

func jobViews(list []lora.Job) []JobView {
	views := make([]JobView, 0, len(list))
	for i := range list {
		views = append(views, jobView(&list[i], 0))
	}
	return views
}

// theJob returns a job; an unknown one is answered in the contract's words.
func (s *Server) theJob(ctx context.Context, id, unknown string) (lora.Job, error) {
	job, err := s.store.Job(ctx, id)
	if lora.CodeOf(err) == lora.NotFound {
		err = lora.Errorf(lora.NotFound, "%s", unknown)
	}
	if err != nil {
		return job, err
	}
	marked := []lora.Job{job}
	err = s.store.ShowResultMarks(ctx, accountOf(ctx), marked)
	return marked[0], err
}

const jobNotFound = "Job not found"

func (s *Server) readJob(ctx context.Context, in *ByID) (*reply[GenerationJobReply], error) {
	j, err := s.theJob(ctx, in.ID, jobNotFound)
	if err != nil {
		return nil, err
	}
	view := GenerationJob{
		ID: j.ID, Prompt: j.Prompt, Mode: j.Mode, Params: objectOrEmpty(j.Params), Status: j.Status.Wire(), Result: objectOf(j.Result),
		CreatedAt: j.CreatedAt, StartedAt: j.StartedAt, FinishedAt: j.FinishedAt,
	}
	if j.Kind == lora.Generation && len(view.Result) > 0 {
		images, err := s.returned(ctx, &j, jobs.ParamsOf(j).ReturnFormat)
		if err != nil {
			return nil, err
		}
		view.Result = resultObject(&j, images)
	}
	return answer(GenerationJobReply{Delivery: view}, nil)
}

func (s *Server) readProgress(ctx context.Context, in *progressInput) (*reply[GenerationReply], error) {
	if in.Backend != "" && !s.hasBackend(in.Backend) {
		return nil, lora.Errorf(lora.NotFound, "Backend '%s' not found", in.Backend)
	}
	j, err := s.theJob(ctx, in.ID, jobNotFound)
	if err != nil {
		return nil, err
	}
	var images []string
	if len(j.Images) > 0 {
		images = imageURLs(&j)
	}
	return answer(generationReply(&j, images), nil)
}

func (s *Server) cancelJob(ctx context.Context, in *ByID) (*reply[CancelReply], error) {
	job, err := s.theJob(ctx, in.ID, jobNotFound)
	if err == nil {
		err = mayChange(ctx, &job)
	}
	if err != nil {
		return nil, err
	}
	_, err = s.jobs.Cancel(ctx, in.ID)
	if lora.CodeOf(err) == lora.Conflict {
		return nil, badRequest(ctx, "Job cannot be cancelled in its current state")
	}
	return answer(CancelReply{Success: true, Status: string(lora.JobCancelled), Message: "Generation job cancelled"}, err)
}

func (s *Server) retryJob(ctx context.Context, in *ByID) (*reply[JobReply], error) {
	if err := s.mayChangeJob(ctx, in.ID); err != nil {
		return nil, err
	}
	j, err := s.jobs.Retry(ctx, in.ID)
	return answer(JobReply{Job: jobView(&j, 0)}, err)
}

func (s *Server) moveJob(ctx context.Context, in *moveJobInput) (*reply[JobReply], error) {
	if err := s.mayChangeJob(ctx, in.ID); err != nil {
		return nil, err
	}
	j, err := s.jobs.Move(ctx, in.ID, in.Body.Priority, in.Body.Before)
	return answer(JobReply{Job: jobView(&j, 0)}, err)
}
