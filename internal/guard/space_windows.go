package guard

import "golang.org/x/sys/windows"

// DiskSpace returns how many bytes the user may still write on the volume of path, and
// how many that and what is written make. ok is false where the system does not tell.
func DiskSpace(path string) (free, total uint64, ok bool) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, 0, false
	}
	if err := windows.GetDiskFreeSpaceEx(name, &free, &total, nil); err != nil {
		return 0, 0, false
	}
	return free, total, true
}
