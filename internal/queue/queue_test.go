package queue_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"loramanager/internal/queue"
	"loramanager/internal/queue/queuetest"
	"loramanager/internal/queue/redistest"
	"loramanager/internal/store/pgtest"
)

func TestMain(m *testing.M) {
	code := pgtest.Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

func TestAQueueWithinThisProcess(t *testing.T) {
	t.Parallel()
	queuetest.Run(t, func(*testing.T) (from, to queue.Queue) {
		q := queue.NewLocal()
		return q, q
	})
}

func TestAQueueThroughPostgreSQL(t *testing.T) {
	t.Parallel()
	for name, sameProcess := range map[string]bool{"between hosts": false, "within a process": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			queuetest.Run(t, func(t *testing.T) (from, to queue.Queue) {
				url := pgtest.Database(t)
				return pair(t, sameProcess, func(o queue.Options) (queue.Queue, error) { return queue.NewPostgres(url, o) })
			})
		})
	}
}

func TestAQueueThroughRedis(t *testing.T) {
	t.Parallel()
	for name, sameProcess := range map[string]bool{"between hosts": false, "within a process": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			queuetest.Run(t, func(t *testing.T) (from, to queue.Queue) {
				url := redistest.Start(t).URL()
				return pair(t, sameProcess, func(o queue.Options) (queue.Queue, error) { return queue.NewRedis(url, o) })
			})
		})
	}
}

func pair(t *testing.T, same bool, open func(queue.Options) (queue.Queue, error)) (from, to queue.Queue) {
	t.Helper()
	to, err := open(queue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	untilReachable(t, to)
	if same {
		return to, to
	}
	from, err = open(queue.Options{SendOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	untilReachable(t, from)
	return from, to
}

func TestAddressesThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	if _, err := queue.NewRedis("http://example.com", queue.Options{}); err == nil {
		t.Error("Redis took a web address")
	}
	if _, err := queue.NewPostgres("redis://:://", queue.Options{}); err == nil {
		t.Error("PostgreSQL took nonsense")
	}
}
