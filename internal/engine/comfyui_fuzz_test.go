package engine

import (
	"encoding/binary"
	"testing"
)

func FuzzComfyUISocketMessage(f *testing.F) {
	preview := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, comfyBinaryPreview), 2)
	described := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, comfyBinaryDescribe), 17)
	f.Add(append(preview, "\x89PNG"...))
	f.Add(append(described, `{"prompt_id":"a"}picture`...))
	f.Add([]byte(`{"type":"progress","data":{"value":1,"max":4,"prompt_id":"a","node":"3"}}`))
	f.Add([]byte(`{"type":"executing","data":{"node":null,"prompt_id":"a"}}`))
	f.Add([]byte(`{"type":"execution_error","data":{"exception_message":"x","node_type":"KSampler"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, parse := range []func([]byte) (comfyMessage, error){parseComfyText, parseComfyBinary} {
			message, err := parse(data)
			if err != nil && message.Kind != "" {
				t.Errorf("a message that cannot be understood is a %s", message.Kind)
			}
			if len(message.Preview) > len(data) {
				t.Errorf("a preview is longer than its message")
			}
			tally := newComfyTally(comfyGraph{"3": {Inputs: map[string]any{"steps": 20}}})
			if event, ok := tally.advance(message.Node, message.Value, message.Max); ok && !(*event.Fraction >= 0 && *event.Fraction <= 1) {
				t.Errorf("the progress is %v", *event.Fraction)
			}
		}
	})
}

func FuzzComfyUIHistory(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"a":{"outputs":{"9":{"images":[{"filename":"x.png","subfolder":"","type":"output"}]},"9#2":{"images":[{"filename":"y.png","type":"temp"}]}},"status":{"status_str":"success","messages":[["execution_start",{}]]}}}`))
	f.Add([]byte(`{"a":{"outputs":{},"status":{"status_str":"error","messages":[["execution_error",{"exception_message":"m","node_type":"n"}],["execution_interrupted",{}]]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		outcome, found, err := parseComfyHistory(data, "a")
		if err != nil && found {
			t.Error("a history that cannot be read holds the prompt")
		}
		files, copies := outcome.pictures()
		if len(files) != len(copies) || len(files) > maxComfyFiles {
			t.Errorf("got %d files of %d copies", len(files), len(copies))
		}
	})
}
