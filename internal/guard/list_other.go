//go:build !linux

package guard

import "os"

func unrooted(dir *os.File) (*os.File, error) { return dir, nil }
