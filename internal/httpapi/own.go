package httpapi

import (
	"context"

	"loramanager/internal/lora"
)

// accountOf is the key of the account whose own marks, settings and jobs a request is
// about; 0 without accounts.
func accountOf(ctx context.Context) int64 {
	if actor := actorOf(ctx); actor != nil {
		return actor.Account
	}
	return 0
}

// ownerOf keeps the idempotency keys of accounts apart.
func ownerOf(ctx context.Context) string {
	if actor := actorOf(ctx); actor != nil {
		return actor.AccountID
	}
	return ""
}

// adapter reads an adapter with the marks of whoever asks.
func (s *Server) adapter(ctx context.Context, id string) (lora.Adapter, error) {
	a, err := s.store.Adapter(ctx, id)
	if err != nil {
		return a, err
	}
	one := []lora.Adapter{a}
	err = s.store.ShowMarks(ctx, accountOf(ctx), one)
	return one[0], err
}

// adapters reads adapters with the marks of whoever asks.
func (s *Server) adapters(ctx context.Context, ids []string) ([]lora.Adapter, error) {
	all, err := s.store.Adapters(ctx, ids)
	if err != nil {
		return nil, err
	}
	return all, s.store.ShowMarks(ctx, accountOf(ctx), all)
}

// mayChange reports that a job is somebody else's. On a server without accounts all are
// everybody's.
func mayChange(ctx context.Context, j *lora.Job) error {
	if j.Account == accountOf(ctx) {
		return nil
	}
	return mustMay(ctx, lora.ManageJobs)
}

// mayChangeJob is mayChange for a job that was not read yet.
func (s *Server) mayChangeJob(ctx context.Context, id string) error {
	j, err := s.store.Job(ctx, id)
	if err != nil {
		return err
	}
	return mayChange(ctx, &j)
}
