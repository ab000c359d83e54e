package store

import (
	"context"
	"slices"
	"sync"
)

// groupLimit bounds how many transactions share one commit, so that no other writer
// waits long for them.
const groupLimit = 256

// group lets transactions that must be on the disk share its one slow step: whoever
// comes first leads and takes along all who wait, in one transaction with a savepoint
// for each. Where 16 clients queue jobs at once that is one sync instead of 16.
type group struct {
	*groupQueue
	turn chan struct{} // held by the leader
}

type groupQueue struct {
	mu      sync.Mutex
	waiting []*member
}

// member is one transaction of a group.
type member struct {
	f    func(ctx context.Context, q querier) error
	done chan struct{} // closed when err is known
	err  error
}

func newGroup() group {
	return group{groupQueue: new(groupQueue), turn: make(chan struct{}, 1)}
}

// durably runs f in a transaction that lasts: when it returns without an error, a crash
// or a power cut no longer takes back what f wrote. f must use the context it
// is given: the end of the caller's would take back what others wrote in the same commit.
func (s *Store) durably(ctx context.Context, what string, f func(ctx context.Context, q querier) error) error {
	if !s.dialect.oneWriter {
		return s.failed(what, s.inTransaction(ctx, s.durable, func(q querier) error { return f(ctx, q) }))
	}
	return s.failed(what, s.commits.do(ctx, f, s.lead))
}

// briefly runs f in a transaction that keeps promises to other workers, but may be
// forgotten with a power cut.
func (s *Store) briefly(ctx context.Context, what string, f func(ctx context.Context, q querier) error) error {
	if !s.dialect.oneWriter {
		return s.failed(what, s.inTransaction(ctx, s.writer, func(q querier) error { return f(ctx, q) }))
	}
	defer s.writing.forJobs()()
	return s.failed(what, s.inTransaction(ctx, s.writer, func(q querier) error { return f(ctx, q) }))
}

// do waits until f is committed or has failed. A context that ends while f still waits
// takes it out; once begun it is seen through.
func (g group) do(ctx context.Context, f func(ctx context.Context, q querier) error, lead func(ctx context.Context, take func() []*member)) error {
	m := &member{f: f, done: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, m)
	g.mu.Unlock()
	for {
		select {
		case <-m.done:
			return m.err
		case <-ctx.Done():
			if g.leave(m) {
				return ctx.Err()
			}
			<-m.done
			return m.err
		case g.turn <- struct{}{}:
			lead(context.WithoutCancel(ctx), g.take)
			<-g.turn
		}
	}
}

// leave takes a member out that has not begun.
func (g group) leave(m *member) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, m)
	if i < 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, i, i+1)
	return true
}

// take returns those who wait, first come first.
func (g group) take() []*member {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), groupLimit)
	taken := slices.Clone(g.waiting[:n])
	g.waiting = slices.Delete(g.waiting, 0, n)
	return taken
}

// lead runs all who wait in one transaction. They are taken only when the database is
// free, since more of them come while it is not.
func (s *Store) lead(ctx context.Context, take func() []*member) {
	done := s.writing.forJobs()
	members := take()
	var failed error
	if len(members) > 0 {
		failed = s.inTransaction(ctx, s.durable, func(q querier) error {
			for _, m := range members {
				if err := s.follow(ctx, q, m); err != nil {
					return err
				}
			}
			return nil
		})
	}
	done()
	s.checks.committed()
	for _, m := range members {
		if m.err == nil {
			m.err = failed
		}
		close(m.done)
	}
}

// follow runs one member. What fails takes back only its own writes; an error is one of
// the whole transaction.
func (s *Store) follow(ctx context.Context, q querier, m *member) error {
	if _, err := q.exec(ctx, "SAVEPOINT member"); err != nil {
		return err
	}
	if m.err = m.f(ctx, q); m.err == nil {
		_, err := q.exec(ctx, "RELEASE member")
		return err
	}
	if s.dialect.classify(m.err).ofDatabase() {
		return m.err // SQLite may have taken back the transaction already
	}
	_, err := q.exec(ctx, "ROLLBACK TO member")
	if err == nil {
		_, err = q.exec(ctx, "RELEASE member")
	}
	return err
}

// ofDatabase reports whether the database failed, not what was asked of it.
func (f failure) ofDatabase() bool {
	return slices.Contains([]failure{failedFull, failedReadOnly, failedUnreachable, failedDamaged}, f)
}
