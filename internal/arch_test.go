package internal_test

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors is the house of ARCHITECTURE.md: a room may import rooms of lower floors
// only. Rooms below a room (store/storetest) live on the same floor as it.
var floors = map[string]int{
	"lora": 0,

	"safetensors": 1,
	"inspect":     1,
	"sidecar":     1,
	"digest":      1,
	"catalog":     1,
	"prompt":      1,
	"infotext":    1,
	"guard":       1,
	"vector":      1,
	"trace":       1,

	"store":     2,
	"images":    2,
	"events":    2,
	"queue":     2,
	"engine":    2,
	"machine":   2,
	"metrics":   2,
	"embedding": 2,
	"hub":       2,
	"vault":     2,
	"movein":    2,

	"library":   3,
	"sample":    3,
	"jobs":      3,
	"recommend": 3,
	"stats":     3,
	"health":    3,
	"origin":    3,
	"archive":   3,
	"accounts":  3,

	"httpapi": 4,
}

const (
	handsFloor   = 2
	storiesFloor = 3
	doorFloor    = 4
	maxFileLines = 500
)

// notRooms are words that say nothing about what is inside.
var notRooms = []string{"models", "utils", "util", "common", "helpers", "services", "managers", "handlers", "types", "misc", "shared"}

// onlyInGuard are calls that reach outside; an auditor finds all of them in one room.
var onlyInGuard = map[string][]string{
	"os":    {"Open", "OpenFile", "ReadFile", "ReadDir", "Create", "WriteFile", "Remove", "RemoveAll", "Rename", "OpenRoot", "OpenInRoot"},
	"image": {"Decode", "DecodeConfig"},
	"http":  {"DefaultClient", "Get", "Post", "Head"},
}

// mayTouchFiles are the rooms that own files of their own and why.
var mayTouchFiles = map[string]string{
	"guard":  "it is the rails",
	"store":  "the database file, its lock and its folder",
	"images": "the thumbnail folder",
	"sample": "the sample library it writes",
}

func TestImportsOnlyGoDownAFloor(t *testing.T) {
	t.Parallel()
	eachFile(t, "../internal", func(path string, file *ast.File) {
		room := roomOf(path)
		floor, known := floors[room]
		if !known {
			t.Errorf("%s: the room %q is not in the house: add it to the map in internal/arch_test.go and to ARCHITECTURE.md", path, room)
			return
		}
		for _, imported := range imports(file) {
			other, ok := strings.CutPrefix(imported, "loramanager/internal/")
			if !ok {
				if imported == "loramanager/web" && floor < doorFloor {
					t.Errorf("%s: %s imports the web app: only httpapi serves it", path, room)
				}
				continue
			}
			other, _, _ = strings.Cut(other, "/")
			if sentence := verdict(room, other); sentence != "" {
				t.Errorf("%s: %s", path, sentence)
			}
		}
	})
}

// verdict is the sentence a newcomer needs when room must not import other, or nothing.
func verdict(room, other string) string {
	from, to := floors[room], floors[other]
	switch {
	case room == other || to < from && !(from == storiesFloor && to == handsFloor):
		return ""
	case from == storiesFloor && to == handsFloor:
		return fmt.Sprintf("%s imports %s: declare a small interface in %s instead, and let cmd plug %s in", room, other, room, other)
	case from == to:
		return fmt.Sprintf("%s imports %s, a room of its own floor: move what both need down a floor, or let a room above join them", room, other)
	}
	return fmt.Sprintf("%s imports %s, which is above it: turn the call round, or pass in a function", room, other)
}

func TestTheSentencesOfTheHouse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ room, other, want string }{
		{"httpapi", "store", ""},
		{"store", "catalog", ""},
		{"library", "guard", ""},
		{"library", "store", "declare a small interface in library"},
		{"store", "images", "a room of its own floor"},
		{"guard", "store", "which is above it"},
	} {
		got := verdict(c.room, c.other)
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s importing %s: got %q, want it to say %q", c.room, c.other, got, c.want)
		}
	}
}

func TestEveryRoomHasASign(t *testing.T) {
	t.Parallel()
	for room := range floors {
		entries, err := os.ReadDir(room)
		if err != nil {
			t.Errorf("the room %s is in the map but not in the house: %v", room, err)
			continue
		}
		isDoc := func(e fs.DirEntry) bool { return e.Name() == "doc.go" }
		if !slices.ContainsFunc(entries, isDoc) {
			t.Errorf("%s has no doc.go: say what the room is, what it is not, and what it promises", room)
		}
	}
}

