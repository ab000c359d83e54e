package guard

import (
	"path/filepath"
)

// Sub opens the folder rel as a Root of its own, for many accesses to what lies
// directly in it: each then costs one call to the system instead of one for every
// folder on the way. Links in it that lead out of it, though not out of r, are
// refused there and must be followed through r.
func (r *Root) Sub(rel string) (*Root, error) {
	if err := checkLocal(rel); err != nil {
		return nil, err
	}
	sub, err := r.root.OpenRoot(filepath.FromSlash(rel))
	if err != nil {
		return nil, fail(rel, err)
	}
	return &Root{
		root: sub, given: filepath.Join(r.given, filepath.FromSlash(rel)),
		resolved: filepath.Join(r.resolved, filepath.FromSlash(rel)),
	}, nil
}
