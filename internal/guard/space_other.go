//go:build !linux && !darwin && !freebsd && !windows

package guard

// FreeBytes returns how many bytes may still be written on the file system of path;
// ok is false because this system does not tell.
func FreeBytes(string) (free uint64, ok bool) { return 0, false }
