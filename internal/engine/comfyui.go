package engine

import (
	"context"
	"sync"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// comfyUI is the driver of ComfyUI. A generation becomes a graph of ComfyUI's nodes, or a
// graph of the user's with the values of the generation put in. Its id is chosen by us,
// so it can be kept before the graph is sent and asked for after a restart.
type comfyUI struct {
	*transport
	workflows Workflows

	mu      sync.Mutex
	lists   *comfyLists
	learned time.Time
}

// Workflows are the ComfyUI graphs users keep.
type Workflows interface {
	Workflows(ctx context.Context) ([]lora.Workflow, error)
}

// newComfyUI returns the driver. Without workflows it knows none.
func newComfyUI(cfg lora.EngineConfig, t tools) (*comfyUI, error) {
	wire, err := newTransport(cfg, t.limits)
	if err != nil {
		return nil, err
	}
	return &comfyUI{transport: wire, workflows: t.workflows}, nil
}

// Close lets go of connections.
func (c *comfyUI) Close() error {
	c.close()
	return nil
}

// comfyListsAge is how long lists are good for building a graph. A name that was added
// since makes them be read again at once.
const comfyListsAge = time.Minute

// knownLists returns what the server offers, not older than comfyListsAge.
func (c *comfyUI) knownLists(ctx context.Context) (*comfyLists, error) {
	c.mu.Lock()
	lists := c.lists
	if time.Since(c.learned) > comfyListsAge {
		lists = nil
	}
	c.mu.Unlock()
	if lists != nil {
		return lists, nil
	}
	return c.readLists(ctx)
}

func (c *comfyUI) readLists(ctx context.Context) (*comfyLists, error) {
	lists := &comfyLists{}
	classes := map[string]comfyClass{}
	for _, choice := range comfyChoices {
		class, ok := classes[choice.class]
		if !ok {
			var err error
			if class, _, err = c.class(ctx, choice.class); err != nil {
				return nil, err
			}
			classes[choice.class] = class
		}
		*choice.list(lists) = class.choices(choice.input)
	}
	canny, err := c.hasClass(ctx, "Canny")
	if err != nil {
		return nil, err
	}
	lists.HasCanny = canny
	c.mu.Lock()
	c.lists, c.learned = lists, time.Now()
	c.mu.Unlock()
	return lists, nil
}

// class returns what the server says of one node class.
func (c *comfyUI) class(ctx context.Context, name string) (comfyClass, bool, error) {
	var all map[string]comfyClass
	if err := c.ask(ctx, call{Path: "/object_info/" + name}, &all); err != nil {
		return comfyClass{}, false, err
	}
	class, ok := all[name]
	return class, ok, nil
}

func (c *comfyUI) hasClass(ctx context.Context, name string) (bool, error) {
	_, ok, err := c.class(ctx, name)
	return ok, err
}

// askTimeout bounds every call that does not wait for a picture.
const askTimeout = 30 * time.Second

// ask is json for short calls.
func (c *comfyUI) ask(ctx context.Context, what call, v any) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return c.pictures(ctx, what, guard.JSONReply{Bytes: restBytes}, v)
}
