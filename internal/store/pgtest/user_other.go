//go:build !linux

package pgtest

import "syscall"

// unprivileged says as whom the server runs: as whoever runs the tests.
func unprivileged(string) (*syscall.SysProcAttr, error) { return nil, nil }

// freeBytes is 0: no file system in memory is looked for.
func freeBytes(string) uint64 { return 0 }
