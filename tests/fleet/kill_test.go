package fleet

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"loramanager/internal/sample"
	"loramanager/tests/harness"
)

// kills is how many members die.
func kills(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("FLEET_KILLS"), "4"))
	if err != nil || n < 1 {
		t.Fatalf("FLEET_KILLS must be a number of at least 1, not %q", os.Getenv("FLEET_KILLS"))
	}
	return n
}

// firstFiles are on the shelf before the load begins. What people edit is among them.
const firstFiles = 8

func TestNothingIsLostAndEveryClientIsUpToDateWhenMembersAreKilled(t *testing.T) {
	f := newFleet(t)
	if err := sample.Write(t.Context(), f.shelf, firstFiles, sample.Options{Seed: 1}); err != nil {
		t.Fatal(err)
	}
	f.scanned()
	edited := slices.Sorted(maps.Keys(f.listed(0)))[:3]
	l := newLoad(f)
	watching, leave := context.WithCancel(t.Context())
	defer leave()
	var left sync.WaitGroup
	viewers := l.watch(watching, &left)
	l.begin(edited)
	for range kills(t) {
		target := l.ordered() + 1 + f.random.IntN(20)
		harness.Eventually(t, time.Minute, "orders are taken", func() bool { return l.ordered() >= target })
		victim := f.random.IntN(doors + workers)
		f.kill(victim)
		f.start(victim)
	}
	if err := l.end(); err != nil {
		t.Error(err)
	}
	f.checkOrders(l)
	f.scanned()
	f.checkAdapters(l)
	checkViewers(t, f, viewers)
	leave()
	left.Wait()
	f.checkTerms()
	f.checkPictures(l)
}

// checkOrders waits until each accepted order is done, after what failed by the kills was
// retried as a user would.
func (f *fleet) checkOrders(l *load) {
	f.t.Helper()
	type jobList struct {
		Jobs []struct {
			ID  string `json:"id"`
			Raw string `json:"raw_status"`
		} `json:"jobs"`
		Next *string `json:"next_cursor"`
	}
	idle := func() bool {
		var queue struct {
			State struct{ Pending, Running, Retrying int }
		}
		f.ask(0, http.MethodGet, "/api/v1/generation/queue", "", &queue)
		return queue.State.Pending+queue.State.Running+queue.State.Retrying == 0
	}
	harness.Eventually(f.t, 3*time.Minute, "all jobs are final", idle)
	var failed jobList
	f.ask(1, http.MethodGet, "/api/v1/generation/jobs?limit=200&status=failed", "", &failed)
	for _, j := range failed.Jobs {
		f.ask(1, http.MethodPost, "/api/v1/generation/jobs/"+j.ID+"/retry", "", nil)
	}
	harness.Eventually(f.t, 3*time.Minute, "all jobs are final", idle)
	ended := map[string]string{}
	for after := ""; ; {
		var page jobList
		f.ask(2, http.MethodGet, "/api/v1/generation/jobs?limit=200&after="+after, "", &page)
		for _, j := range page.Jobs {
			ended[j.ID] = j.Raw
		}
		if page.Next == nil || *page.Next == "" {
			break
		}
		after = *page.Next
	}
	for key, id := range l.orders {
		if ended[id] != "succeeded" {
			f.t.Errorf("%s, accepted as job %s, is %q in the end", key, id, ended[id])
		}
	}
	if len(ended) != len(l.orders) {
		f.t.Errorf("%d jobs came of %d orders", len(ended), len(l.orders))
	}
	f.t.Logf("%d orders, of which %d had to be retried", len(l.orders), len(failed.Jobs))
}

// checkAdapters looks for every file of the shelf, and every note that was saved, at each door.
func (f *fleet) checkAdapters(l *load) {
	f.t.Helper()
	for door := range doors {
		listed := f.listed(door)
		if want := firstFiles + l.files; len(listed) != want {
			f.t.Errorf("door %d lists %d adapters, want %d", door, len(listed), want)
		}
		for id, note := range l.notes {
			if listed[id] != note {
				f.t.Errorf("door %d tells the note %q, saved was %q", door, listed[id], note)
			}
		}
	}
}

// checkViewers waits until what every page shows is what the library is.
func checkViewers(t *testing.T, f *fleet, viewers []*viewer) {
	t.Helper()
	truth := f.listed(0)
	for _, v := range viewers {
		harness.Eventually(t, time.Minute, fmt.Sprintf("the page at door %d is up to date", v.door), func() bool {
			seen, _ := v.sees()
			return maps.Equal(seen, truth)
		})
		_, reads := v.sees()
		t.Logf("the page at door %d connected %d times and read %d times", v.door, v.opened.Load(), reads)
	}
}

// checkPictures compares what jobs made with what lies in the bucket.
func (f *fleet) checkPictures(l *load) {
	f.t.Helper()
	db, err := sql.Open("pgx", f.address)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(f.t.Context(), "SELECT sha256 FROM job_image")
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	objects, images := f.s3.objects(), 0
	for ; rows.Next(); images++ {
		var sha256 string
		if err := rows.Scan(&sha256); err != nil {
			f.t.Fatal(err)
		}
		if !objects[sha256] {
			f.t.Errorf("the image %s of a job is not in the bucket", sha256)
		}
	}
	if err := rows.Err(); err != nil {
		f.t.Fatal(err)
	}
	if images != len(l.orders) {
		f.t.Errorf("%d images came of %d orders", images, len(l.orders))
	}
}
