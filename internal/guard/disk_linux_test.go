package guard

import (
	"bufio"
	"strings"
	"testing"
)

func TestFuseMountsAreToldApartByTheMountTable(t *testing.T) {
	t.Parallel()
	const table = `22 28 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw
311 28 0:52 / /mnt/nas rw,relatime shared:160 - fuse.sshfs me@nas:/loras rw,user_id=0
312 28 8:17 / /mnt/usb\040stick rw,relatime - fuseblk /dev/sdb1 rw,user_id=0
broken line
313 28 0:53 / /mnt/pool rw master:1 - fuse.mergerfs 1:2 rw
314 28 0:54 / /host rw - virtiofs share rw
`
	for device, want := range map[string]string{"0:52": "fuse.sshfs", "8:17": "fuseblk", "0:53": "fuse.mergerfs", "0:54": "virtiofs", "9:9": "fuse"} {
		if got := kindIn(bufio.NewScanner(strings.NewReader(table)), device, "fuse"); got != want {
			t.Errorf("%s is %s, want %s", device, got, want)
		}
	}
	if localFuse["fuse.sshfs"] || localFuse["virtiofs"] || localFuse["fuse"] || !localFuse["fuseblk"] {
		t.Error("local and remote are mixed up")
	}
}
