package jobs

import (
	"encoding/json"

	"loramanager/internal/lora"
)

// Params is the JSON object a generation is kept with. The first five members are wire
// contract; generation_params holds the prompt as it was typed and the seed as drawn.
type Params struct {
	GenerationParams lora.GenerationParams `json:"generation_params"`
	Mode             string                `json:"mode"`
	SaveImages       bool                  `json:"save_images"`
	ReturnFormat     string                `json:"return_format"`
	Backend          string                `json:"backend"`
	Dialect          string                `json:"dialect,omitempty"`
	Deliver          *Deliver              `json:"deliver,omitempty"`
}

// Deliver orders a delivery of the pictures as soon as the generation has succeeded.
type Deliver struct {
	Mode   string          `json:"mode"`
	Params json.RawMessage `json:"params,omitempty"` // an object, as for a delivery
}

// ParamsOf reads the params of a generation. What an older version left out has the
// contract's defaults; what cannot be read is left out.
func ParamsOf(job lora.Job) Params {
	p := Params{
		GenerationParams: DefaultParams(),
		Mode:             "immediate", SaveImages: true, ReturnFormat: "base64", Backend: job.Mode,
	}
	if err := json.Unmarshal(job.Params, &p); err != nil {
		p.GenerationParams.Prompt = job.Prompt
	}
	return p
}

// DefaultParams are the generation parameters a client gets who names none.
func DefaultParams() lora.GenerationParams {
	return lora.GenerationParams{
		Steps: 20, SamplerName: "DPM++ 2M", CFGScale: 7, Width: 512, Height: 512, Seed: -1, BatchSize: 1, NIter: 1,
	}
}
