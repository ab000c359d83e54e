package queue

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	channel = "loramanager_job"
	// The wait before PostgreSQL is asked again doubles from the first to the last.
	firstReconnect, lastReconnect = 100 * time.Millisecond, 5 * time.Second
	connectPatience               = 5 * time.Second
	// askEvery is how often a silent connection is asked whether it still lives.
	askEvery = 30 * time.Second
)

// postgresQueue wakes the workers of this process and tells those of other hosts.
type postgresQueue struct {
	*local
	me    string // in front of what this process sends, so that it skips it
	reach *reach
	out   *local // ids to send; read by send
	need  int32  // connections
	have  atomic.Int32

	cancel context.CancelFunc
	all    sync.WaitGroup
	ended  chan struct{}
	ending sync.Once
}

// NewPostgres returns a queue that tells other hosts through the PostgreSQL at url, on
// connections of its own. It does not wait for PostgreSQL. The error is about the url.
func NewPostgres(url string, o Options) (Queue, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the address of PostgreSQL: %w", err)
	}
	q := &postgresQueue{
		local: newLocal(), me: rand.Text()[:12],
		reach: newReach(Postgres, o.logger()), out: newLocal(), ended: make(chan struct{}),
	}
	ctx, cancel := context.WithCancel(context.Background())
	q.cancel, q.need = cancel, 2
	if o.SendOnly {
		q.need = 1
	}
	q.all.Go(func() { q.stay(ctx, config, q.send, o.logger()) })
	if !o.SendOnly {
		q.all.Go(func() { q.stay(ctx, config, q.listen, o.logger()) })
	}
	return q, nil
}

// Wake hands the id to a worker that waits in this process; when there is none, it
// keeps the id and tells the other hosts.
func (q *postgresQueue) Wake(ctx context.Context, id string, priority int) error {
	select {
	case <-q.closed:
		return errClosed
	case q.woken <- id:
		return nil
	default:
	}
	if err := q.reach.away(); err != nil {
		q.reach.fellBack(ctx, id, primaryUnavailable, err)
	} else if err := q.out.Wake(ctx, id, priority); err != nil {
		return err
	}
	return q.local.Wake(ctx, id, priority)
}

func (q *postgresQueue) State() State { return q.reach.state() }

func (q *postgresQueue) Close(ctx context.Context) error {
	q.ending.Do(func() {
		q.cancel()
		go func() {
			defer close(q.ended)
			_ = q.out.Close(context.Background())
			_ = q.local.Close(context.Background())
			q.all.Wait()
		}()
	})
	select {
	case <-q.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stay keeps a connection and does its work on it until ctx ends.
func (q *postgresQueue) stay(ctx context.Context, config *pgx.ConnConfig, work func(context.Context, *pgx.Conn) error, log *slog.Logger) {
	wait := firstReconnect
	for ctx.Err() == nil {
		connected, err := q.once(ctx, config, work)
		if ctx.Err() != nil {
			return
		}
		q.reach.set(err)
		log.DebugContext(ctx, "the queue lost PostgreSQL", "error", err)
		if connected {
			wait = firstReconnect
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		wait = min(2*wait, lastReconnect)
	}
}

func (q *postgresQueue) once(ctx context.Context, config *pgx.ConnConfig, work func(context.Context, *pgx.Conn) error) (connected bool, err error) {
	dial, cancel := context.WithTimeout(ctx, connectPatience)
	conn, err := pgx.ConnectConfig(dial, config.Copy())
	cancel()
	if err != nil {
		return false, err
	}
	defer func() {
		bye, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = conn.Close(bye)
	}()
	return true, work(ctx, conn)
}

// connected counts a connection until the function it returns is called. The others
// are reached when all are there.
func (q *postgresQueue) connected() (gone func()) {
	if q.have.Add(1) == q.need {
		q.reach.set(nil)
	}
	return func() { q.have.Add(-1) }
}

// listen wakes the workers here when other hosts say so.
func (q *postgresQueue) listen(ctx context.Context, conn *pgx.Conn) error {
	if err := q.exec(ctx, conn, "LISTEN "+channel); err != nil {
		return err
	}
	defer q.connected()()
	for {
		quiet, cancel := context.WithTimeout(ctx, askEvery)
		note, err := conn.WaitForNotification(quiet)
		silent := quiet.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case err == nil:
			if from, id, ok := strings.Cut(note.Payload, " "); ok && from != q.me && id != "" && len(id) <= maxIDBytes {
				_ = q.local.Wake(ctx, id, 0)
			}
		case silent && !conn.IsClosed():
			if err := q.ping(ctx, conn); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

// send tells the other hosts.
func (q *postgresQueue) send(ctx context.Context, conn *pgx.Conn) error {
	if err := q.ping(ctx, conn); err != nil {
		return err
	}
	defer q.connected()()
	alive := time.NewTicker(askEvery)
	defer alive.Stop()
	for {
		select {
		case id := <-q.out.woken:
			if err := q.exec(ctx, conn, "SELECT pg_notify('"+channel+"', $1)", q.me+" "+id); err != nil {
				q.reach.fellBack(ctx, id, primaryError, err)
				return err
			}
		case <-alive.C:
			if err := q.ping(ctx, conn); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// exec runs one statement, within the time PostgreSQL has for it.
func (q *postgresQueue) exec(ctx context.Context, conn *pgx.Conn, statement string, arguments ...any) error {
	ctx, cancel := context.WithTimeout(ctx, connectPatience)
	defer cancel()
	_, err := conn.Exec(ctx, statement, arguments...)
	return err
}

func (q *postgresQueue) ping(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, connectPatience)
	defer cancel()
	return conn.Ping(ctx)
}
