package pgtest

import (
	"flag"
	"os"
	"path/filepath"
	"time"
)

const (
	memory    = "/dev/shm"
	memoryFor = 1 << 30       // bytes that must be free there
	abandoned = 3 * time.Hour // without a sign of life
)

// newFolder makes the folder of a server: in memory where there is room, since a
// database is a thousand files, and disks take a second to make them. Benchmarks keep
// to the disk. What test processes that were killed left in memory is removed.
func newFolder() (string, error) {
	parent := ""
	bench := flag.Lookup("test.bench")
	if (bench == nil || bench.Value.String() == "") && freeBytes(memory) >= memoryFor {
		parent = memory
		left, err := filepath.Glob(filepath.Join(memory, "lm-pg*"))
		if err != nil {
			return "", err
		}
		for _, folder := range left {
			// A server that lives touches the lock of its socket once an hour.
			if !youngerThan(filepath.Join(folder, "data", "PG_VERSION"), abandoned) && !youngerThan(filepath.Join(folder, ".s.PGSQL.5432.lock"), abandoned) &&
				!youngerThan(folder, abandoned) {
				if err := os.RemoveAll(folder); err != nil {
					return "", err
				}
			}
		}
	}
	return os.MkdirTemp(parent, "lm-pg") // short: a socket's path has at most 107 bytes
}

// youngerThan reports whether a file is there and was written within a time.
func youngerThan(path string, age time.Duration) bool {
	info, err := os.Stat(path)
	return err == nil && time.Since(info.ModTime()) < age
}
