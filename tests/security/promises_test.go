package security

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	testName   = regexp.MustCompile(`Test[A-Z]\w+`)
	definition = regexp.MustCompile(`(?m)^func (Test[A-Z]\w+)\(`)
	promised   = regexp.MustCompile(`(?m)^(\d+)\. `)
	rowOfTable = regexp.MustCompile(`(?m)^\| (\d+) \|.*$`)
)

// definedTests are the names of all tests of this repository.
func definedTests(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, top := range []string{"../../internal", "../../cmd", "../../tests"} {
		err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
			if entry != nil && entry.IsDir() && entry.Name() == "node_modules" {
				return fs.SkipDir
			}
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			for _, m := range definition.FindAllSubmatch(source, -1) {
				found[string(m[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

func TestEveryPromiseIsTested(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/promises.md")
	if err != nil {
		t.Fatal(err)
	}
	defined, named := definedTests(t), map[string]bool{}
	for _, name := range testName.FindAllString(string(page), -1) {
		named[name] = true
		if !defined[name] {
			t.Errorf("docs/promises.md names %s, which does not exist", name)
		}
	}
	for name := range defined {
		if strings.HasPrefix(name, "TestRow") && !named[name] {
			t.Errorf("docs/promises.md does not name %s", name)
		}
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, promises, _ := bytes.Cut(readme, []byte("## Promises"))
	promises, _, _ = bytes.Cut(promises, []byte("\n## "))
	kept := map[string]bool{}
	first, _, _ := bytes.Cut(page, []byte("## The attacks"))
	for _, row := range rowOfTable.FindAllSubmatch(first, -1) {
		kept[string(row[1])] = bytes.Contains(row[0], []byte("Test")) || bytes.Contains(row[0], []byte("below"))
	}
	numbers := promised.FindAllSubmatch(promises, -1)
	if len(numbers) == 0 || len(numbers) != len(kept) {
		t.Errorf("the README makes %d promises, docs/promises.md keeps %d", len(numbers), len(kept))
	}
	for _, n := range numbers {
		if !kept[string(n[1])] {
			t.Errorf("promise %s of the README has no test in docs/promises.md", n[1])
		}
	}
}

// Rooms whose promises docs/promises.md lists, all of them.
var listedRooms = []string{"prompt", "infotext", "guard", "images", "events", "queue", "engine", "jobs", "accounts"}

func TestThePromisesOfTheRoomsAreListed(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/promises.md")
	if err != nil {
		t.Fatal(err)
	}
	numbered := regexp.MustCompile(`(?m)^//  (\d+)\. `)
	for _, room := range listedRooms {
		doc, err := os.ReadFile("../../internal/" + room + "/doc.go")
		if err != nil {
			t.Fatal(err)
		}
		listed := map[string]bool{}
		for _, row := range regexp.MustCompile(`(?m)^\| `+room+` (\d+) \|.*$`).FindAllSubmatch(page, -1) {
			listed[string(row[1])] = bytes.Contains(row[0], []byte("`Test"))
		}
		numbers := numbered.FindAllSubmatch(doc, -1)
		if len(numbers) == 0 || len(numbers) != len(listed) {
			t.Errorf("%s makes %d promises, docs/promises.md lists %d", room, len(numbers), len(listed))
		}
		for _, n := range numbers {
			if !listed[string(n[1])] {
				t.Errorf("promise %s of %s has no test in docs/promises.md", n[1], room)
			}
		}
	}
}

func TestTheThreatsNameTestsThatExist(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/threats.md")
	if err != nil {
		t.Fatal(err)
	}
	defined := definedTests(t)
	names := testName.FindAllString(string(page), -1)
	if len(names) == 0 {
		t.Error("docs/threats.md names no test")
	}
	for _, name := range names {
		if !defined[name] {
			t.Errorf("docs/threats.md names %s, which does not exist", name)
		}
	}
}
