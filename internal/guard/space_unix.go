//go:build linux || darwin || freebsd

package guard

import "golang.org/x/sys/unix"

// DiskSpace returns how many bytes a normal user may still write on the file system of
// path, and how many that and what is written make. Blocks kept back for the system are
// in neither. ok is false where the system does not tell.
func DiskSpace(path string) (free, total uint64, ok bool) {
	var stat unix.Statfs_t
	if err := unix.Statfs(path, &stat); err != nil {
		return 0, 0, false
	}
	block := uint64(stat.Bsize)        //nolint:gosec,unconvert // never negative; widths differ between systems
	free = uint64(stat.Bavail) * block //nolint:gosec,unconvert // as above
	return free, free + (stat.Blocks-stat.Bfree)*block, true
}
