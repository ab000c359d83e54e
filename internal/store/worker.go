package store

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// A worker is alive while its last sign is not older than workerAlive, and is forgotten
// after workerKept.
const (
	workerAlive = 30 * time.Second
	workerKept  = 24 * time.Hour
)

// BeatWorker notes a sign of life of a process that runs jobs, and forgets those that
// gave none for 24 hours.
func (s *Store) BeatWorker(ctx context.Context, life lora.WorkerLife) error {
	return s.briefly(ctx, "note a sign of life", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO worker (name, host, version, started_at, beat_at, running) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET host = excluded.host, version = excluded.version, started_at = excluded.started_at,
			beat_at = excluded.beat_at, running = excluded.running`,
			clean(life.Name), clean(life.Host), clean(life.Version), life.StartedAt.UnixMicro(), life.BeatAt.UnixMicro(), int64(life.Running))
		if err == nil {
			_, err = q.exec(ctx, "DELETE FROM worker WHERE beat_at < ?", s.now().Add(-workerKept).UnixMicro())
		}
		return err
	})
}

// ForgetWorker takes a process out of the list that ended as it should. One that is not in
// it is no error; one of the same name that was started at another time stays.
func (s *Store) ForgetWorker(ctx context.Context, name string, started time.Time) error {
	return s.briefly(ctx, "forget a worker", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, "DELETE FROM worker WHERE name = ? AND started_at = ?", clean(name), started.UnixMicro())
		return err
	})
}

// Workers lists the processes that run jobs, by name: those alive and those that gave a
// sign of life within 24 hours.
func (s *Store) Workers(ctx context.Context) ([]lora.WorkerLife, error) {
	now := s.now()
	list := []lora.WorkerLife{}
	err := querier{pool: s.reader}.each(ctx, "SELECT name, host, version, started_at, beat_at, running FROM worker WHERE beat_at >= ? ORDER BY name",
		[]any{now.Add(-workerKept).UnixMicro()}, func(r *record) error {
			life := lora.WorkerLife{Name: r.text(), Host: r.text(), Version: r.text(), StartedAt: r.moment(), BeatAt: r.moment(), Running: int(r.integer())}
			life.Alive = now.Sub(life.BeatAt) <= workerAlive
			list = append(list, life)
			return nil
		})
	return list, s.failed("list workers", err)
}
