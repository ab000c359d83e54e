//go:build unix

package guard

import "syscall"

const (
	// Without O_NONBLOCK, opening a pipe waits until somebody writes into it.
	openFileFlags = syscall.O_NONBLOCK | syscall.O_NOCTTY
	openDirFlags  = syscall.O_NONBLOCK | syscall.O_DIRECTORY
)
