package guard

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the process and all it starts into a group of their own, and lets the
// kernel end it when this program ends in whatever way.
func ownGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
