package lora_test

import (
	"encoding/json"
	"testing"

	"loramanager/internal/lora"
)

func TestAnEntryIsEnabledUnlessItSaysOtherwise(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`{"name":"style","weight":0.5}`:                 true,
		`{"name":"style","weight":0.5,"enabled":true}`:  true,
		`{"name":"style","weight":0.5,"enabled":false}`: false,
	} {
		var c lora.Composed
		if err := json.Unmarshal([]byte(text), &c); err != nil || c.Enabled != want || c.Name != "style" || c.Weight != 0.5 {
			t.Errorf("%s: %+v, %v", text, c, err)
		}
	}
	if err := json.Unmarshal([]byte(`{"weight":"heavy"}`), &lora.Composed{}); err == nil {
		t.Error("a weight that is no number is taken")
	}
}
