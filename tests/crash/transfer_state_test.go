package crash

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loramanager/tests/harness"
)

const stagingFolder = ".loramanager-staging"

// state is what a user has.
type state struct {
	records map[string]string // adapters, compositions and jobs, by their ids
	files   map[string]string // of the library folder: digests by path
	ofFiles bool
}

func (s state) equal(other state) bool {
	return maps.Equal(s.records, other.records) && (!s.ofFiles || maps.Equal(s.files, other.files))
}

// String lists what is there.
func (s state) String() string {
	lines := []string{}
	for _, part := range []map[string]string{s.records, s.files} {
		for _, name := range slices.Sorted(maps.Keys(part)) {
			lines = append(lines, name+": "+part[name])
		}
	}
	return strings.Join(lines, "\n  ")
}

// look scans and reads everything.
func (m *moving) look(s *harness.Server) state {
	m.t.Helper()
	s.Scan()
	seen := state{records: map[string]string{}, files: map[string]string{}, ofFiles: m.ofFiles}
	for _, a := range s.Adapters("") {
		word := "none"
		if a.ActivationText != nil {
			word = *a.ActivationText
		}
		record := fmt.Sprintf("%s %q %d %g %v %s", a.Name, a.Notes, a.Rating, a.Weight, a.TrainedWords, word)
		if m.ofFiles {
			record += fmt.Sprintf(" %s %s", a.FilePath, a.FileState)
		}
		seen.records["adapter "+a.ID] = record
	}
	var listed struct {
		Compositions []struct {
			ID, Name, Prefix string
			Version          int
		} `json:"compositions"`
	}
	s.Call(http.MethodGet, "/api/v1/compositions", nil, &listed)
	for _, c := range listed.Compositions {
		seen.records["composition "+c.ID] = fmt.Sprintf("%q %q %d", c.Name, c.Prefix, c.Version)
	}
	for id, j := range jobs(s, "") {
		seen.records["job "+id] = j.RawStatus
	}
	err := filepath.WalkDir(m.home, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == stagingFolder {
			return fs.SkipDir // checkEnded looks at it
		}
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path) //nolint:gosec // a file of this test
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		seen.files[strings.TrimPrefix(path, m.home)] = hex.EncodeToString(sum[:])
		return nil
	})
	if err != nil && !os.IsNotExist(err) { // it is being placed
		m.t.Fatal(err)
	}
	return seen
}

// checkPictures looks at pictures once the server has stopped: each file has a record, and
// each image a file.
func (m *moving) checkPictures() {
	m.t.Helper()
	db := m.open()
	defer func() { _ = db.Close() }()
	records, files := column(m.world, db, "SELECT sha256 FROM picture"), m.pictures()
	for sha256 := range files {
		if records[sha256] == 0 {
			m.t.Errorf("picture %s has no record", sha256)
		}
	}
	for sha256 := range column(m.world, db, "SELECT sha256 FROM job_image") {
		if !files[sha256] {
			m.t.Errorf("an image of a job has no file: %s", sha256)
		}
	}
}

// cloneDatabase makes one database of PostgreSQL what another is. Nobody may use them.
func cloneDatabase(t *testing.T, from, to string) {
	t.Helper()
	address, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	source, err := url.Parse(from)
	if err != nil {
		t.Fatal(err)
	}
	target := strings.TrimPrefix(address.Path, "/")
	address.Path = "/postgres"
	db, err := sql.Open("pgx", address.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, statement := range []string{
		"DROP DATABASE IF EXISTS " + target + " WITH (FORCE)",
		"CREATE DATABASE " + target + " TEMPLATE " + strings.TrimPrefix(source.Path, "/"),
	} {
		if _, err := db.ExecContext(context.Background(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}
