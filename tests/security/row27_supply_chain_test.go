package security

import (
	"encoding/json"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

func text(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var direct = regexp.MustCompile(`(?m)^\s*(?:require )?([a-z0-9.-]+\.[a-z]+/\S+) v\S+$`)

var major = regexp.MustCompile(`/v[0-9]+$`)

func TestRow27_EveryModuleHasAReason(t *testing.T) {
	t.Parallel()
	reasons := text(t, "../../docs/adr/0007-dependencies.md")
	modules := direct.FindAllStringSubmatch(text(t, "../../go.mod"), -1) // indirect ones end with a remark
	if len(modules) < 10 {
		t.Fatalf("%d modules were found in go.mod", len(modules))
	}
	for _, m := range modules {
		name := path.Base(major.ReplaceAllString(m[1], ""))
		if !regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`).MatchString(reasons) {
			t.Errorf("docs/adr/0007 does not say why %s is needed", m[1])
		}
	}
}

// Packages are what their digests say, and none but the one that brings Node runs a
// script while it is installed.
func TestRow27_EveryPackageIsPinnedAndRunsNothing(t *testing.T) {
	t.Parallel()
	for _, lock := range []string{"../../web/package-lock.json", "../e2e/package-lock.json"} {
		var file struct {
			Packages map[string]struct {
				Version          string `json:"version"`
				Integrity        string `json:"integrity"`
				Link             bool   `json:"link"`
				Optional         bool   `json:"optional"`
				HasInstallScript bool   `json:"hasInstallScript"`
			} `json:"packages"`
		}
		if err := json.Unmarshal([]byte(text(t, lock)), &file); err != nil {
			t.Fatal(err)
		}
		for place, p := range file.Packages {
			name := strings.TrimPrefix(place, "node_modules/")
			if place == "" || p.Link {
				continue
			}
			// Packages of other systems are named without a digest: their registry does not list them.
			if p.Integrity == "" && !p.Optional {
				t.Errorf("%s: %s %s has no digest", lock, name, p.Version)
			}
			if p.HasInstallScript && name != "node" && !p.Optional {
				t.Errorf("%s: %s runs a script when it is installed", lock, name)
			}
		}
	}
}

// There is nothing that fetches a newer program or code of others: the binary refers to
// no address of a release and loads no plug-in.
func TestRow27_NothingUpdatesItselfAndNothingIsLoaded(t *testing.T) {
	t.Parallel()
	modules := text(t, "../../go.mod")
	for _, loader := range []string{"hashicorp/go-plugin", "inconshreveable/go-update", "creativeprojects/go-selfupdate", "rhysd/go-github-selfupdate", "yuin/gopher-lua", "dop251/goja", "traefik/yaegi"} {
		if strings.Contains(modules, loader) {
			t.Errorf("go.mod has %s", loader)
		}
	}
}
