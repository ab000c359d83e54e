package sidecar

import "strings"

// Role says what a file in a library folder is, judged by its name.
type Role uint8

// The roles.
const (
	Other       Role = iota
	Adapter          // a file that holds, or claims to hold, weights
	Description      // to be read with Parse
	Preview          // a picture or short video to be shown
)

// ending is one way a name can end. A lower rank is trusted or liked more.
type ending struct {
	suffix string
	role   Role
	rank   int
}

var adapterSuffixes = []string{".safetensors", ".sft", ".pt", ".pth", ".ckpt", ".bin", ".gguf"}

// sidecarSuffixes stand in order of trust: what a person wrote, then what a manager
// keeps up to date, then what was fetched once.
var sidecarSuffixes = []string{".json", ".metadata.json", ".civitai.info", ".cm-info.json", ".swarm.json"}

// previewSuffixes stand in order of liking: a picture made as preview, any picture
// of the name, a thumbnail, a video. SVG is a program and AVIF and JPEG XL cannot be
// re-encoded here, so they are never shown.
var previewSuffixes = previews()

func previews() []string {
	var out []string
	for _, middle := range []string{".preview", "", ".thumb"} {
		for _, ext := range []string{".png", ".webp", ".jpg", ".jpeg", ".gif"} {
			out = append(out, middle+ext)
		}
	}
	for _, middle := range []string{".preview", ""} {
		for _, ext := range []string{".mp4", ".webm"} {
			out = append(out, middle+ext)
		}
	}
	return out
}

// endings maps the last extension of a name to the endings it can have, longest first.
var endings = buildEndings()

func buildEndings() map[string][]ending {
	all := map[string][]ending{}
	add := func(suffixes []string, role Role) {
		for rank, suffix := range suffixes {
			ext := suffix[strings.LastIndexByte(suffix, '.'):]
			list := append(all[ext], ending{suffix, role, rank})
			for i := len(list) - 1; i > 0 && len(list[i].suffix) > len(list[i-1].suffix); i-- {
				list[i], list[i-1] = list[i-1], list[i]
			}
			all[ext] = list
		}
	}
	add(adapterSuffixes, Adapter)
	add(sidecarSuffixes, Description)
	add(previewSuffixes, Preview)
	return all
}

// Split takes a base name apart by its ending: "x.preview.png" is a preview of "x".
// rank orders several files of one role for one stem, lowest first. Extensions match
// in any case. A name without a known ending is Other, with the whole name as stem.
//
// A stem may itself contain dots, so a name can be read in several ways and Split
// returns the one with the longest ending; Match decides by what lies in the folder.
func Split(fileName string) (stem string, role Role, rank int) {
	stem, role = fileName, Other
	for e, candidate := range readings(fileName) {
		stem, role, rank = candidate, e.role, e.rank
		break
	}
	return stem, role, rank
}

// Match finds the adapter that the sidecar or preview fileName belongs to: the first
// reading of the name whose stem isAdapter knows. Names that carry the adapter's
// extension too ("x.safetensors.json") are understood. It returns Other when no
// adapter in the folder claims the file.
func Match(fileName string, isAdapter func(stem string) bool) (stem string, role Role, rank int) {
	for e, candidate := range readings(fileName) {
		if e.role == Adapter {
			continue
		}
		if isAdapter(candidate) {
			return candidate, e.role, e.rank
		}
		if inner, innerRole, _ := Split(candidate); innerRole == Adapter && isAdapter(inner) {
			return inner, e.role, e.rank
		}
	}
	return "", Other, 0
}

// readings yields each way to read a name, longest ending first.
func readings(fileName string) func(yield func(ending, string) bool) {
	return func(yield func(ending, string) bool) {
		dot := strings.LastIndexByte(fileName, '.')
		if dot <= 0 {
			return
		}
		for _, e := range endings[strings.ToLower(fileName[dot:])] {
			cutAt := len(fileName) - len(e.suffix)
			if cutAt > 0 && strings.EqualFold(fileName[cutAt:], e.suffix) && !yield(e, fileName[:cutAt]) {
				return
			}
		}
	}
}

// IsVideo reports that a preview is a video rather than a picture.
func IsVideo(fileName string) bool {
	lower := strings.ToLower(fileName)
	return strings.HasSuffix(lower, ".mp4") || strings.HasSuffix(lower, ".webm")
}

// Candidates returns the names of the sidecars an adapter with this stem can have,
// most trusted first.
func Candidates(stem string) []string { return withSuffixes(stem, sidecarSuffixes) }

// PreviewCandidates returns the names of the previews an adapter with this stem can
// have, best first.
func PreviewCandidates(stem string) []string { return withSuffixes(stem, previewSuffixes) }

func withSuffixes(stem string, suffixes []string) []string {
	out := make([]string, len(suffixes))
	for i, suffix := range suffixes {
		out[i] = stem + suffix
	}
	return out
}
