package httpapi

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/prompt"
)

// The bounds of the wildcard folder.
const (
	maxWildcards     = 2_000
	maxWildcardBytes = 1 << 20
	maxWildcardDepth = 4
	wildcardSuffix   = ".txt"
)

func (s *Server) listWildcards(context.Context, *none) (*reply[WildcardList], error) {
	body := WildcardList{Wildcards: []WildcardFile{}}
	folder := s.options.Wildcards
	if folder == nil {
		return answer(body, nil)
	}
	body.Folder = folder.Path()
	names, err := wildcardNames(folder, ".", 1, nil)
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	for _, name := range names {
		lines := 0
		for _, line := range wildcardLines(folder, name) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				lines++
			}
		}
		body.Wildcards = append(body.Wildcards, WildcardFile{Name: name, Lines: lines})
	}
	return answer(body, nil)
}

// wildcardNames adds the wildcards in a folder, and below it, to names.
func wildcardNames(root *guard.Root, folder string, depth int, names []string) ([]string, error) {
	var folders []string
	err := root.List(folder, func(entries []fs.DirEntry) bool {
		for _, e := range entries {
			rel := path.Join(folder, e.Name())
			name, isWildcard := strings.CutSuffix(rel, wildcardSuffix)
			switch {
			case e.IsDir() && depth < maxWildcardDepth:
				folders = append(folders, rel)
			case isWildcard && !e.IsDir() && len(names) < maxWildcards:
				names = append(names, name)
			}
		}
		return len(names) < maxWildcards
	})
	for _, sub := range folders {
		if err == nil {
			names, err = wildcardNames(root, sub, depth+1, names)
		}
	}
	return names, err
}

// wildcardLines are the lines of a wildcard; nil when there is none that can be read.
func wildcardLines(root *guard.Root, name string) []string {
	text, err := root.ReadFile(name+wildcardSuffix, maxWildcardBytes)
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimPrefix(strings.ToValidUTF8(string(text), ""), "\ufeff"), "\n")
}

func (s *Server) expandPrompt(ctx context.Context, in *struct{ Body ExpandRequest }) (*reply[Expanded], error) {
	request := &in.Body
	expanded, err := prompt.Expand(ctx, prompt.Expansion{
		Template: request.Template, Seed: int64(request.Seed), Count: request.Count, All: request.All, Wildcards: s.wildcard,
	})
	if lora.CodeOf(err) == lora.TooLarge {
		err = &lora.Error{Code: lora.Invalid, Message: problemOf(ctx, err).Detail, Field: "template"}
	}
	return answer(Expanded{Prompts: list(expanded.Prompts), Possible: expanded.Possible, Seed: request.Seed}, err)
}

// wildcard implements prompt.Wildcards.
func (s *Server) wildcard(name string) (lines []string, found bool) {
	if s.options.Wildcards == nil || !fs.ValidPath(name) {
		return nil, false
	}
	lines = wildcardLines(s.options.Wildcards, name)
	return lines, lines != nil
}
