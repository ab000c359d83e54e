package engine

import (
	"cmp"
	"encoding/json"
	"slices"
)

// comfyFile is a picture as ComfyUI's history names it.
type comfyFile struct {
	Filename  string `json:"filename"`
	Subfolder string `json:"subfolder"`
	Type      string `json:"type"`
}

// comfyOutcome is what the history says of a prompt that has ended.
type comfyOutcome struct {
	Files   map[string][]comfyFile // by node
	Success bool
	Stopped bool // interrupted, by us or by somebody else
	Reason  string
}

// maxComfyFiles bounds how many pictures of one prompt are taken.
const maxComfyFiles = 4096

// parseComfyHistory reads the answer of /history/{id}. found is false while the prompt
// has not ended or is not known.
func parseComfyHistory(data []byte, id string) (outcome comfyOutcome, found bool, err error) {
	var all map[string]struct {
		Outputs map[string]struct {
			Images []json.RawMessage `json:"images"`
		} `json:"outputs"`
		Status *struct {
			Text     string              `json:"status_str"`
			Messages [][]json.RawMessage `json:"messages"`
		} `json:"status"`
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return comfyOutcome{}, false, err
	}
	entry, found := all[id]
	if !found {
		return comfyOutcome{}, false, nil
	}
	outcome = comfyOutcome{Files: map[string][]comfyFile{}, Success: true}
	left := maxComfyFiles
	for node, output := range entry.Outputs {
		if files := filesOf(output.Images, left); len(files) > 0 {
			outcome.Files[node], left = files, left-len(files)
		}
	}
	if entry.Status == nil {
		return outcome, true, nil // servers before the status was added
	}
	outcome.Success = entry.Status.Text != "error"
	for _, message := range entry.Status.Messages {
		outcome.note(message)
	}
	return outcome, true, nil
}

// filesOf reads at most so many pictures of an output. What is no picture is left out.
func filesOf(raw []json.RawMessage, most int) []comfyFile {
	var files []comfyFile
	for _, one := range raw {
		var file comfyFile
		if len(files) < most && json.Unmarshal(one, &file) == nil && file.Filename != "" {
			files = append(files, file)
		}
	}
	return files
}

// note takes the reason of a failure from a message of the history, [kind, details].
func (o *comfyOutcome) note(message []json.RawMessage) {
	var kind string
	if len(message) < 2 || json.Unmarshal(message[0], &kind) != nil {
		return
	}
	var details struct {
		Text string `json:"exception_message"`
		Node string `json:"node_type"`
	}
	switch kind {
	case comfyInterrupted:
		o.Stopped = true
	case comfyError:
		if json.Unmarshal(message[1], &details) == nil {
			o.Reason = cmp.Or(details.Node, "a node") + ": " + details.Text
		}
	}
}

// pictures returns the files in the order of their nodes, and to which copy of the graph
// each belongs: kept ones, or where there are none temporary ones.
func (o *comfyOutcome) pictures() (files []comfyFile, copies []int) {
	nodes := make([]string, 0, len(o.Files))
	kept := false
	for node, files := range o.Files {
		nodes = append(nodes, node)
		kept = kept || slices.ContainsFunc(files, comfyFile.kept)
	}
	slices.SortFunc(nodes, compareNodeIDs)
	for _, node := range nodes {
		for _, file := range o.Files[node] {
			if file.kept() == kept {
				_, copied := copyOf(node)
				files, copies = append(files, file), append(copies, copied)
			}
		}
	}
	return files, copies
}

// kept reports whether the file lies in the output folder, not in the one for previews.
func (f comfyFile) kept() bool { return f.Type != "temp" }
