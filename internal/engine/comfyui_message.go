package engine

import (
	"encoding/binary"
	"encoding/json"
	"errors"
)

// comfyMessage is one message of ComfyUI's socket, of the kinds that matter to a job.
// Other kinds have an empty Kind.
type comfyMessage struct {
	Kind     string
	PromptID string // empty where the message does not say
	Node     string // executing: empty says that the prompt is done
	Nodes    []string
	Value    float64 // progress
	Max      float64
	Reason   string // execution_error
	Preview  []byte
	Files    []comfyFile // executed
}

// The kinds of comfyMessage.
const (
	comfyStart       = "execution_start"
	comfyCached      = "execution_cached"
	comfyExecuting   = "executing"
	comfyProgress    = "progress"
	comfyExecuted    = "executed"
	comfySuccess     = "execution_success"
	comfyError       = "execution_error"
	comfyInterrupted = "execution_interrupted"
	comfyPreview     = "preview"
)

// The types of binary messages.
const (
	comfyBinaryPreview  = 1
	comfyBinaryDescribe = 4 // a preview with a description in JSON before it
)

// maxPreviewDescription bounds the description before a preview, in bytes.
const maxPreviewDescription = 64 << 10

var errComfyMessage = errors.New("the socket message cannot be understood")

// parseComfyText reads a JSON message. A message that is not JSON is an error; kinds that
// newer servers may add are not.
func parseComfyText(data []byte) (comfyMessage, error) {
	var frame struct {
		Type string          `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(data, &frame) != nil {
		return comfyMessage{}, errComfyMessage
	}
	switch frame.Type {
	case comfyStart, comfyCached, comfyExecuting, comfyProgress, comfyExecuted, comfySuccess, comfyError, comfyInterrupted:
	default:
		return comfyMessage{}, nil
	}
	var body struct {
		PromptID string   `json:"prompt_id"`
		Node     *string  `json:"node"`
		Nodes    []string `json:"nodes"`
		Value    float64  `json:"value"`
		Max      float64  `json:"max"`
		Text     string   `json:"exception_message"`
		NodeType string   `json:"node_type"`
		Output   struct {
			Images []json.RawMessage `json:"images"`
		} `json:"output"`
	}
	if json.Unmarshal(frame.Data, &body) != nil {
		return comfyMessage{}, errComfyMessage
	}
	m := comfyMessage{Kind: frame.Type, PromptID: body.PromptID, Nodes: body.Nodes, Value: body.Value, Max: body.Max, Reason: body.Text}
	if body.Node != nil {
		m.Node = *body.Node
	}
	m.Files = filesOf(body.Output.Images, maxComfyFiles)
	if body.NodeType != "" && m.Reason != "" {
		m.Reason = body.NodeType + ": " + m.Reason
	}
	return m, nil
}

// parseComfyBinary reads a preview of either form: a type of four bytes, then the format
// or the length of a description in four more, then the description, then the picture.
func parseComfyBinary(data []byte) (comfyMessage, error) {
	if len(data) < 8 {
		return comfyMessage{}, errComfyMessage
	}
	kind, second, rest := binary.BigEndian.Uint32(data), binary.BigEndian.Uint32(data[4:]), data[8:]
	switch kind {
	case comfyBinaryPreview:
		return comfyMessage{Kind: comfyPreview, Preview: rest}, nil
	case comfyBinaryDescribe:
		if second > maxPreviewDescription || int(second) > len(rest) {
			return comfyMessage{}, errComfyMessage
		}
		var about struct {
			PromptID string `json:"prompt_id"`
		}
		if json.Unmarshal(rest[:second], &about) != nil {
			return comfyMessage{}, errComfyMessage
		}
		return comfyMessage{Kind: comfyPreview, PromptID: about.PromptID, Preview: rest[second:]}, nil
	}
	return comfyMessage{}, nil
}
