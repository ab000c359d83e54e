package guard

import (
	"os"

	"golang.org/x/sys/unix"
)

func dropCache(f *os.File) { advise(f, unix.FADV_DONTNEED) }

func readScattered(f *os.File) { advise(f, unix.FADV_RANDOM) }

func advise(f *os.File, advice int) {
	conn, err := f.SyscallConn()
	if err != nil {
		return
	}
	_ = conn.Control(func(fd uintptr) {
		_ = unix.Fadvise(int(fd), 0, 0, advice) // failure changes nothing
	})
}
