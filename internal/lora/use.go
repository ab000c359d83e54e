package lora

// Use is one adapter as a prompt, a composition or a job uses it. It can say all that
// any known engine can do with an adapter; what one engine cannot express is reported
// when the prompt is written for it.
type Use struct {
	// AdapterID is the record in the catalog; empty when only a name is known.
	AdapterID string `json:"adapter_id,omitempty"`
	// Name is how the prompt calls the adapter: its name, file stem, alias or path.
	Name string `json:"name"`
	// Weight applies to the backbone (UNet or transformer), and to the text encoders
	// where TextEncoder does not say otherwise.
	Weight float64 `json:"weight"`
	// TextEncoder is the weight for all text encoders (one value) or for each in order.
	TextEncoder []float64 `json:"text_encoder,omitempty"`
	// Blocks are factors by block name (IN01, MID, OUT05, D00, ... and the thirds in,
	// mid, out), each multiplied with Weight.
	Blocks map[string]float64 `json:"blocks,omitempty"`
	// Preset names a block preset of lora-block-weight instead of Blocks, or holds a list
	// with random or dynamic entries that Blocks cannot hold.
	Preset string `json:"preset,omitempty"`
	// Elements narrows block weights to kinds of layers, as lora-block-weight's lbwe does:
	// the name of a setting or the setting itself.
	Elements string `json:"elements,omitempty"`
	// Schedule changes Weight over the steps, in rising order of At.
	Schedule []ScheduledWeight `json:"schedule,omitempty"`
	// Start and Stop are the first and last step the adapter takes part in; 0 is open.
	Start int `json:"start,omitempty"`
	Stop  int `json:"stop,omitempty"`
	// Sections confine the adapter to parts of a run: base, refiner, video, ...
	Sections []string `json:"sections,omitempty"`
	// RankCap cuts the adapter to this rank; 0 keeps all of it.
	RankCap int `json:"rank_cap,omitempty"`
	// Expert confines it to one expert of a two-expert model: high or low (noise).
	Expert string `json:"expert,omitempty"`
	// Module names the part of the model it is loaded into, where an engine asks.
	Module string `json:"module,omitempty"`
	// Triggers are the trigger words put into the prompt with it, in order.
	Triggers []string `json:"triggers,omitempty"`
}

// ScheduledWeight is a weight from a moment on. At is a fraction of all steps when it is
// at most 1, a step otherwise.
type ScheduledWeight struct {
	At     float64 `json:"at"`
	Weight float64 `json:"weight"`
}
