package crash

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/store/pgtest"
	"loramanager/tests/harness"
)

// The points an import and a restore can be ended at, and how often each is reached here.
var (
	importPoints  = map[string]int{"import.staged": 1, "import.saving": 1, "import.saved": 1, "import.placed": importedFiles, "import.settled": 1}
	restorePoints = map[string]int{"restore.pictures": 1, "restore.table": 20, "restore.saving": 1, "restore.saved": 1, "restore.placed": 1}
)

const (
	hereAdapters  = 3
	thereAdapters = 6
	importedFiles = 2*thereAdapters + 1 // with sidecars, and a picture
)

// moving is an installation that imports or restores, dies of it, and is put back to what
// it was when it has succeeded.
type moving struct {
	*world
	home     string // the library folder
	safe     string // what it was
	template string // the same of PostgreSQL
	old, new state
	// carry begins what is to be ended, and waits for the end of it.
	carry  func(c *caller) error
	points map[string]int
	// ofFiles says that files belong to the state. A restore puts them back one by one after
	// the database, and again when it is repeated.
	ofFiles bool
	took    time.Duration
}

func newMoving(t *testing.T, database string) *moving {
	t.Helper()
	m := &moving{world: newWorld(t, database, "memory"), home: t.TempDir(), safe: t.TempDir()}
	for n := range hereAdapters {
		m.adapter(m.home, fmt.Sprintf("here-%d", n))
	}
	return m
}

// adapter writes a small adapter with a sidecar.
func (m *moving) adapter(folder, name string) {
	m.t.Helper()
	header := fmt.Sprintf(`{"__metadata__":{"ss_output_name":%q},"lora_unet_x.lora_down.weight":{"dtype":"F16","shape":[4,8],"data_offsets":[0,64]},`+
		`"lora_unet_x.lora_up.weight":{"dtype":"F16","shape":[8,4],"data_offsets":[64,128]}}`, name)
	content := append([]byte{byte(len(header)), byte(len(header) >> 8), 0, 0, 0, 0, 0, 0}, header...)
	content = append(content, make([]byte, 128)...)
	for file, content := range map[string][]byte{name + ".safetensors": content, name + ".json": []byte(`{"description":"` + name + `","activation text":"word"}`)} {
		if err := os.WriteFile(filepath.Join(folder, file), content, 0o600); err != nil {
			m.t.Fatal(err)
		}
	}
}

// keep remembers the stopped installation as what it is to be again.
func (m *moving) keep() {
	m.t.Helper()
	for name, folder := range map[string]string{"data": m.data, "home": m.home} {
		if err := os.CopyFS(filepath.Join(m.safe, name), os.DirFS(folder)); err != nil {
			m.t.Fatal(err)
		}
	}
	if m.address != "" {
		m.template = pgtest.Database(m.t)
		cloneDatabase(m.t, m.address, m.template)
	}
}

// reset makes the installation what it was.
func (m *moving) reset() {
	m.t.Helper()
	for name, folder := range map[string]string{"data": m.data, "home": m.home} {
		entries, err := os.ReadDir(folder)
		for _, e := range entries {
			if err == nil {
				err = os.RemoveAll(filepath.Join(folder, e.Name()))
			}
		}
		if err == nil {
			err = os.CopyFS(folder, os.DirFS(filepath.Join(m.safe, name)))
		}
		if err != nil {
			m.t.Fatal(err)
		}
	}
	if m.address != "" {
		cloneDatabase(m.t, m.template, m.address)
	}
}

// learn finds out what the state is before and after, undisturbed.
func (m *moving) learn() {
	m.t.Helper()
	s := m.start("")
	m.old = m.look(s)
	s.Stop()
	m.keep()
	s = m.start("")
	began := time.Now()
	if err := m.carry(&caller{s}); err != nil {
		m.t.Fatal(err)
	}
	m.took = time.Since(began)
	m.new = m.look(s)
	s.Stop()
	m.checkPictures()
	if m.old.equal(m.new) {
		m.t.Fatalf("nothing changed: %v", m.old)
	}
	m.reset()
}

// recovery is how long what was killed may take to be put right: on PostgreSQL another
// server takes a process for dead after a minute, and looks each minute.
const recovery = 3 * time.Minute

