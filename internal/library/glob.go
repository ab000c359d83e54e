package library

import "strings"

// ignored reports whether one of the shell patterns (*, ?, [a-z], [!a-z]) matches the
// name of a file or folder, its path below the root or its absolute path. As in
// Python's fnmatch, * also matches the / between names.
func ignored(patterns []string, root, rel, name string) bool {
	for _, p := range patterns {
		if globMatch(p, name) || globMatch(p, rel) || strings.HasPrefix(p, "/") && globMatch(p, root+"/"+rel) {
			return true
		}
	}
	return false
}

// globMatch needs time len(pattern) x len(text) at most: only the last * is retried.
func globMatch(pattern, text string) bool {
	p, t := 0, 0
	star, retry := -1, 0
	for t < len(text) {
		if p < len(pattern) && pattern[p] == '*' {
			star, retry = p, t
			p++
			continue
		}
		if next, ok := matchOne(pattern, p, text[t]); ok {
			p = next
			t++
			continue
		}
		if star < 0 {
			return false
		}
		retry++
		p, t = star+1, retry
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchOne compares one byte with the pattern's element at p and returns where the
// next element begins.
func matchOne(pattern string, p int, c byte) (next int, ok bool) {
	if p >= len(pattern) {
		return p, false
	}
	if pattern[p] != '[' {
		return p + 1, pattern[p] == '?' || pattern[p] == c
	}
	class := pattern[p+1:]
	negated := strings.HasPrefix(class, "!")
	if negated {
		class = class[1:]
	}
	if len(class) < 2 {
		return p + 1, c == '['
	}
	end := strings.IndexByte(class[1:], ']') // a ] in first place is a member
	if end < 0 {
		return p + 1, c == '['
	}
	next = len(pattern) - len(class) + end + 2
	return next, inClass(class[:end+1], c) != negated
}

func inClass(class string, c byte) bool {
	for i := 0; i < len(class); i++ {
		if i+2 < len(class) && class[i+1] == '-' {
			if class[i] <= c && c <= class[i+2] {
				return true
			}
			i += 2
			continue
		}
		if class[i] == c {
			return true
		}
	}
	return false
}

// skipFolders are names of folders that never hold adapters of the user's own.
var skipFolders = map[string]bool{
	"node_modules": true, "__pycache__": true, "@eaDir": true, "lost+found": true,
	"$RECYCLE.BIN": true, "System Volume Information": true,
}

// skipped reports names that a walk leaves out: hidden ones (the trash is one of
// them), other programs' folders, and what the user wants ignored.
func (l *Library) skipped(root, rel, name string) bool {
	return strings.HasPrefix(name, ".") || skipFolders[name] || ignored(l.o.Ignore, root, rel, name)
}

// skippedSomewhere reports whether a walk leaves out rel or a folder above it.
func (l *Library) skippedSomewhere(root, rel string) bool {
	for begin := 0; begin < len(rel); {
		end := len(rel)
		if slash := strings.IndexByte(rel[begin:], '/'); slash >= 0 {
			end = begin + slash
		}
		if l.skipped(root, rel[:end], rel[begin:end]) {
			return true
		}
		begin = end + 1
	}
	return false
}
