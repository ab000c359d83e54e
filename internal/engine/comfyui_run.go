package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"loramanager/internal/lora"
	prompts "loramanager/internal/prompt"
)

// Run implements Driver.
func (c *comfyUI) Run(ctx context.Context, order Order, sink lora.EngineSink) error {
	prompt, err := c.prepare(ctx, order, sink)
	if err != nil {
		return err
	}
	if err := sink(lora.EngineEvent{Type: lora.EventSubmitted, Handle: prompt.id}); err != nil {
		return err
	}
	// The socket comes first, so that no event is missed.
	listening, stop := context.WithCancel(ctx)
	socket, wait := c.listen(listening, prompt.client)
	defer wait()
	defer stop()
	select {
	case <-socket.First:
	case <-ctx.Done():
		return asFailure(ctx, ctx.Err())
	}
	if err := c.queue(ctx, prompt, sink); err != nil {
		return err
	}
	return c.follow(ctx, prompt, socket, sink, false)
}

// comfyPrompt is a graph on its way.
type comfyPrompt struct {
	id       string // under which the server keeps it
	client   string // to whom its events go
	order    Order
	graph    comfyGraph
	warnings []lora.EngineEvent
}

// prepare uploads what the graph needs and builds it.
func (c *comfyUI) prepare(ctx context.Context, order Order, sink lora.EngineSink) (*comfyPrompt, error) {
	id := newUUID()
	prompt := &comfyPrompt{id: id, client: id, order: order}
	asked := picturesAsked(order.Params)
	if asked > maxComfyImages {
		return nil, failure(lora.EngineRefused, nil, "One job makes at most %d pictures with ComfyUI. Split it up.", maxComfyImages)
	}
	uploads, err := c.upload(ctx, order)
	if err != nil {
		return nil, err
	}
	if order.Params.Workflow != "" {
		err = c.fromWorkflow(ctx, prompt, uploads)
	} else {
		err = c.fromRequest(ctx, prompt, uploads)
	}
	if err != nil {
		return nil, err
	}
	prompt.graph.repeat(asked)
	for _, warning := range append(dropped(prompts.ComfyUI, order.LoRAs), prompt.warnings...) {
		if err := sink(warning); err != nil {
			return nil, err
		}
	}
	return prompt, nil
}

// fromRequest builds the graph of a request without a workflow. Where a name is not in
// the lists they are read again once: it may have been added since.
func (c *comfyUI) fromRequest(ctx context.Context, prompt *comfyPrompt, uploads comfyUploads) error {
	lists, err := c.knownLists(ctx)
	if err != nil {
		return err
	}
	classes, err := c.preprocessors(ctx, prompt.order.Params.Controls)
	if err != nil {
		return err
	}
	build := &comfyBuild{order: prompt.order, lists: lists, uploads: uploads, prefix: savePrefix(prompt.id), classes: classes}
	err = build.build()
	var failed *lora.EngineError
	if errors.As(err, &failed) && failed.Class == lora.EngineNotFound {
		if lists, err = c.readLists(ctx); err != nil {
			return err
		}
		build = &comfyBuild{order: prompt.order, lists: lists, uploads: uploads, prefix: savePrefix(prompt.id), classes: classes}
		err = build.build()
	}
	prompt.graph, prompt.warnings = build.graph, build.warnings
	return err
}

// preprocessors asks for the nodes that prepare control pictures.
func (c *comfyUI) preprocessors(ctx context.Context, units []lora.ControlUnit) (map[string]comfyClass, error) {
	classes := map[string]comfyClass{}
	for _, unit := range units {
		name := preprocessorClass(unit.Preprocessor)
		if name == "" {
			continue
		}
		class, ok, err := c.class(ctx, name)
		if err != nil {
			return nil, err
		}
		if ok {
			classes[name] = class
		}
	}
	return classes, nil
}

// savePrefix begins the names of the files ComfyUI saves. It differs from run to run:
// saving is then never served from ComfyUI's cache, which would name files that may have
// been deleted since.
func savePrefix(id string) string { return comfyFolder + "/" + id }

// queue sends the graph. When the answer is lost it looks whether the prompt arrived.
func (c *comfyUI) queue(ctx context.Context, prompt *comfyPrompt, sink lora.EngineSink) error {
	id, broken, err := c.submit(ctx, prompt.id, prompt.graph)
	var failed *lora.EngineError
	if errors.As(err, &failed) && (failed.Class == lora.EngineUnreachable || failed.Class == lora.EngineFailed || failed.Class == lora.EngineTimeout) {
		if ctx.Err() != nil {
			c.cancel(ctx, prompt.id)
			return asFailure(ctx, err)
		}
		if place, seen := c.placeOf(ctx, prompt.id); seen == nil && place != comfyNowhere {
			return nil
		}
		return err
	}
	if err != nil {
		return err
	}
	for _, node := range broken.ids() {
		for _, e := range broken[node].Errors {
			warning := lora.EngineEvent{Type: lora.EventWarning, Code: warnFewerPictures, Message: fmt.Sprintf("ComfyUI leaves out node %s (%s): %s", clip(node), clip(broken[node].Class), clip(e.Message+" "+e.Details))}
			if err := sink(warning); err != nil {
				return err
			}
		}
	}
	if id == prompt.id {
		return nil
	}
	prompt.id = id
	return sink(lora.EngineEvent{Type: lora.EventSubmitted, Handle: id})
}

// newUUID returns a random UUID of version 4 in its canonical form.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
