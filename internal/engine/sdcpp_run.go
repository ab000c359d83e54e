package engine

import (
	"context"
	"net/http"
	"slices"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// sdcppJob is a job as the server tells of it, without its pictures.
type sdcppJob struct {
	ID       string `json:"id"`
	Status   string `json:"status"`
	Position int    `json:"queue_position"`
	Error    *struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// The states of a job.
const (
	sdcppQueued     = "queued"
	sdcppGenerating = "generating"
	sdcppCompleted  = "completed"
	sdcppFailed     = "failed"
	sdcppCancelled  = "cancelled"
)

// Run implements Driver.
func (s *sdcpp) Run(ctx context.Context, order Order, sink lora.EngineSink) error {
	server, err := s.server(ctx)
	if err != nil {
		return err
	}
	if len(order.LoRAs) > 0 { // a server that was started since knows none before it lists them
		if _, err := s.listLoRAs(ctx); err != nil {
			return err
		}
	}
	request, warned, err := s.request(ctx, order, server)
	if err != nil {
		return err
	}
	for _, warning := range warned {
		if err := sink(warning); err != nil {
			return err
		}
	}
	if err := sink(lora.EngineEvent{Type: lora.EventSubmitted}); err != nil {
		return err
	}
	if !server.Native {
		return s.runCompatible(ctx, order, request, sink)
	}
	id, err := s.submit(ctx, order, request)
	if err != nil {
		return err
	}
	if err := sink(lora.EngineEvent{Type: lora.EventSubmitted, Handle: id}); err != nil {
		_ = s.cancel(ctx, id)
		return err
	}
	return s.follow(ctx, id, order, sink)
}

// Attach implements Resumer.
func (s *sdcpp) Attach(ctx context.Context, handle string, order Order, sink lora.EngineSink) error {
	if !validHandle(handle) {
		return failure(lora.JobLost, nil, "The server stopped before the engine had said under which name it keeps the job.")
	}
	return s.follow(ctx, handle, order, sink)
}

// submit hands the job over. Once it is on its way the answer is waited for even when the
// run is cancelled: without the id the job could not be taken back.
func (s *sdcpp) submit(ctx context.Context, order Order, request *sdcppRequest) (string, error) {
	asking, stop := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
	defer stop()
	defer context.AfterFunc(ctx, func() {
		if leaves(ctx) {
			stop()
		}
		time.AfterFunc(cancelTimeout, stop)
	})()
	var job sdcppJob
	err := s.json(asking, call{Method: http.MethodPost, Path: "/sdcpp/v1/img_gen", Body: request}, &job)
	switch {
	case err != nil && asking.Err() != nil && ctx.Err() != nil:
		return "", asFailure(ctx, ctx.Err())
	case hasStatus(err, http.StatusTooManyRequests):
		return "", failure(lora.EngineBusy, err, "The engine's queue is full.")
	case hasStatus(err, http.StatusBadRequest) && len(order.LoRAs) > 0:
		return "", s.missingLoRA(asking, order, err)
	case err != nil:
		return "", err
	case !validHandle(job.ID):
		return "", failure(lora.EngineProtocol, nil, "The engine took the job but did not say under which id.")
	}
	return job.ID, nil
}

// missingLoRA finds out whether a refusal that gives no reason is about a LoRA.
func (s *sdcpp) missingLoRA(ctx context.Context, order Order, refused error) error {
	paths, err := s.listLoRAs(ctx)
	if err != nil {
		return refused
	}
	for _, use := range order.LoRAs {
		if !slices.Contains(paths, use.Handle.Name) {
			return failure(lora.EngineLoRANotFound, refused, "The engine has no LoRA called %s. Put the file into its LoRA folder.", shown(use.Handle.Name))
		}
	}
	return refused
}

// How often a job is asked after, and how often the server may fail to answer in a row.
const (
	sdcppLookFirst = 50 * time.Millisecond
	sdcppLookMost  = time.Second
	sdcppMissed    = 6
	// sdcppSign is how often a run says that the engine still answers: it has no progress
	// to tell.
	sdcppSign = 10 * time.Second
)

// follow asks after a job until it is over.
func (s *sdcpp) follow(ctx context.Context, id string, order Order, sink lora.EngineSink) error {
	var last sdcppJob
	var told time.Time
	missed := 0
	for pause := sdcppLookFirst; ; pause = min(pause*3/2, sdcppLookMost) {
		job, over, err := s.look(ctx, id, order, sink)
		switch {
		case ctx.Err() != nil && !over:
			return s.abandon(ctx, id)
		case over:
			return err
		case err != nil:
			if missed++; missed >= sdcppMissed {
				return err
			}
		default:
			missed = 0
			if job.Status != last.Status || job.Position != last.Position || time.Since(told) > sdcppSign {
				last, told = job, time.Now()
				if err := sink(job.event()); err != nil {
					_ = s.cancel(ctx, id)
					return err
				}
			}
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return s.abandon(ctx, id)
		}
	}
}

func (j sdcppJob) event() lora.EngineEvent {
	if j.Status == sdcppQueued {
		return lora.EngineEvent{Type: lora.EventQueued, Position: j.Position}
	}
	return lora.EngineEvent{Type: lora.EventProgress, Message: "generating"}
}

// look asks once. Pictures go to the sink while they arrive. over is false when asking
// again may help.
func (s *sdcpp) look(ctx context.Context, id string, order Order, sink lora.EngineSink) (job sdcppJob, over bool, err error) {
	asking, stop := context.WithTimeout(ctx, askTimeout)
	defer stop()
	made := 0
	format := s.reply("b64_json", order, sink, &made)
	err = s.pictures(asking, call{Path: "/sdcpp/v1/jobs/" + id}, format, &job)
	switch {
	case hasStatus(err, http.StatusGone):
		return job, true, failure(lora.JobLost, err, "The engine finished the job but has thrown its pictures away since. Retry the job.")
	case hasStatus(err, http.StatusNotFound):
		return job, true, failure(lora.EngineFailed, err, "The engine knows nothing of the job: it was restarted meanwhile.")
	case err != nil:
		failed := asFailure(ctx, err)
		return job, made > 0 || !failed.Class.Retryable(), failed
	case made > 0 && job.Status != sdcppCompleted, job.ID != id:
		return job, true, failure(lora.EngineProtocol, nil, "The engine answered for another job than the one it was asked for.")
	}
	switch job.Status {
	case sdcppQueued, sdcppGenerating:
		return job, false, nil
	case sdcppCompleted:
		return job, true, nil
	case sdcppCancelled:
		return job, true, failure(lora.EngineInterrupted, nil, "The job was cancelled at the engine.")
	case sdcppFailed:
		reason := "The engine failed in the middle of the job."
		if job.Error != nil && job.Error.Message != "" {
			reason += " It says: " + clip(job.Error.Message)
		}
		return job, true, failure(lora.EngineFailed, nil, "%s", reason)
	}
	return job, true, failure(lora.EngineProtocol, nil, "The engine says that the job is %s, which means nothing here.", shown(job.Status))
}

// reply says how a reply with pictures under the key is read; made counts them.
func (s *sdcpp) reply(key string, order Order, sink lora.EngineSink, made *int) guard.JSONReply {
	return guard.JSONReply{
		Bytes: restBytes, PictureBytes: s.limits.PictureBytes, Pictures: picturesAsked(order.Params), PictureKeys: []string{key},
		Picture: func(_ string, picture []byte) error {
			seed := order.Params.Seed + int64(*made)
			*made++
			if err := sink(lora.EngineEvent{Type: lora.EventPicture, Picture: &lora.MadePicture{Data: picture, Seed: &seed}}); err != nil {
				return sinkError{err}
			}
			return nil
		},
	}
}

// abandon takes a job back, or leaves it to itself where it runs already.
func (s *sdcpp) abandon(ctx context.Context, id string) error {
	failed := asFailure(ctx, ctx.Err())
	if err := s.cancel(ctx, id); hasStatus(err, http.StatusConflict) {
		failed.Message += " The engine cannot stop a picture it has begun: it finishes it, and the result is dropped."
	}
	return failed
}

func (s *sdcpp) cancel(ctx context.Context, id string) error {
	if leaves(ctx) {
		return nil
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
	defer stop()
	return s.json(ctx, call{Method: http.MethodPost, Path: "/sdcpp/v1/jobs/" + id + "/cancel", Body: struct{}{}}, nil)
}
