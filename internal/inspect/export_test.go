package inspect

import "loramanager/internal/lora"

// Without returns an Inspect that works as if one row were missing from the base table.
func Without(id string) func(h *lora.Header, o Options) *lora.Report {
	var rows []base
	for _, b := range allBases() {
		if b.id != id {
			rows = append(rows, b)
		}
	}
	t := buildTable(rows)
	return func(h *lora.Header, o Options) *lora.Report { return inspect(t, h, o) }
}
