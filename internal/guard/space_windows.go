package guard

import "golang.org/x/sys/windows"

// FreeBytes returns how many bytes the user may still write on the volume of path.
// ok is false where the system does not tell.
func FreeBytes(path string) (free uint64, ok bool) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, false
	}
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, false
	}
	return free, true
}
