package guard

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// networkMagic names the file systems whose files live on another machine or behind
// a program, by the f_type that statfs(2) gives them.
var networkMagic = map[uint32]string{
	0x6969:     "nfs",
	0x517b:     "smb",
	0xff534d42: "cifs",
	0xfe534d42: "smb2",
	0x01021997: "9p",
	0x00c36400: "ceph",
	0x5346414f: "afs",
	0x73757245: "coda",
	0x0bd00bd0: "lustre",
	0x47504653: "gpfs",
	0x564c:     "ncp",
	0x7461636f: "ocfs2",
	0x01161970: "gfs2",
	0x786f4256: "vboxsf",
}

const fuseMagic = 0x65735546 // virtiofs, sshfs, rclone, but also ntfs-3g on a local disk

// localFuse are the file systems behind FUSE whose files lie on disks of this machine.
var localFuse = map[string]bool{"fuseblk": true, "fuse.mergerfs": true, "fuse.unionfs": true, "fuse.bindfs": true, "fuse.gocryptfs": true}

// localMagic names the usual file systems of local disks.
var localMagic = map[uint32]string{
	0xef53:     "ext4",
	0x58465342: "xfs",
	0x9123683e: "btrfs",
	0x2fc12fc1: "zfs",
	0xf2f52010: "f2fs",
	0xca451a4e: "bcachefs",
	0x01021994: "tmpfs",
	0x794c7630: "overlay",
	0x4d44:     "vfat",
	0x2011bab0: "exfat",
	0x5346544e: "ntfs",
	0x7366746e: "ntfs3",
}

// NetworkFilesystem tells which file system the existing path lies on ("ext4",
// "nfs", ... or "unknown") and whether its files live elsewhere: then changes are not
// announced, a vanished connection looks like an empty folder, and SQLite's locks
// cannot be trusted.
func NetworkFilesystem(path string) (kind string, network bool) {
	var stat unix.Statfs_t
	if err := unix.Statfs(path, &stat); err != nil {
		return unknownFilesystem, false
	}
	magic := uint32(stat.Type) //nolint:gosec // the magic numbers have 32 bits; the field's width differs between architectures
	if magic == fuseMagic {
		kind := mountKind(path)
		return kind, !localFuse[kind]
	}
	if kind, ok := networkMagic[magic]; ok {
		return kind, true
	}
	if kind, ok := localMagic[magic]; ok {
		return kind, false
	}
	return unknownFilesystem, false
}

// mountKind looks the file system of path up in the table of mounts by its device
// number; "fuse" when it is not there.
func mountKind(path string) string {
	const otherwise = "fuse"
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		return otherwise
	}
	table, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return otherwise
	}
	defer func() { _ = table.Close() }()
	return kindIn(bufio.NewScanner(table), fmt.Sprintf("%d:%d", unix.Major(stat.Dev), unix.Minor(stat.Dev)), otherwise)
}

// kindIn reads lines "36 35 98:0 /root /mount options - type source options".
func kindIn(lines *bufio.Scanner, device, otherwise string) string {
	for lines.Scan() {
		mount, kind, found := strings.Cut(lines.Text(), " - ")
		fields := strings.Fields(mount)
		if !found || len(fields) < 3 || fields[2] != device {
			continue
		}
		if kind, _, _ = strings.Cut(kind, " "); kind != "" {
			return kind
		}
	}
	return otherwise
}
