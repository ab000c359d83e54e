//go:build unix

package library

import "golang.org/x/sys/unix"

// writable reports whether this process may change what lies in the folder.
func writable(path string) bool { return unix.Access(path, unix.W_OK) == nil }
