package library

import (
	"bytes"
	"strings"
)

// SetBefore installs a function that is called ahead of each access to a disk.
func (l *Library) SetBefore(before func(op, rel string)) { l.before.Store(&before) }

// GlobMatch is globMatch for its test.
var GlobMatch = globMatch

// Group renders what group makes of the sorted names of a folder, one adapter a line.
func Group(names []string) []string {
	var lines []string
	groups, _ := group("f", names)
	for _, g := range groups {
		lines = append(lines, g.rel+" | "+strings.Join(g.sidecars, " ")+" | "+strings.Join(g.previews, " "))
	}
	return lines
}

// QuickDigest is the quick digest of a file whose header ends at head.
func QuickDigest(data []byte, head int64) (string, error) {
	r, err := newHeadReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", err
	}
	defer r.release()
	return r.quickDigest(int64(len(data)), head)
}
