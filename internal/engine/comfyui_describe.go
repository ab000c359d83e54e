package engine

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// maxComfyImages bounds the pictures of one graph: each adds nodes to it, all of which
// every progress message of the server lists.
const maxComfyImages = 256

// comfySlots keeps one job waiting in the engine's own queue, so that it never idles.
const comfySlots = 2

// Describe implements Driver.
func (c *comfyUI) Describe(ctx context.Context) (Description, error) {
	var stats struct {
		System struct {
			Version string   `json:"comfyui_version"`
			Argv    []string `json:"argv"`
		} `json:"system"`
	}
	if err := c.ask(ctx, call{Path: "/system_stats"}, &stats); err != nil {
		return Description{}, err
	}
	lists, err := c.readLists(ctx)
	if err != nil {
		return Description{}, err
	}
	if len(lists.Samplers) == 0 {
		return Description{}, failure(lora.EngineProtocol, nil, "What answers at the engine's address lists no samplers as ComfyUI does. Check the kind and the URL in its settings.")
	}
	d := Description{Capabilities: lists.capabilities()}
	d.Capabilities.Product = strings.TrimSpace("ComfyUI " + clip(stats.System.Version))
	d.Capabilities.Previews, d.Notes = previews(stats.System.Argv)
	for _, name := range lists.LoRAs {
		d.LoRAs = append(d.LoRAs, Handle{Name: name, Path: strings.ReplaceAll(name, `\`, "/")})
	}
	if d.Capabilities.Workflows, err = c.workflowNames(ctx); err != nil {
		return Description{}, err
	}
	return d, nil
}

// previews tells whether the server was started with previews on, which it says itself.
func previews(argv []string) (lora.Known[bool], []string) {
	if len(argv) == 0 {
		return known(false, lora.Unknown), nil
	}
	for i, arg := range argv {
		method, joined := strings.CutPrefix(arg, "--preview-method=")
		if arg == "--preview-method" && i+1 < len(argv) {
			method, joined = argv[i+1], true
		}
		if joined && method != "none" {
			return reported(true), nil
		}
	}
	return reported(false), []string{"ComfyUI sends no previews. Start it with --preview-method auto to see pictures while they are made."}
}

func (c *comfyUI) workflowNames(ctx context.Context) (lora.Known[[]string], error) {
	names := []string{}
	if c.workflows == nil {
		return fixed(names), nil
	}
	kept, err := c.workflows.Workflows(ctx)
	if err != nil {
		return lora.Known[[]string]{}, failure(lora.EngineFailed, err, "The workflows kept here cannot be read. Look at the server's log.")
	}
	for _, workflow := range kept {
		names = append(names, workflow.Name)
	}
	return reported(names), nil // not fixed: users add some at any time
}

func (l *comfyLists) capabilities() lora.Capabilities {
	preprocessors := []string{}
	if l.HasCanny {
		preprocessors = append(preprocessors, "Canny")
	}
	modes := []string{modeText, modeImage, modeInpaint, modeHires, modeUpscale}
	if len(l.Controls) > 0 {
		modes = append(modes, modeControl)
	}
	return lora.Capabilities{
		Modes:         fixed(modes),
		Samplers:      reported(l.Samplers),
		Schedulers:    reported(l.Schedulers),
		Models:        reported(l.Models),
		CurrentModel:  known("", lora.Unknown),
		VAEs:          reported(l.VAEs),
		Upscalers:     reported(l.upscalers()),
		ControlModels: reported(l.Controls),
		Preprocessors: known(preprocessors, lora.Unknown), // any node that takes an image will do,

		MaxImages:       fixed(maxComfyImages),
		SizeGranularity: fixed(comfySizeStep),

		LoRAs:         reported(len(l.LoRAs)),
		LoRAFeatures:  fixed([]string{"text_encoder", "repeat"}),
		Dialect:       fixed("comfyui"),
		Progress:      fixed("percent"),
		ProgressScope: fixed("job"),
		CancelRunning: fixed("job"),
		CancelQueued:  fixed(true),
		Resumable:     fixed(true),
		SwitchesModel: fixed(true),
		ResultFormat:  fixed("png"),
		Slots:         fixed(comfySlots),
	}
}

// view is the path of a picture the server has kept.
func (f comfyFile) view() call {
	return call{Path: "/view", Query: url.Values{"filename": {f.Filename}, "subfolder": {f.Subfolder}, "type": {f.Type}}}
}

// choices are the values an input of the class may have.
func (c comfyClass) choices(input string) []string {
	if in, ok := c.Input.Required[input]; ok {
		return slices.Clone(in.Choices)
	}
	return slices.Clone(c.Input.Optional[input].Choices)
}
