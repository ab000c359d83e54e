package inspect

import "loramanager/internal/lora"

// InspectWithout judges a file as if one row were missing from the base table.
func InspectWithout(id string, h *lora.Header, o Options) *lora.Report {
	var rows []base
	for _, b := range allBases() {
		if b.id != id {
			rows = append(rows, b)
		}
	}
	return inspect(buildTable(rows), h, o)
}
