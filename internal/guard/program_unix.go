//go:build unix

package guard

import (
	"os/exec"
	"syscall"
)

// endGroup asks the process and all it started to end.
func endGroup(command *exec.Cmd) error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }

// killGroup ends what is left of the group.
func killGroup(command *exec.Cmd) { _ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
