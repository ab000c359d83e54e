//go:build !unix

package guard

import "os/exec"

// ownGroup does nothing where there are no process groups.
func ownGroup(*exec.Cmd) {}

// endGroup ends the process.
func endGroup(command *exec.Cmd) error { return command.Process.Kill() }

// killGroup ends the process.
func killGroup(command *exec.Cmd) { _ = command.Process.Kill() }
