//go:build unix && !linux

package guard

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the process and all it starts into a group of their own.
func ownGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
