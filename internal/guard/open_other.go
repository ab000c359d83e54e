//go:build !unix

package guard

const (
	openFileFlags = 0
	openDirFlags  = 0
)
