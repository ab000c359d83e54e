package queue_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"loramanager/internal/queue"
	"loramanager/internal/queue/queuetest"
	"loramanager/internal/store/pgtest"
)

func onPostgres(t *testing.T, url string, o queue.Options) queue.Queue {
	t.Helper()
	q, err := queue.NewPostgres(url, o)
	if err != nil {
		t.Fatal(err)
	}
	queuetest.Close(t, q)
	return q
}

func TestPromise3_LostConnectionsToPostgreSQLAreMadeAnew(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	from := onPostgres(t, url, queue.Options{SendOnly: true})
	to := onPostgres(t, url, queue.Options{})
	untilReachable(t, from)
	untilReachable(t, to)
	admin, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close(t.Context()) }()
	for round := range 10 {
		if _, err := admin.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"); err != nil {
			t.Fatal(err)
		}
		// What is sent while the other side is not listening is lost on its way, but not
		// here; later wake-ups arrive.
		here := fmt.Sprint("here-", round)
		queuetest.Wake(t, from, here)
		queuetest.Expect(t, from, here)
		n, arrived := 0, false
		until(t, "wake-ups arrive again", func() bool {
			n++
			queuetest.Wake(t, from, fmt.Sprintf("there-%d-%d", round, n))
			select {
			case id := <-to.Woken():
				arrived = strings.HasPrefix(id, fmt.Sprintf("there-%d-", round))
			default:
			}
			return arrived
		})
	}
}

func TestPromise3_WithoutPostgreSQLTheWorkersHereAreWoken(t *testing.T) {
	t.Parallel()
	q := onPostgres(t, "postgres:///nothing?host="+t.TempDir(), queue.Options{})
	queuetest.Wake(t, q, "job")
	queuetest.Expect(t, q, "job")
	until(t, "the state says so", func() bool { return strings.Contains(q.State().Error, "connect") })
	if q.State().Reachable {
		t.Error("it is said to be reachable")
	}
}

func TestForeignNotesWakeNobody(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	q := onPostgres(t, url, queue.Options{})
	untilReachable(t, q)
	admin, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close(t.Context()) }()
	var ids []string
	until(t, "a good note arrives", func() bool {
		for _, note := range []string{"", " ", "x", "x ", "x " + strings.Repeat("y", 5000), "x good"} {
			if _, err := admin.Exec(t.Context(), "SELECT pg_notify('loramanager_job', $1)", note); err != nil {
				t.Fatal(err)
			}
		}
		select {
		case id := <-q.Woken():
			ids = append(ids, id)
			return true
		default:
			return false
		}
	})
	if ids[0] != "good" {
		t.Errorf("woken by %q", ids[0])
	}
}
