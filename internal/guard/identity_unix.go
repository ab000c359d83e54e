//go:build unix

package guard

import (
	"io/fs"
	"syscall"
)

// FileIdentity returns the device and inode number behind info: two names with the
// same pair are the same file. ok is false where the system does not tell.
func FileIdentity(info fs.FileInfo) (dev, ino uint64, ok bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return uint64(stat.Dev), uint64(stat.Ino), true //nolint:gosec,unconvert // the width and sign of Dev differ between systems; only equality matters
}
