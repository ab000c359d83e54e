package engine

import (
	"strings"

	"loramanager/internal/lora"
	"loramanager/internal/prompt"
)

// dropped tells in sentences what of the LoRAs an engine that takes them beside the text
// cannot express, going by what its dialect has no words for.
func dropped(dialect prompt.Dialect, loras []Applied) []lora.EngineEvent {
	parts := make([]prompt.Part, 0, len(loras))
	for _, applied := range loras {
		use := applied.Use
		// Handles go beside the text, where every name can be written.
		use.Name = strings.NewReplacer(":", " ", ">", " ", "|", " ").Replace(use.Name)
		parts = append(parts, prompt.Part{Kind: prompt.Tag, Use: use})
	}
	var events []lora.EngineEvent
	for _, lost := range prompt.Print(dialect, prompt.Prompt{Parts: parts}).Dropped {
		events = append(events, warning(warnNotExpressed, "%s", lost.Message))
	}
	return events
}