// dieAndLook is one life: it ends at a failpoint, or at a random moment, and once more
// right after the next start. Then the state is the old one or the new one.
func (m *moving) dieAndLook(n int) {
	m.t.Helper()
	failpoint := ""
	if n%2 == 0 {
		points := slices.Sorted(maps.Keys(m.points))
		point := points[n/2%len(points)]
		failpoint = fmt.Sprintf("%s:%d", point, 1+m.random.IntN(m.points[point]))
	}
	s := m.start(failpoint)
	ended := make(chan error, 1)
	go func() { ended <- m.carry(&caller{s}) }()
	lifetime := m.took * 3
	if failpoint == "" {
		lifetime = time.Duration(m.random.Int64N(int64(m.took)))
	}
	select {
	case <-s.Ended():
	case err := <-ended:
		ended <- err
	case <-time.After(lifetime):
	}
	if s.Running() {
		s.Kill()
	}
	<-ended
	if n%3 == 0 {
		m.start("").Kill()
	}
	s = m.start("")
	seen := state{}
	defer func() {
		if m.t.Failed() {
			m.t.Logf("life %d ended at %q\nseen %s\nold %s\nnew %s", n, failpoint, seen, m.old, m.new)
		}
	}()
	harness.Eventually(m.t, recovery, "the state is the old one or the new one", func() bool {
		seen = m.look(s)
		return seen.equal(m.old) || seen.equal(m.new)
	})
	m.checkEnded(s)
	s.Stop()
	m.checkPictures()
	if m.t.Failed() {
		m.t.FailNow()
	}
	if seen.equal(m.new) || !m.ofFiles {
		m.reset()
	}
}

// checkEnded looks for what must not outlast the process that was killed.
func (m *moving) checkEnded(s *harness.Server) {
	m.t.Helper()
	if m.address != "" {
		return // for a minute, another process may run it
	}
	harness.Eventually(m.t, time.Minute, "nothing is left of what was killed", func() bool {
		var listed struct {
			Transfers []lora.Transfer `json:"transfers"`
		}
		s.Call(http.MethodGet, "/api/v1/transfers", nil, &listed)
		for i := range listed.Transfers {
			if !listed.Transfers[i].State.Final() {
				return false
			}
		}
		left, err := os.ReadDir(filepath.Join(m.data, "imports"))
		_, staging := os.Stat(filepath.Join(m.home, stagingFolder))
		return (err != nil || len(left) == 0) && os.IsNotExist(staging)
	})
}

// archiveOf makes an installation with adapters, a composition and a picture, and exports all
// of it.
func archiveOf(t *testing.T) []byte {
	t.Helper()
	m := &moving{world: newWorld(t, "sqlite", "memory"), home: t.TempDir()}
	for n := range thereAdapters {
		m.adapter(m.home, fmt.Sprintf("there-%d", n))
	}
	s := m.start("")
	s.AddRoot(m.home)
	m.furnish(s, "there")
	content, err := (&caller{s}).export()
	if err != nil {
		t.Fatal(err)
	}
	s.Stop()
	return content
}

// furnish edits adapters, composes, and makes a picture.
func (m *moving) furnish(s *harness.Server, text string) {
	m.t.Helper()
	for _, a := range s.Adapters("") {
		s.Call(http.MethodPatch, "/api/v1/adapters/"+a.ID, map[string]any{"notes": text, "rating": 4, "weight": 0}, nil)
	}
	s.Call(http.MethodPost, "/api/v1/compositions", map[string]any{"name": text, "prefix": text, "entries": []any{}}, nil)
	s.Call(http.MethodPost, "/api/v1/generation/queue-generation?backend=sketch",
		map[string]any{"prompt": text, "steps": 1, "width": 64, "height": 64, "seed": len(text), "sampler_name": "Euler a"}, nil)
	m.awaitIdle(s)
}

func TestAnImportThatIsKilledIsThereOrIsNot(t *testing.T) {
	content := archiveOf(t)
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			m := newMoving(t, database)
			m.points, m.ofFiles = importPoints, true
			s := m.start("")
			root, _ := s.AddRoot(m.home)
			m.furnish(s, "here")
			s.Stop()
			m.carry = func(c *caller) error { return c.importArchive(content, root.ID) }
			m.learn()
			for n := range transferKills(t) {
				m.dieAndLook(n)
			}
		})
	}
}

func TestARestoreThatIsKilledIsThereOrIsNot(t *testing.T) {
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			m := newMoving(t, database)
			m.points = restorePoints
			s := m.start("")
			s.AddRoot(m.home)
			m.furnish(s, "then")
			id, err := (&caller{s}).backUp()
			if err != nil {
				t.Fatal(err)
			}
			m.furnish(s, "now")
			if err := os.Remove(filepath.Join(m.home, "here-0.safetensors")); err != nil {
				t.Fatal(err)
			}
			s.Scan()
			s.Stop()
			m.carry = func(c *caller) error { return c.restore(id) }
			m.learn()
			for n := range transferKills(t) {
				m.dieAndLook(n)
			}
			s = m.start("")
			if err := m.carry(&caller{s}); err != nil {
				t.Fatal(err)
			}
			if seen := m.look(s); !seen.equal(m.new) || !maps.Equal(seen.files, m.new.files) {
				t.Errorf("restored in the end: %s", seen)
			}
			s.Stop()
		})
	}
}

// transferKills is how often one test of each database kills: there is much more to be
// started for each than for one of jobs.
func transferKills(t *testing.T) int {
	t.Helper()
	return max(kills(t)/4, 5)
}
