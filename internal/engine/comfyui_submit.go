package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// comfyReply is the answer to a submitted prompt, good or bad.
type comfyReply struct {
	PromptID   string          `json:"prompt_id"`
	Error      json.RawMessage `json:"error"`
	NodeErrors comfyNodeErrors `json:"node_errors"`
}

// comfyNodeErrors are by node id. An empty set comes as a list from some versions.
type comfyNodeErrors map[string]struct {
	Class  string           `json:"class_type"`
	Errors []comfyNodeError `json:"errors"`
}

// comfyNodeError is one thing wrong with one node.
type comfyNodeError struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Details string `json:"details"`
	Extra   struct {
		Input    string `json:"input_name"`
		Received any    `json:"received_value"`
	} `json:"extra_info"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (e *comfyNodeErrors) UnmarshalJSON(data []byte) error {
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] == '[' {
		return nil
	}
	type plainErrors comfyNodeErrors
	return json.Unmarshal(data, (*plainErrors)(e))
}

// submit queues the graph under the given id and returns the id under which the server
// keeps it: servers of before 2025 choose their own.
func (c *comfyUI) submit(ctx context.Context, id string, graph comfyGraph) (string, comfyNodeErrors, error) {
	body, err := json.Marshal(map[string]any{"prompt": graph, "client_id": id, "prompt_id": id})
	if err != nil {
		return "", nil, failure(lora.EngineRefused, err, "The graph cannot be written as JSON.")
	}
	ctx, stop := context.WithTimeout(ctx, askTimeout)
	defer stop()
	// A refusal of ComfyUI names nodes and inputs, which the transport would drop.
	reply, err := c.out.Do(ctx, guard.Request{
		Method: http.MethodPost, URL: c.url("/prompt", nil), Body: body,
		Header: http.Header{"Content-Type": {"application/json"}}, Username: c.username, Password: c.password,
	})
	if err != nil {
		return "", nil, asFailure(ctx, err)
	}
	defer func() { _ = reply.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(reply.Body, restBytes))
	if err != nil {
		return "", nil, unreadable(ctx, err)
	}
	var answer comfyReply
	broken := json.Unmarshal(data, &answer)
	switch {
	case reply.Status == http.StatusBadRequest && broken == nil:
		return "", nil, c.unsaid(answer.refusal(data))
	case reply.Status < 200 || reply.Status > 299:
		return "", nil, c.unsaid(refusal(reply.Status, reply.Header, data))
	case broken != nil:
		return "", nil, unreadable(ctx, broken)
	case !validHandle(answer.PromptID):
		return "", nil, failure(lora.EngineProtocol, nil, "The engine took the prompt but did not say under which id.")
	}
	return answer.PromptID, answer.NodeErrors, nil
}

// refusal is the most telling of the reasons for which a prompt was not taken: a name
// the engine does not have, then whatever is wrong with a node, then with the whole.
func (r comfyReply) refusal(body []byte) error {
	ids := r.NodeErrors.ids()
	for _, id := range ids {
		for _, e := range r.NodeErrors[id].Errors {
			if e.Type == "value_not_in_list" {
				return e.notListed()
			}
		}
	}
	for _, id := range ids {
		for _, e := range r.NodeErrors[id].Errors {
			return failure(lora.EngineRefused, statusError(http.StatusBadRequest), "The engine refuses node %s (%s): %s.", clip(id), clip(r.NodeErrors[id].Class), clip(e.Message+" "+e.Details))
		}
	}
	refused := refusal(http.StatusBadRequest, nil, body)
	var reason struct {
		Type    string `json:"type"`
		Message string `json:"message"`
	}
	if json.Unmarshal(r.Error, &reason) == nil && (reason.Type == "missing_node_type" || strings.Contains(reason.Message, "does not exist")) {
		refused.Class = lora.EngineNotFound
	}
	return refused
}

func (e comfyNodeError) notListed() error {
	class, what := lora.EngineNotFound, strings.TrimSuffix(strings.ReplaceAll(e.Extra.Input, "_", " "), " name")
	if strings.Contains(e.Extra.Input, "lora") {
		class, what = lora.EngineLoRANotFound, "LoRA"
	}
	return failure(class, statusError(http.StatusBadRequest), "The engine has no %s called %s. Choose one of its own list.", clip(what), shown(fmt.Sprint(e.Extra.Received)))
}

func (e comfyNodeErrors) ids() []string {
	ids := make([]string, 0, len(e))
	for id := range e {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, compareNodeIDs)
	return ids
}

// comfyFolder is the folder below ComfyUI's input folder that holds our uploads.
const comfyFolder = "loramanager"

// upload hands over the pictures of a task. The same picture has the same name each time,
// so nothing piles up.
func (c *comfyUI) upload(ctx context.Context, order Order) (comfyUploads, error) {
	p := order.Params
	digests := []string{p.InitImage, p.MaskImage}
	for _, unit := range p.Controls {
		digests = append(digests, unit.Image)
	}
	names := comfyUploads{}
	for _, digest := range digests {
		if digest == "" || names[digest] != "" {
			continue
		}
		data, ok := order.Pictures[digest]
		if !ok {
			return nil, failure(lora.EngineRefused, nil, "A picture the generation needs is not there any more: %s.", clip(digest))
		}
		name, err := c.uploadOne(ctx, digest+pictureEnding(data), data)
		if err != nil {
			return nil, err
		}
		names[digest] = name
	}
	return names, nil
}

func pictureEnding(data []byte) string {
	switch pictureType(data) {
	case "image/jpeg":
		return ".jpg"
	case "image/webp":
		return ".webp"
	}
	return ".png"
}

func (c *comfyUI) uploadOne(ctx context.Context, name string, data []byte) (string, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for field, value := range map[string]string{"overwrite": "true", "type": "input", "subfolder": comfyFolder} {
		if err := form.WriteField(field, value); err != nil {
			return "", err
		}
	}
	part, err := form.CreateFormFile("image", name)
	if err == nil {
		_, err = part.Write(data)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		return "", err
	}
	var kept struct {
		Name      string `json:"name"`
		Subfolder string `json:"subfolder"`
	}
	if err := c.json(ctx, call{Method: http.MethodPost, Path: "/upload/image", Raw: body.Bytes(), Type: form.FormDataContentType()}, &kept); err != nil {
		return "", err
	}
	return path.Join(kept.Subfolder, kept.Name), nil
}
