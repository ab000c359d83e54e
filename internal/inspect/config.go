package inspect

import (
	"encoding/json"

	"loramanager/internal/lora"
)

// adapterConfig is what matters of PEFT's adapter_config.json.
type adapterConfig struct {
	Type         string          `json:"peft_type"`
	Base         string          `json:"base_model_name_or_path"`
	Rank         int64           `json:"r"`
	Alpha        float64         `json:"lora_alpha"`
	RSLoRA       bool            `json:"use_rslora"`
	DoRA         bool            `json:"use_dora"`
	RankPattern  map[string]any  `json:"rank_pattern"`
	AlphaPattern map[string]any  `json:"alpha_pattern"`
	Targets      json.RawMessage `json:"target_modules"`
}

const maxConfig = 1 << 20

func parseAdapterConfig(data []byte) (*adapterConfig, []lora.Finding) {
	if len(data) == 0 {
		return nil, nil
	}
	var cfg adapterConfig
	if len(data) > maxConfig || json.Unmarshal(data, &cfg) != nil {
		return nil, []lora.Finding{{
			Code: "bad_adapter_config", Severity: lora.Warning, Subject: "adapter_config.json",
			Message: "The adapter_config.json beside this file is not readable, so its alpha and options are unknown.",
			Advice:  "Download adapter_config.json again from where the adapter came from.",
		}}
	}
	var out []lora.Finding
	if cfg.RSLoRA {
		out = append(out, lora.Finding{
			Code: "rslora", Severity: lora.Info, Subject: "adapter_config.json",
			Message: "This adapter uses rank-stabilised scaling (alpha divided by the square root of the rank).",
			Advice:  "Tools that ignore adapter_config.json apply it too weakly; raise its weight by the square root of the rank there.",
		})
	}
	if len(cfg.AlphaPattern) > 0 {
		out = append(out, lora.Finding{
			Code: "alpha_pattern", Severity: lora.Info, Subject: "adapter_config.json",
			Message: "Some modules have an alpha of their own in adapter_config.json.",
			Advice:  "Keep adapter_config.json beside the file; the alpha shown here is the one for all other modules.",
		})
	}
	return &cfg, out
}
