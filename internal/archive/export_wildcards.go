package archive

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// The bounds of the wildcard folder, as the composer of prompts reads it.
const (
	maxWildcards     = 2_000
	maxWildcardBytes = 1 << 20
	maxWildcardDepth = 4
)

// wildcards takes the files of the wildcard folder.
func (c *composer) wildcards() error {
	root := c.archive.options.Export.Wildcards
	if root == nil {
		return nil
	}
	if err := c.endLines(); err != nil {
		return err
	}
	return eachWildcard(root, func(name string, text []byte, unread error) error {
		if unread != nil {
			c.missing.wildcards++
			return nil //nolint:nilerr // it is counted, and the rest goes on
		}
		member, err := c.pack.member(wildcardsFolder+name, text, c.at)
		c.data = append(c.data, member)
		return err
	})
}

// eachWildcard hands over the files of a wildcard folder and of those below it, in the order
// of their names, each with its text or why that cannot be read.
func eachWildcard(root *guard.Root, visit func(name string, text []byte, unread error) error) error {
	names, err := wildcardFiles(root, ".", 1, nil)
	if err != nil && lora.CodeOf(err) != lora.NotFound {
		return err
	}
	slices.Sort(names)
	for _, name := range names {
		text, err := root.ReadFile(name, maxWildcardBytes)
		if err := visit(name, text, err); err != nil {
			return err
		}
	}
	return nil
}

func wildcardFiles(root *guard.Root, folder string, depth int, names []string) ([]string, error) {
	var folders []string
	err := root.List(folder, func(entries []fs.DirEntry) bool {
		for _, e := range entries {
			rel := path.Join(folder, e.Name())
			switch {
			case e.IsDir() && depth < maxWildcardDepth:
				folders = append(folders, rel)
			case !e.IsDir() && strings.HasSuffix(rel, wildcardSuffix) && guard.CheckRel(rel) == nil && len(names) < maxWildcards:
				names = append(names, rel)
			}
		}
		return len(names) < maxWildcards
	})
	for _, sub := range folders {
		if err == nil {
			names, err = wildcardFiles(root, sub, depth+1, names)
		}
	}
	return names, err
}
