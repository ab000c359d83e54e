//go:build !linux

package guard

func renameNoReplace(_ *Root, _ string, _ *Root, _ string) error { return errNoAtomicRename }
