package prompt

import (
	"path"
	"strings"
)

// Handle is how the tools of a dialect call an adapter, given its file's path below the
// library folder with / between names: file names travel, names of the catalog do not.
// SD.Next writes dots of the stem as underscores; SwarmUI and stable-diffusion.cpp go by
// the path, the others by the stem.
func Handle(d Dialect, file string) string {
	name := path.Base(file)
	stem := strings.TrimSuffix(name, path.Ext(name))
	switch d {
	case SDNext:
		return strings.ReplaceAll(stem, ".", "_")
	case SwarmUI:
		return path.Join(path.Dir(file), stem)
	case SDCpp, SDCppCLI:
		return file
	case A1111, ComfyUI, StabilityMatrix, InvokeAI:
	}
	return stem
}

// named gives the entries the names their dialect calls them by, where the file is known.
func named(d Dialect, entries []Entry) []Entry {
	renamed := make([]Entry, len(entries))
	for i, e := range entries {
		if renamed[i] = e; e.File != "" {
			renamed[i].Use.Name = Handle(d, e.File)
		}
	}
	return renamed
}

// judgeHandles warns of files that the tools of the dialect cannot tell apart.
func (w *Written) judgeHandles(d Dialect, entries []Entry) {
	first := map[string]string{}
	for _, e := range entries {
		if e.File == "" {
			continue
		}
		handle := Handle(d, e.File)
		other, taken := first[handle]
		if !taken {
			first[handle] = e.File
			continue
		}
		if other != e.File {
			w.warn(Duplicate, e, d.Label()+" calls both "+other+" and "+e.File+" "+handle+" and may take the wrong one. Rename one of the files.")
		}
	}
}
