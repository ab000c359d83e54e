package security

import (
	"strings"
	"testing"
)

// make reproducible builds twice and compares bits. That says something about releases
// only while they are built with the same flags.
func TestReleasesAreBuiltAsWhatIsCheckedToRepeat(t *testing.T) {
	t.Parallel()
	check, release := text(t, "../../.ci/reproducible"), text(t, "../../.goreleaser.yaml")
	for _, flag := range []string{"-trimpath", "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false", "-s -w -buildid= -X main.version="} {
		if !strings.Contains(check, flag) || !strings.Contains(release, flag) {
			t.Errorf("%s is in only one of .ci/reproducible and .goreleaser.yaml, or in none", flag)
		}
	}
	for _, time := range []string{"mod_timestamp:", "builds_info: {mtime:"} {
		if !strings.Contains(release, time) {
			t.Errorf(".goreleaser.yaml has no %s: the times of files would be those of the build", time)
		}
	}
	if !strings.Contains(text(t, "../../.github/workflows/ci.yml"), "make reproducible") {
		t.Error("the continuous integration does not build twice")
	}
}
