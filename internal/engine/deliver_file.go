package engine

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"loramanager/internal/lora"
)

// file writes the prompt, through its template, and the pictures into the configured
// folder, under names made from the job's id: a second try overwrites the first.
func (d *deliverer) file(delivery lora.DeliveryTask) (map[string]any, error) {
	if d.folder == nil {
		return nil, failure(lora.EngineRefused, nil, "No folder for deliveries is set up. An administrator can name one in the configuration.")
	}
	text, err := fillTemplate(paramsOf(delivery, deliverCLI, deliverFile), delivery, d.limits.PromptBytes)
	if err != nil {
		return nil, err
	}
	var files []string
	keep := func(name string, data []byte) error {
		if err := d.folder.Keep(name, data, nil); err != nil {
			return &lora.EngineError{Class: lora.JobStorage, Message: "The delivery could not be written. " + sentence(err), Err: err}
		}
		files = append(files, filepath.Join(d.folder.Path(), name))
		return nil
	}
	for i, picture := range delivery.Pictures {
		if err := keep(pictureName(delivery.JobID, i, picture.Data), picture.Data); err != nil {
			return nil, err
		}
	}
	if err := keep(deliveryStem(delivery.JobID)+".txt", []byte(text)); err != nil {
		return nil, err
	}
	path := files[len(files)-1]
	result := map[string]any{"status": "ok", "detail": "Prompt written to " + path, "file_path": path}
	if len(delivery.Pictures) > 0 {
		result["files"] = files
	}
	return result, nil
}

// jobID is what the id of a job may hold to become part of a file's name.
var jobID = regexp.MustCompile(`^[0-9a-zA-Z-]{1,64}$`)

func deliveryStem(id string) string {
	if !jobID.MatchString(id) {
		id = "delivery"
	}
	return "lora_prompt_" + id
}

// pictureName is the name of the i-th picture of a delivery. The extension comes from
// the bytes, never from a name.
func pictureName(id string, i int, data []byte) string {
	extension := map[string]string{"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}[pictureType(data)]
	if extension == "" {
		extension = "bin"
	}
	return fmt.Sprintf("%s_%03d.%s", deliveryStem(id), i, extension)
}

// placeholder is anything that looks like a token of a template.
var placeholder = regexp.MustCompile(`\{[A-Za-z_][^{}]*\}`)

// fillTemplate replaces {prompt}, {negative} and {seed}. There are no other tokens and
// nothing inside them; what is put in is not looked at again.
func fillTemplate(params map[string]any, delivery lora.DeliveryTask, limit int) (string, error) {
	template, isText := params["template"].(string)
	if given := params["template"]; given != nil && !isText {
		return "", failure(lora.EngineRefused, nil, "The template of a delivery is a text.")
	}
	if template == "" {
		template = "{prompt}"
	}
	if len(template) > limit {
		return "", failure(lora.EngineRefused, nil, "The template is longer than %d KiB.", limit>>10)
	}
	seed := ""
	if delivery.Seed != nil {
		seed = strconv.FormatInt(*delivery.Seed, 10)
	}
	values := map[string]string{"{prompt}": delivery.Prompt, "{negative}": delivery.Negative, "{seed}": seed}
	var text strings.Builder
	rest := template
	for {
		at := placeholder.FindStringIndex(rest)
		if at == nil {
			break
		}
		token := rest[at[0]:at[1]]
		value, ok := values[token]
		if !ok {
			return "", failure(lora.EngineRefused, nil, "The template has the unknown placeholder %s; it takes {prompt}, {negative} and {seed}.", clip(token))
		}
		text.WriteString(rest[:at[0]])
		text.WriteString(value)
		if text.Len() > limit {
			break
		}
		rest = rest[at[1]:]
	}
	text.WriteString(rest)
	if text.Len() > limit {
		return "", failure(lora.EngineRefused, nil, "The text to write is longer than %d KiB.", limit>>10)
	}
	return text.String(), nil
}
