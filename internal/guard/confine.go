package guard

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"loramanager/internal/lora"
)

// Confine maps an absolute path of this machine to the configured folder it lies in
// and the path relative to it; of nested folders the innermost wins. Links are
// resolved and may lead from one configured folder into another. Everything else is
// Forbidden, with one and the same message: what lies outside is not even looked at,
// so the answer tells nobody whether it exists. A missing file inside is no error.
func Confine(roots []*Root, abs string) (*Root, string, error) {
	if !filepath.IsAbs(abs) || strings.IndexByte(abs, 0) >= 0 {
		return nil, "", refuse("The path must be absolute.")
	}
	abs = filepath.Clean(abs)
	for _, r := range roots {
		for _, base := range []string{r.given, r.resolved} {
			if _, inside := below(base, abs); inside {
				return innermost(roots, resolveExisting(abs))
			}
		}
	}
	return nil, "", errOutside()
}

// FollowLink resolves the link rel inside r. The target is returned as the configured
// folder it lies in and a relative path to be opened there; a link that leaves all
// configured folders is Forbidden, one that leads nowhere NotFound.
func FollowLink(roots []*Root, r *Root, rel string) (*Root, string, error) {
	if err := checkLocal(rel); err != nil {
		return nil, "", err
	}
	target, err := filepath.EvalSymlinks(filepath.Join(r.resolved, filepath.FromSlash(rel)))
	if err != nil {
		return nil, "", fail(rel, err)
	}
	return innermost(roots, target)
}

func innermost(roots []*Root, resolved string) (*Root, string, error) {
	var best *Root
	var rel string
	for _, r := range roots {
		if sub, inside := below(r.resolved, resolved); inside && (best == nil || len(r.resolved) > len(best.resolved)) {
			best, rel = r, sub
		}
	}
	if best == nil {
		return nil, "", errOutside()
	}
	return best, filepath.ToSlash(rel), nil
}

// below returns path relative to base when it is base itself (".") or lies under it.
func below(base, path string) (string, bool) {
	rel, err := filepath.Rel(base, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", false
	}
	return rel, true
}

// resolveExisting resolves the links of the longest part of path that exists and
// appends the rest unchanged.
func resolveExisting(path string) string {
	rest := ""
	for dir := path; ; {
		resolved, err := filepath.EvalSymlinks(dir)
		if err == nil {
			return filepath.Join(resolved, rest)
		}
		parent := filepath.Dir(dir)
		if parent == dir || !errors.Is(err, fs.ErrNotExist) {
			return path
		}
		rest = filepath.Join(filepath.Base(dir), rest)
		dir = parent
	}
}

func errOutside() error {
	return lora.FieldErrorf(lora.Forbidden, "path",
		"The path lies outside the library folders. Add its folder in the settings first.")
}
