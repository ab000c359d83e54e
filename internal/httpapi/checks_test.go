package httpapi

import (
	"encoding/json"
	"testing"

	"loramanager/internal/lora"
)

func TestValuesThatCannotBeAreRefusedWithTheirPlace(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 2)
	id := h.list("").Items[0].ID
	h.do("PATCH", "/adapters/"+id, `{"weight_min":0.4,"weight_max":0.9}`, 200, nil)
	for _, c := range []struct{ name, method, path, body, location string }{
		{"a lowest weight above the highest", "PATCH", "/adapters/" + id, `{"weight_min":1.2}`, "body.weight_min"},
		{"a highest weight below the lowest", "PATCH", "/adapters/" + id, `{"weight_max":0.1}`, "body.weight_max"},
		{"both at once", "PATCH", "/adapters/" + id, `{"weight_min":2,"weight_max":1}`, "body.weight_max"},
		{"a base model nobody knows", "PATCH", "/adapters/" + id, `{"base_model":"sdxxl"}`, "body.base_model"},
		{"a base model by another tool's name", "PATCH", "/adapters/" + id, `{"base_model":"SDXL 1.0"}`, "body.base_model"},
		{"no base model", "PATCH", "/adapters/" + id, `{"base_model":""}`, "body.base_model"},
		{"a base model nobody knows for many", "POST", "/adapters/bulk", `{"action":"set_base_model","lora_ids":["` + id + `"],"params":{"base_model":"sdxxl"}}`, "body.params.base_model"},
		{"an order that does not exist", "POST", "/searches", `{"name":"a","q":"b","sort":"colour"}`, "body.sort"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := h.fails(c.method, c.path, c.body, 422, lora.Invalid)
			if len(p.Errors) != 1 || p.Errors[0].Location != c.location {
				t.Errorf("%+v, want one at %s", p.Errors, c.location)
			}
		})
	}
	for _, fits := range []string{
		`{"weight_min":0.9}`, `{"weight_max":null}`, `{"weight_min":7}`, `{"base_model":"unknown"}`, `{"base_model":"flux1"}`, `{"base_model":null}`,
	} {
		h.do("PATCH", "/adapters/"+id, json.RawMessage(fits), 200, nil)
	}
}
