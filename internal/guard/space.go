package guard

// FreeBytes returns how many bytes may still be written on the file system of path.
// ok is false where the system does not tell.
func FreeBytes(path string) (free uint64, ok bool) {
	free, _, ok = DiskSpace(path)
	return free, ok
}
