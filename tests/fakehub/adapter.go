package fakehub

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"
)

// Adapter makes a small, sound safetensors file: a LoRA of rank 4 for SDXL. seed makes its
// tensors its own, pad is how many bytes they have besides.
func Adapter(seed byte, pad int) []byte {
	header := map[string]any{"__metadata__": map[string]string{"ss_base_model_version": "sdxl_base_v1-0", "ss_network_module": "networks.lora", "ss_network_dim": "4", "ss_network_alpha": "4", "ss_output_name": fmt.Sprintf("fake %d", seed)}}
	at := 0
	add := func(name string, shape ...int) {
		bytes := 2
		for _, n := range shape {
			bytes *= n
		}
		header[name] = map[string]any{"dtype": "F16", "shape": shape, "data_offsets": []int{at, at + bytes}}
		at += bytes
	}
	for _, block := range []struct {
		name  string
		width int
	}{
		{"input_blocks_4_1_transformer_blocks_1", 640}, {"input_blocks_8_1_transformer_blocks_9", 1280},
		{"middle_block_1_transformer_blocks_9", 1280}, {"output_blocks_0_1_transformer_blocks_9", 1280},
	} {
		module := "lora_unet_" + block.name + "_attn2_to_k"
		add(module+".lora_down.weight", 4, 2048)
		add(module+".lora_up.weight", block.width, 4)
	}
	if pad > 0 {
		add("lora_unet_input_blocks_4_1_proj_in.lora_down.weight", 4, pad/8)
		add("lora_unet_input_blocks_4_1_proj_in.lora_up.weight", pad/8, 4)
	}
	text, err := json.Marshal(header)
	if err != nil {
		panic(err) // texts and numbers always marshal
	}
	data := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	data = append(data, text...)
	tensors := make([]byte, at)
	for i := range tensors {
		tensors[i] = byte(i)*7 + seed
	}
	return append(data, tensors...)
}

// Sample is content to try the hubs with: a model with two versions, one for another base
// model, one that only the archive knows, one whose author lets nobody download it, and a
// repository.
func Sample() ([]Model, []Repo) {
	day := func(n int) time.Time { return time.Date(2026, 1, n, 12, 0, 0, 0, time.UTC) }
	models := []Model{
		{ID: 1001, Name: "Ink Wash", Creator: "mika", Tags: []string{"style", "ink"}, HTML: `<p>Brush strokes.</p><script>alert(1)</script>`, Versions: []Version{
			{ID: 5003, Name: "v3", BaseModel: "Illustrious", Words: []string{"inkwash"}, Published: day(20), Files: []File{{Name: "ink_wash_v3.safetensors", Data: Adapter(3, 0)}}},
			{ID: 5002, Name: "v2", BaseModel: "SDXL 1.0", Words: []string{"ink wash", "brush", "a scroll"}, Published: day(10), Files: []File{{Name: "ink_wash_v2.safetensors", Data: Adapter(2, 0)}}},
			{ID: 5001, Name: "v1", BaseModel: "SDXL 1.0", Words: []string{"ink wash", "brush"}, Published: day(1), Files: []File{{Name: "ink_wash_v1.safetensors", Data: Adapter(1, 0)}}},
		}},
		{ID: 1002, Name: "Forgotten", Creator: "ari", Archived: true, Versions: []Version{
			{ID: 5011, Name: "only", BaseModel: "SDXL 1.0", Words: []string{"forgotten"}, Published: day(2), Files: []File{{Name: "forgotten.safetensors", Data: Adapter(11, 0)}}},
		}},
		{ID: 1003, Name: "Look Only", Creator: "mika", Versions: []Version{
			{ID: 5021, Name: "v1", BaseModel: "SDXL 1.0", Published: day(3), Usage: "Generation", Files: []File{{Name: "look_only.safetensors", Data: Adapter(21, 0)}}},
		}},
	}
	repos := []Repo{{ID: "mika/paper-cut", Base: "stabilityai/stable-diffusion-xl-base-1.0", Words: "papercut", Files: []File{
		{Name: "pytorch_lora_weights.safetensors", Data: Adapter(31, 0)}, {Name: "extra/second.safetensors", Data: Adapter(32, 0)},
	}}}
	return models, repos
}
