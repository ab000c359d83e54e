package jobs

import (
	"errors"
	"fmt"
	"math"
	"time"

	"loramanager/internal/lora"
)

// The pace at which news of one job is passed on.
const (
	progressEvery = 250 * time.Millisecond
	previewEvery  = 500 * time.Millisecond
)

// The most that one job is believed to say.
const (
	maxWarnings    = 50
	maxMessage     = 500      // bytes
	maxInfotext    = 64 << 10 // bytes
	extraPictures  = 16       // beyond those asked for: control maps, grids
	maxStepCounted = 1_000_000
)

var errClosed = errors.New("the job is no longer followed")

// sink takes the news of a run. Engines call it one at a time.
func (r *run) sink(e lora.EngineEvent) error {
	r.mu.Lock()
	closed := r.closed
	r.mu.Unlock()
	if closed {
		return errClosed
	}
	err := r.take(e)
	if err != nil {
		r.mu.Lock()
		r.failure = err
		r.mu.Unlock()
	}
	return err
}

func (r *run) take(e lora.EngineEvent) error {
	switch e.Type {
	case lora.EventSubmitted:
		return r.submitted(e.Handle)
	case lora.EventQueued:
		r.note(lora.EngineEvent{Message: fmt.Sprintf("Waiting in the queue of %s, place %d.", r.job.Engine, e.Position)})
	case lora.EventProgress:
		r.note(e)
	case lora.EventPreview:
		r.preview(e.Preview)
	case lora.EventPicture:
		return r.picture(e.Picture)
	case lora.EventWarning:
		r.warn(e.Code, e.Message)
	}
	return nil
}

// submitted makes durable that the engine is asked from now on, before it is.
func (r *run) submitted(handle string) error {
	r.jobs.Failpoint("submitted.before")
	if err := r.jobs.Leases.SubmitJob(r.ctx, r.job.ID, r.job.Token, handle); err != nil {
		return r.unwritten(err)
	}
	r.jobs.Failpoint("submitted.after")
	r.asked.Store(true)
	if handle != "" {
		r.handle.Store(&handle)
	}
	return nil
}

// unwritten is the error for a write that failed: the lease is lost or the database is
// away.
func (r *run) unwritten(err error) error {
	if lora.CodeOf(err) == lora.Conflict {
		r.lose()
		return errLost
	}
	return &lora.EngineError{Class: lora.JobStorage, Message: "The state of the job could not be written. It is tried again; if it keeps failing, look at the database.", Err: err}
}

// note keeps progress, which never falls, and announces it now and then. The rest goes
// out with the next sign of life.
func (r *run) note(e lora.EngineEvent) {
	r.mu.Lock()
	b := &r.beat
	if f := e.Fraction; f != nil && *f > b.Progress {
		b.Progress = min(*f, 1)
	}
	if e.Steps > 0 && e.Steps <= maxStepCounted {
		b.Step, b.Steps = max(0, min(e.Step, e.Steps)), e.Steps
	}
	if e.ETA == nil || (*e.ETA >= 0 && !math.IsInf(*e.ETA, 1)) {
		b.ETA = e.ETA
	}
	if e.Message != "" {
		b.Message = clip(e.Message, maxMessage)
	}
	beat, now := *b, time.Now()
	r.untold = now.Sub(r.told) < progressEvery
	if !r.untold {
		r.told = now
	}
	tell := !r.untold
	r.mu.Unlock()
	if tell {
		r.jobs.announceProgress(r.job, beat, nil)
	}
}

// preview passes a preview on. One that is no picture is no reason to stop.
func (r *run) preview(picture []byte) {
	r.mu.Lock()
	now := time.Now()
	due := now.Sub(r.previewed) >= previewEvery
	if due {
		r.previewed = now
	}
	beat := r.beat
	r.mu.Unlock()
	if !due {
		return
	}
	small, err := r.jobs.Gallery.Preview(r.ctx, picture)
	if err != nil {
		r.jobs.Logger.Debug("a preview could not be shown", "job", r.job.ID, "error", err)
		return
	}
	r.jobs.announceProgress(r.job, beat, small)
}

// picture keeps a picture.
func (r *run) picture(made *lora.MadePicture) error {
	r.mu.Lock()
	index, params := len(r.images), r.params
	r.mu.Unlock()
	asked := params.BatchSize * params.NIter
	if made == nil || index >= 2*asked+extraPictures {
		return &lora.EngineError{Class: lora.EngineProtocol, Message: fmt.Sprintf("%s sent more pictures than it was asked for: %d were ordered.", r.job.Engine, asked)}
	}
	r.jobs.Failpoint("picture.before")
	image, err := r.jobs.Gallery.Keep(r.ctx, r.job.ID, made.Data, Note{Job: r.job, Params: params, Uses: r.uses, Seed: made.Seed, Index: index})
	if err != nil {
		return r.unkept(err)
	}
	r.jobs.Failpoint("picture.kept")
	image.Index = index
	if image.Seed == nil {
		image.Seed = made.Seed
	}
	if image.Infotext == "" {
		image.Infotext = clip(made.Infotext, maxInfotext)
	}
	r.mu.Lock()
	r.images = append(r.images, image)
	r.mu.Unlock()
	return nil
}

// unkept tells a picture that is none, which is the engine's fault, from a disk that is
// full, which is ours.
func (r *run) unkept(err error) error {
	switch lora.CodeOf(err) {
	case lora.Invalid, lora.TooLarge:
		return &lora.EngineError{Class: lora.EngineProtocol, Message: fmt.Sprintf("%s sent something that is no usable picture: %s", r.job.Engine, sentenceOf(err)), Err: err}
	case lora.StorageFull:
		return &lora.EngineError{Class: lora.JobStorage, Message: "There is no room left for the picture. Make room, then retry the job.", Err: err}
	}
	return &lora.EngineError{Class: lora.JobStorage, Message: "The picture could not be kept: " + sentenceOf(err), Err: err}
}

func (r *run) warn(code, message string) {
	r.mu.Lock()
	if len(r.warnings) < maxWarnings {
		r.warnings = append(r.warnings, Warning{Code: code, Message: clip(message, maxMessage)})
	}
	r.mu.Unlock()
	r.note(lora.EngineEvent{Message: message})
}

// sentenceOf is what a user may read of an error.
func sentenceOf(err error) string {
	var e *lora.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "an unexpected error, which the log names."
}

// clip cuts a text to at most cut bytes and an ellipsis.
func clip(s string, cut int) string {
	if len(s) <= cut {
		return s
	}
	for cut > 0 && s[cut]&0xc0 == 0x80 { // not inside a character
		cut--
	}
	return s[:cut] + "…"
}
