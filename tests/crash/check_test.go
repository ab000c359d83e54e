package crash

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"loramanager/tests/harness"
)

// patience is how long all jobs may take to become final once nobody kills any more.
const patience = 3 * time.Minute

// job is what the log of jobs says.
type job struct {
	ID         string `json:"id"`
	Kind       string `json:"kind"`
	RawStatus  string `json:"raw_status"`
	ErrorClass string `json:"error_class"`
	Error      string `json:"error"`
	ParentID   string `json:"parent_id"`
}

// jobs reads the whole log.
func jobs(s *harness.Server, query string) map[string]job {
	all := map[string]job{}
	after := ""
	for {
		var page struct {
			Jobs []job   `json:"jobs"`
			Next *string `json:"next_cursor"`
		}
		s.Call(http.MethodGet, "/api/v1/generation/jobs?limit=200"+query+"&after="+url.QueryEscape(after), nil, &page)
		for _, j := range page.Jobs {
			all[j.ID] = j
		}
		if page.Next == nil || *page.Next == "" {
			return all
		}
		after = *page.Next
	}
}

// settle waits until nothing waits or runs any more, retries what failed because of the
// kills, as a user would, and waits again: in the end everything has succeeded.
func (w *world) settle(s *harness.Server) map[string]job {
	w.t.Helper()
	w.awaitIdle(s)
	lost := 0
	for id, j := range jobs(s, "&status=failed") {
		if j.Error == "" || j.ErrorClass == "" {
			w.t.Errorf("job %s failed without a reason: %+v", id, j)
		}
		lost++
		s.Call(http.MethodPost, "/api/v1/generation/jobs/"+id+"/retry", nil, nil)
	}
	w.t.Logf("%d jobs failed with a reason and were retried", lost)
	w.awaitIdle(s)
	return jobs(s, "")
}

func (w *world) awaitIdle(s *harness.Server) {
	w.t.Helper()
	harness.Eventually(w.t, patience, "all jobs are final", func() bool {
		var queue struct {
			State struct{ Pending, Running, Retrying int }
		}
		s.Call(http.MethodGet, "/api/v1/generation/queue", nil, &queue)
		return queue.State.Pending+queue.State.Running+queue.State.Retrying == 0
	})
}

// checkJobs compares the log with what was ordered.
func (w *world) checkJobs(c *client, log map[string]job) {
	w.t.Helper()
	deliveries := map[string]int{} // by the generation they belong to
	for id, j := range log {
		if j.RawStatus != "succeeded" {
			w.t.Errorf("job %s has not succeeded in the end: %+v", id, j)
		}
		if j.ParentID != "" {
			deliveries[j.ParentID]++
		}
	}
	ordered := 0
	for _, o := range c.orders {
		ordered++
		if _, found := log[o.id]; !found {
			w.t.Errorf("order %s, accepted as job %s, is lost", o.key, o.id)
		}
		want := 0
		if o.bundled {
			want = 1
		}
		if deliveries[o.id] != want {
			w.t.Errorf("job %s has %d deliveries, want %d", o.id, deliveries[o.id], want)
		}
		ordered += want
	}
	if ordered != len(log) {
		w.t.Errorf("%d jobs came of %d orders", len(log), ordered)
	}
}

// checkDisk looks at the database and the pictures once the server has stopped.
func (w *world) checkDisk(c *client) {
	w.t.Helper()
	db := w.open()
	defer func() { _ = db.Close() }()
	records := column(w, db, "SELECT sha256 FROM picture")
	kept := column(w, db, "SELECT sha256 FROM picture WHERE state = 'kept'")
	used := column(w, db, "SELECT sha256 FROM job_image")
	files := w.pictures()
	for sha256 := range files {
		if records[sha256] == 0 {
			w.t.Errorf("picture %s has no record", sha256)
		}
	}
	for sha256 := range kept {
		if !files[sha256] {
			w.t.Errorf("the record of picture %s has no file", sha256)
		}
	}
	images := 0
	for sha256, n := range used {
		if images += n; !files[sha256] {
			w.t.Errorf("an image of a job has no file: %s", sha256)
		}
	}
	want := 0
	for _, o := range c.orders {
		want += o.images
	}
	if images != want {
		w.t.Errorf("the jobs have %d images, want %d", images, want)
	}
	w.t.Logf("%d orders, %d images, %d picture files", len(c.orders), images, len(files))
}

// open opens the database beside the stopped server, and checks that it is whole.
func (w *world) open() *sql.DB {
	w.t.Helper()
	driver, address := "pgx", w.address
	if address == "" {
		driver, address = "sqlite", "file:"+filepath.Join(w.data, "loramanager.db")
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		w.t.Fatal(err)
	}
	if driver == "sqlite" {
		for answer := range column(w, db, "PRAGMA integrity_check") {
			if answer != "ok" {
				w.t.Errorf("the database is damaged: %s", answer)
			}
		}
	}
	return db
}

// column reads the texts of one column and how often each is there.
func column(w *world, db *sql.DB, query string) map[string]int {
	w.t.Helper()
	rows, err := db.QueryContext(context.Background(), query)
	if err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	found := map[string]int{}
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			w.t.Fatal(err)
		}
		found[text]++
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return found
}

// pictures are the finished files of the picture folder, each of which must hold what
// its name says.
func (w *world) pictures() map[string]bool {
	w.t.Helper()
	files := map[string]bool{}
	folder := filepath.Join(w.data, "pictures")
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(path, ".tmp") {
			return err
		}
		data, err := os.ReadFile(path) //nolint:gosec // a file of this test
		if err != nil {
			return err
		}
		name, _, _ := strings.Cut(entry.Name(), ".")
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != name {
			return fmt.Errorf("%s does not hold what its name says", path)
		}
		files[name] = true
		return nil
	})
	if err != nil {
		w.t.Error(err)
	}
	return files
}
