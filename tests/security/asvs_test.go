package security

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// asvsLevels1And2 are the requirements of levels 1 and 2 of OWASP ASVS 5.0.0: by section,
// the numbers in it. Those of level 3 are left out.
var asvsLevels1And2 = map[string]string{
	"1.1": "1 2", "1.2": "1 2 3 4 5 6 7 8 9", "1.3": "1 2 3 4 5 6 7 8 9 10 11", "1.4": "1 2 3", "1.5": "1 2",
	"2.1": "1 2 3", "2.2": "1 2 3", "2.3": "1 2 3 4", "2.4": "1",
	"3.2": "1 2", "3.3": "1 2 3 4", "3.4": "1 2 3 4 5 6", "3.5": "1 2 3 4 5", "3.7": "1 2",
	"4.1": "1 2 3", "4.2": "1", "4.3": "1 2", "4.4": "1 2 3 4",
	"5.1": "1", "5.2": "1 2 3", "5.3": "1 2", "5.4": "1 2 3",
	"6.1": "1 2 3", "6.2": "1 2 3 4 5 6 7 8 9 10 11 12", "6.3": "1 2 3 4", "6.4": "1 2 3 4", "6.5": "1 2 3 4 5", "6.6": "1 2 3", "6.8": "1 2 3 4",
	"7.1": "1 2 3", "7.2": "1 2 3 4", "7.3": "1 2", "7.4": "1 2 3 4 5", "7.5": "1 2", "7.6": "1 2",
	"8.1": "1 2", "8.2": "1 2 3", "8.3": "1", "8.4": "1",
	"9.1": "1 2 3", "9.2": "1 2 3 4",
	"10.1": "1 2", "10.2": "1 2", "10.3": "1 2 3 4", "10.4": "1 2 3 4 5 6 7 8 9 10 11", "10.5": "1 2 3 4 5", "10.6": "1 2", "10.7": "1 2 3",
	"11.1": "1 2", "11.2": "1 2 3", "11.3": "1 2 3", "11.4": "1 2 3 4", "11.5": "1", "11.6": "1",
	"12.1": "1 2 3", "12.2": "1 2", "12.3": "1 2 3 4",
	"13.1": "1", "13.2": "1 2 3 4 5", "13.3": "1 2", "13.4": "1 2 3 4 5",
	"14.1": "1 2", "14.2": "1 2 3 4", "14.3": "1 2 3",
	"15.1": "1 2 3", "15.2": "1 2 3", "15.3": "1 2 3 4 5 6 7",
	"16.1": "1", "16.2": "1 2 3 4 5", "16.3": "1 2 3 4", "16.4": "1 2 3", "16.5": "1 2 3",
	"17.1": "1", "17.2": "1 2 3 4", "17.3": "1 2",
}

// asvsOpen are the requirements that are known not to be met.
var asvsOpen = []string{"3.4.3", "5.4.3", "6.3.3", "6.5.5", "7.5.2", "12.3.1", "12.3.3", "13.2.1", "13.3.1", "16.4.3"}

var (
	asvsRow     = regexp.MustCompile(`(?m)^\| (\d+\.\d+\.\d+) \| (.+?) \| (pass|n/a|open) \| (.+?) \|$`)
	asvsSpec    = regexp.MustCompile("`(\\w+\\.spec\\.ts)` \"([^\"]+)\"")
	asvsSection = regexp.MustCompile(`\[security\.md\]\(security\.md#([a-z0-9-]+)\)`)
	asvsStep    = regexp.MustCompile("`make ([a-z-]+)`")
)

func TestEveryRequirementIsAnswered(t *testing.T) {
	t.Parallel()
	wanted := map[string]bool{}
	for section, numbers := range asvsLevels1And2 {
		for _, n := range strings.Fields(numbers) {
			wanted[section+"."+n] = true
		}
	}
	if len(wanted) != 253 {
		t.Fatalf("the list has %d requirements, the standard 253", len(wanted))
	}
	proof := newProofs(t)
	page := text(t, "../../docs/asvs.md")
	if rows := strings.Count(page, "\n| ") - strings.Count(page, "\n| id |"); rows != len(wanted) {
		t.Errorf("docs/asvs.md has %d rows, want %d", rows, len(wanted))
	}
	answered := map[string]bool{}
	for _, row := range asvsRow.FindAllStringSubmatch(page, -1) {
		id, answer, by := row[1], row[3], row[4]
		if !wanted[id] || answered[id] {
			t.Errorf("%s is there twice, or is none of levels 1 and 2", id)
		}
		answered[id] = true
		if isOpen := slices.Contains(asvsOpen, id); isOpen != (answer == "open") {
			t.Errorf("%s is %s, and the list of open ones says %v", id, answer, isOpen)
		}
		found := proof.check(t, id, by)
		if answer == "pass" && found == 0 {
			t.Errorf("%s passes by nothing: %s", id, by)
		}
		if answer != "pass" && len(strings.TrimSpace(testName.ReplaceAllString(by, ""))) < len("no Java") {
			t.Errorf("%s is %s without a reason", id, answer)
		}
	}
	for id := range wanted {
		if !answered[id] {
			t.Errorf("%s is not answered", id)
		}
	}
}

// proofs are what an answer may refer to.
type proofs struct {
	tests    map[string]bool
	specs    map[string]string // text by name of the file
	sections map[string]bool
	steps    string
	makefile string
}

func newProofs(t *testing.T) *proofs {
	p := &proofs{tests: definedTests(t), specs: map[string]string{}, sections: map[string]bool{}, makefile: text(t, "../../Makefile")}
	for _, top := range []string{"../e2e", "../../web/src"} {
		err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
			if entry != nil && entry.IsDir() && entry.Name() == "node_modules" {
				return fs.SkipDir
			}
			if err == nil && strings.HasSuffix(path, ".spec.ts") {
				p.specs[filepath.Base(path)] += text(t, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, heading := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllStringSubmatch(text(t, "../../docs/security.md"), -1) {
		p.sections[strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(heading[1]), ",", ""), " ", "-")] = true
	}
	for _, name := range []string{"../../.github/workflows/ci.yml", "../../.github/workflows/release.yml", "../../.goreleaser.yaml", "../../.ci/run"} {
		p.steps += text(t, name)
	}
	return p
}

// check reports what an answer refers to that does not exist, and counts what does.
func (p *proofs) check(t *testing.T, id, by string) (found int) {
	t.Helper()
	missing := func(what string, there bool) {
		if found++; !there {
			t.Errorf("%s: there is no %s", id, what)
		}
	}
	for _, name := range testName.FindAllString(by, -1) {
		missing(name, p.tests[name])
	}
	for _, m := range asvsSpec.FindAllStringSubmatch(by, -1) {
		title := strings.ReplaceAll(m[2], "'", "’")
		missing(fmt.Sprintf("%q in %s", title, m[1]), strings.Contains(p.specs[m[1]], "('"+title+"'"))
	}
	for _, m := range asvsSection.FindAllStringSubmatch(by, -1) {
		missing("section "+m[1], p.sections[m[1]])
	}
	for _, m := range asvsStep.FindAllStringSubmatch(by, -1) {
		// Steps of the continuous integration name the verb, or a verb that names it.
		inMakefile := strings.Contains(p.makefile, "\n"+m[1]+":")
		missing("step make "+m[1], inMakefile && (regexp.MustCompile(`make .*\b`+m[1]+`\b`).MatchString(p.steps) || strings.Contains(p.makefile, "$(MAKE) "+m[1])))
	}
	return found
}
