//go:build !linux

package guard

func (r *Root) renameNoReplace(string, string) error { return errNoAtomicRename }
