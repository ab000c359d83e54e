//go:build linux || darwin || freebsd

package guard

import "golang.org/x/sys/unix"

// FreeBytes returns how many bytes a normal user may still write on the file system
// of path. ok is false where the system does not tell.
func FreeBytes(path string) (free uint64, ok bool) {
	var stat unix.Statfs_t
	if err := unix.Statfs(path, &stat); err != nil {
		return 0, false
	}
	return uint64(stat.Bavail) * uint64(stat.Bsize), true //nolint:gosec,unconvert // neither is negative; widths differ between systems
}
