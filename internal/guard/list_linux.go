package guard

import (
	"os"

	"golang.org/x/sys/unix"
)

// unrooted trades a folder opened through os.Root, whose listing looks at each entry,
// for a plain handle of the same folder, whose listing does not. Only names and types
// may be taken from its entries: their Info would go by path.
func unrooted(dir *os.File) (*os.File, error) {
	defer func() { _ = dir.Close() }()
	fd, err := unix.FcntlInt(dir.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), dir.Name()), nil //nolint:gosec // a descriptor is not negative
}
