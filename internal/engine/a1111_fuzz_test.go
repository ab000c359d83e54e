package engine

import (
	"bytes"
	"testing"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

func FuzzA1111Reply(f *testing.F) {
	for _, seed := range []string{
		`{"images":["iVBORw0KGgo="],"parameters":{},"info":"{\"all_seeds\":[1],\"infotexts\":[\"a\"],\"extra_generation_params\":{\"LoRA networks\":\"a\"}}"}`,
		`{"images":["data:image/png;base64,QQ=="],"info":{"all_seeds":[1.5],"infotexts":"x"}}`,
		`{"images":[],"info":""}`, `{"images":null,"info":null}`, `{"info":"a cat\nSteps: 4"}`, `{"image":"QQ=="}`,
	} {
		f.Add([]byte(seed))
	}
	order := Order{LoRAs: []Applied{{
		ResolvedUse: lora.ResolvedUse{Use: lora.Use{Name: "a", Weight: 1}},
		Handle:      Handle{Name: "a", Path: "/x/a.safetensors", Aliases: []string{"b"}},
	}}}
	f.Fuzz(func(t *testing.T, data []byte) {
		reply := &a1111Reply{asked: 2}
		format := guard.JSONReply{Bytes: 1 << 16, Pictures: 4, PictureBytes: 1 << 10, PictureKeys: []string{"images"}, Drop: []string{"parameters"}, Picture: reply.take}
		if format.Decode(bytes.NewReader(data), reply) != nil {
			return
		}
		if len(reply.pictures) > reply.asked {
			t.Errorf("%d pictures were kept", len(reply.pictures))
		}
		info := readInfo(reply.Info)
		if info.seed(0, 7) == nil || info.seed(5, 7) == nil {
			t.Error("a picture has no seed")
		}
		_, _ = info.text(0), info.missing(order.LoRAs)
		_ = errorText(data)
	})
}
