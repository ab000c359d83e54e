package redistest

import "syscall"

// withParent lets the server end with the thread that started it, so that a test
// process that is killed leaves nothing behind.
func withParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
