package guard

import (
	"os"

	"golang.org/x/sys/unix"
)

func dropCache(f *os.File) {
	conn, err := f.SyscallConn()
	if err != nil {
		return
	}
	_ = conn.Control(func(fd uintptr) {
		_ = unix.Fadvise(int(fd), 0, 0, unix.FADV_DONTNEED) // advice only: failure changes nothing
	})
}
