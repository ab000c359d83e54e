//go:build !linux

package guard

// NetworkFilesystem tells which file system the existing path lies on and whether its
// files live on another machine. This system does not say in a portable way, so the
// answer is always "unknown".
func NetworkFilesystem(string) (kind string, network bool) { return unknownFilesystem, false }
