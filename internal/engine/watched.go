package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// errEnded ends what a driver still reports after its run.
var errEnded = errors.New("the run has ended")

// watched stands between a driver and the sink of a run.
type watched struct {
	sink     lora.EngineSink
	order    Order
	stop     context.CancelCauseFunc
	alarm    *time.Timer // rings when there are no news; nil when nobody listens
	patience time.Duration

	mu       sync.Mutex
	refused  error // of the sink
	ended    bool
	fraction float64
	step     int
	pictures int
	resized  bool
}

// take is the sink the driver sees. It may be called by several goroutines.
func (w *watched) take(e lora.EngineEvent) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return errEnded
	}
	switch e.Type {
	case lora.EventProgress:
		if w.advances(&e) {
			w.heard()
		}
	case lora.EventPicture:
		w.heard()
		w.pictures++
		if w.pictures > picturesAsked(w.order.Params) {
			return nil // finish says so
		}
		if err := w.pass(e); err != nil {
			return err
		}
		return w.measure(e.Picture)
	case lora.EventSubmitted, lora.EventQueued, lora.EventWarning:
		w.heard()
	case lora.EventPreview: // may be the same again
	}
	return w.pass(e)
}

// heard puts the alarm off.
func (w *watched) heard() {
	if w.alarm != nil {
		w.alarm.Reset(w.patience)
	}
}

// pass hands an event on. An error of the sink stops the run for good.
func (w *watched) pass(e lora.EngineEvent) error {
	if w.refused != nil {
		return w.refused
	}
	if err := w.sink(e); err != nil {
		w.refused = err
		w.stop(err)
		return err
	}
	return nil
}

// advances keeps progress within 0 and 1 and from going back, and reports whether it went
// on.
func (w *watched) advances(e *lora.EngineEvent) bool {
	on := e.Step != w.step
	w.step = e.Step
	if e.ETA != nil && !(*e.ETA >= 0 && *e.ETA <= maxTimeoutSeconds) {
		e.ETA = nil
	}
	if e.Fraction == nil {
		return on
	}
	if f := *e.Fraction; f > w.fraction { // false for NaN
		w.fraction, on = min(f, 1), true
	}
	fraction := w.fraction
	e.Fraction = &fraction
	return on
}

// measure compares the size of a picture with what was asked, once per run.
func (w *watched) measure(p *lora.MadePicture) error {
	if w.resized || w.order.Params.Workflow != "" {
		return nil
	}
	_, width, height, err := guard.MeasurePicture(bytes.NewReader(p.Data))
	wantWidth, wantHeight := sizeAsked(w.order.Params)
	if err != nil || width == wantWidth && height == wantHeight {
		return nil //nolint:nilerr // who keeps the picture says what is wrong with it
	}
	w.resized = true
	return w.pass(warning(warnSizeRounded, "Asked for %d x %d pixels, the engine made %d x %d.", wantWidth, wantHeight, width, height))
}

func warning(code, format string, args ...any) lora.EngineEvent {
	return lora.EngineEvent{Type: lora.EventWarning, Code: code, Message: fmt.Sprintf(format, args...)}
}

// finish ends the taking of events. It returns whether there are fewer pictures than
// asked, and the error of the sink, if any. Of a run that ended well it says what is
// wrong with the number of pictures.
func (w *watched) finish(well bool) (short bool, refused error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	asked := picturesAsked(w.order.Params)
	short = w.pictures < asked
	if !well || w.pictures == 0 || w.refused != nil {
		return short, w.refused
	}
	switch {
	case short:
		_ = w.pass(warning(warnFewerPictures, "Asked for %d pictures, the engine made %d.", asked, w.pictures))
	case w.pictures > asked:
		_ = w.pass(warning(warnMorePictures, "Asked for %d pictures, the engine sent %d; the last ones were left out.", asked, w.pictures))
	}
	return short, w.refused
}
