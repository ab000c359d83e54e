//go:build linux || darwin || freebsd

package guard

import "golang.org/x/sys/unix"

// DiskSpace returns how many bytes a normal user may still write on the file system of
// path, and how many it holds in all. ok is false where the system does not tell.
func DiskSpace(path string) (free, total uint64, ok bool) {
	var stat unix.Statfs_t
	if err := unix.Statfs(path, &stat); err != nil {
		return 0, 0, false
	}
	block := uint64(stat.Bsize)                                   //nolint:gosec,unconvert // never negative; widths differ between systems
	return uint64(stat.Bavail) * block, stat.Blocks * block, true //nolint:gosec,unconvert // as above
}
