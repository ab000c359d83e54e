package engine

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Run implements Driver. The engine holds the connection until the pictures are made;
// meanwhile the progress is polled. Cancelling ctx interrupts the engine and waits a
// little until it has stopped.
func (a *a1111) Run(ctx context.Context, order Order, sink lora.EngineSink) error {
	task := "task(" + strings.ToLower(rand.Text()) + ")"
	path, request, lost, err := a.request(order, task)
	if err != nil {
		return err
	}
	for _, sentence := range lost {
		if err := sink(warning(warnNotExpressed, "%s", sentence)); err != nil {
			return err
		}
	}
	if err := a.loadModel(ctx, path, request.Model); err != nil {
		return err
	}
	if err := sink(lora.EngineEvent{Type: lora.EventSubmitted}); err != nil {
		return err
	}
	reply, err := a.generate(ctx, path, request, order, sink)
	if err != nil {
		return err
	}
	return a.hand(ctx, reply, order, sink)
}

// loadModel makes SD.Next load the model of a control job, whose request has no place
// for it.
func (a *a1111) loadModel(ctx context.Context, path, model string) error {
	if !strings.HasSuffix(path, "/control") || model == "" {
		return nil
	}
	var answer struct {
		OK *bool `json:"ok"`
	}
	err := a.json(ctx, call{Method: http.MethodPost, Path: "/sdapi/v1/checkpoint", Query: url.Values{"sd_model_checkpoint": {model}}}, &answer)
	if err == nil && answer.OK != nil && !*answer.OK {
		return failure(lora.EngineNotFound, nil, "The engine could not load the model %q.", guard.DisplayName(model))
	}
	return err
}

// generate makes the call beside the polling of the progress and returns what came.
func (a *a1111) generate(ctx context.Context, path string, request a1111Request, order Order, sink lora.EngineSink) (*a1111Reply, error) {
	// The call outlives ctx for the moment it takes to interrupt the engine: a dropped
	// connection stops nothing there.
	calling, drop := context.WithCancel(context.WithoutCancel(ctx))
	defer drop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watching, enough := context.WithCancel(ctx)
	progress := a.watch(watching, request.ForceTaskID, sink, cancel)
	var reply *a1111Reply
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		reply, err = a.call(calling, path, request, order)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		a.interrupt(ctx, progress)
		settle := time.NewTimer(settleWithin)
		select {
		case <-done:
		case <-settle.C:
			drop()
			<-done
		}
		settle.Stop()
	}
	enough()
	<-progress.done
	switch {
	case progress.refused != nil:
		return nil, progress.refused
	case ctx.Err() != nil:
		return nil, ended(ctx, err)
	}
	return reply, err
}

// call posts the request and reads the pictures as they come.
func (a *a1111) call(ctx context.Context, path string, request a1111Request, order Order) (*a1111Reply, error) {
	reply := &a1111Reply{asked: picturesAsked(order.Params)}
	format := guard.JSONReply{
		Bytes: restBytes, Pictures: expectedPictures(order.Params), PictureBytes: a.pictureBytes(order.Params),
		PictureKeys: []string{"images"}, Drop: []string{"parameters", "params", "processed"},
		Picture: reply.take,
	}
	err := a.pictures(ctx, call{Method: http.MethodPost, Path: path, Body: request}, format, reply)
	if hasStatus(err, http.StatusNotFound) && strings.HasSuffix(sentence(err), "Not Found") {
		return nil, failure(lora.EngineNotFound, err, "The engine's API is not there. Start it with --api, and check the URL.")
	}
	return reply, err
}

// pictureBytes bounds one picture: twice what its pixels take without compression, so
// that sizes the engine rounds up pass as well.
func (a *a1111) pictureBytes(p lora.GenerationParams) int64 {
	width, height := sizeAsked(p)
	const slack = 1 << 20
	return min(a.limits.PictureBytes, int64(width)*int64(height)*8+slack)
}

// interrupt stops the engine, unless our task still waits behind that of somebody else.
func (a *a1111) interrupt(ctx context.Context, progress *a1111Progress) {
	if progress.waiting.Load() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), interruptWithin)
	defer cancel()
	_ = a.json(ctx, call{Method: http.MethodPost, Path: "/sdapi/v1/interrupt"}, nil) // there is nothing else to be done
}

// hand gives the pictures to the sink, enlarged where that was asked for, and compares
// the LoRAs the engine reports with those it was given.
func (a *a1111) hand(ctx context.Context, reply *a1111Reply, order Order, sink lora.EngineSink) error {
	facts := readInfo(reply.Info)
	for i, data := range reply.pictures {
		if order.Params.Upscale != nil {
			var err error
			if data, err = a.upscale(ctx, data, order.Params); err != nil {
				return err
			}
		}
		made := &lora.MadePicture{Data: data, Seed: facts.seed(i, order.Params.Seed), Infotext: facts.text(i)}
		reply.pictures[i] = nil // so that it is not held longer than needed
		if err := sink(lora.EngineEvent{Type: lora.EventPicture, Picture: made}); err != nil {
			return err
		}
	}
	if len(reply.pictures) == 0 {
		return nil // the registry says so
	}
	if names := facts.missing(order.LoRAs); len(names) > 0 {
		return sink(warning(warnLoRAsMissed, "The engine does not confirm that it used %s. It may not fit the model; look at the engine's own console.", strings.Join(names, ", ")))
	}
	return nil
}

// upscale enlarges a finished picture.
func (a *a1111) upscale(ctx context.Context, picture []byte, p lora.GenerationParams) ([]byte, error) {
	upscaler := p.Upscale.Upscaler
	if lists := a.lists.Load(); lists != nil {
		if name, ok := offered(lists.upscalers.Value, upscaler); ok {
			upscaler = name
		}
	}
	body := map[string]any{
		"image": encodeBase64(picture), "upscaler_1": upscaler, "upscaling_resize": p.Upscale.Scale, "resize_mode": 0,
	}
	var larger []byte
	format := guard.JSONReply{
		Bytes: restBytes, Pictures: 1, PictureBytes: a.pictureBytes(p), PictureKeys: []string{"image"},
		Picture: func(_ string, data []byte) error { larger = data; return nil },
	}
	var rest json.RawMessage
	if err := a.pictures(ctx, call{Method: http.MethodPost, Path: "/sdapi/v1/extra-single-image", Body: body}, format, &rest); err != nil {
		return nil, err
	}
	if len(larger) == 0 {
		return nil, failure(lora.EngineEmpty, nil, "The engine made the picture but did not enlarge it. Check the upscaler.")
	}
	return larger, nil
}