func TestNoRoomIsCalledAfterNothing(t *testing.T) {
	t.Parallel()
	eachFile(t, "..", func(path string, file *ast.File) {
		if slices.Contains(notRooms, file.Name.Name) {
			t.Errorf("%s: %q says nothing about what is inside: name the room after the thing it holds", path, file.Name.Name)
		}
	})
}

func TestFilesStayReadable(t *testing.T) {
	t.Parallel()
	eachFile(t, "..", func(path string, _ *ast.File) {
		if lines := countLines(t, path); lines > maxFileLines {
			t.Errorf("%s has %d lines, the limit is %d: split it by the noun it holds", path, lines, maxFileLines)
		}
	})
}

func TestOnlyGuardReachesOutside(t *testing.T) {
	t.Parallel()
	eachFile(t, "../internal", func(path string, file *ast.File) {
		room := roomOf(path)
		if _, ok := mayTouchFiles[room]; ok {
			return
		}
		if slices.Contains(imports(file), "archive/zip") {
			t.Errorf("%s: %s imports archive/zip: archives are opened by guard, which counts what comes out", path, room)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := call.X.(*ast.Ident); ok && pkg.Obj == nil && slices.Contains(onlyInGuard[pkg.Name], call.Sel.Name) {
				t.Errorf("%s: %s uses %s.%s: ask guard, so that every path, address and picture from outside passes one room", path, room, pkg.Name, call.Sel.Name)
			}
			return true
		})
	})
}

// eachFile parses every Go file below dir that is not a test.
func eachFile(t *testing.T, dir string, visit func(path string, file *ast.File)) {
	t.Helper()
	set := token.NewFileSet()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || (d.Name() != ".." && strings.HasPrefix(d.Name(), "."))) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		visit(path, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func roomOf(path string) string {
	rel := strings.TrimPrefix(filepath.ToSlash(path), "../internal/")
	room, _, _ := strings.Cut(rel, "/")
	return room
}

func imports(file *ast.File) []string {
	var paths []string
	for _, spec := range file.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil {
			paths = append(paths, path)
		}
	}
	return paths
}

func countLines(t *testing.T, path string) int {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines := 0
	for s := bufio.NewScanner(f); s.Scan(); {
		lines++
	}
	return lines
}

// promise matches the beginning of a numbered promise in a doc.go.
var promise = regexp.MustCompile(`(?m)^// +([0-9]+)\. `)

func TestEveryPromiseHasATest(t *testing.T) {
	t.Parallel()
	for room := range floors {
		doc, err := os.ReadFile(filepath.Join(room, "doc.go"))
		if err != nil {
			t.Error(err)
			continue
		}
		names := testNames(t, room)
		for _, found := range promise.FindAllStringSubmatch(string(doc), -1) {
			number := found[1]
			if !strings.Contains(names, "Promise"+number+"_") && !strings.Contains(names, "(promise "+number+")") {
				t.Errorf("%s: promise %s of doc.go is in the name of no test: name one after it, such as TestPromise%s_..., or do not promise it", room, number, number)
			}
		}
	}
}

// testNames returns the text of all tests of a room, where their names are found.
func testNames(t *testing.T, room string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(room, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || d.Name() == "doc.go" {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return all.String()
}

// callsOut are the ways to reach another computer or program.
var callsOut = map[string][]string{
	"http": {"Client", "Transport", "NewRequest", "NewRequestWithContext"},
	"net":  {"Dial", "DialTimeout", "Dialer", "DialTCP", "DialUDP"},
	"exec": {"Command", "CommandContext"},
}

// mayCallOut are the rooms and files that reach other computers or programs and why.
var mayCallOut = map[string]string{
	"guard":                                 "engines and targets an administrator named are reached through its clients",
	"../internal/engine/managed_process.go": "it starts the engine programs an administrator named",
}

func TestOnlyGuardCallsOut(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"../internal", "../cmd"} {
		eachFile(t, dir, func(path string, file *ast.File) {
			if path := filepath.ToSlash(path); strings.Contains(path, "/pgtest/") || strings.Contains(path, "/redistest/") {
				return // start PostgreSQL and Redis for tests
			}
			if mayCallOut[roomOf(path)] != "" || mayCallOut[filepath.ToSlash(path)] != "" {
				return
			}
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if pkg, ok := call.X.(*ast.Ident); ok && pkg.Obj == nil && slices.Contains(callsOut[pkg.Name], call.Sel.Name) {
					t.Errorf("%s uses %s.%s: the README promises that the server calls nobody but the engines and targets its user named; ask guard, which checks the address", path, pkg.Name, call.Sel.Name)
				}
				return true
			})
		})
	}
}
