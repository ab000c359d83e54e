package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"loramanager/internal/lora"
	"loramanager/internal/store/storetest"
)

func TestOtherHostsHearOfJobsThroughPostgreSQL(t *testing.T) {
	t.Parallel()
	s := openURL(t, migrated.Copy(t), "")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	listener, err := pgx.Connect(ctx, s.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close(context.WithoutCancel(ctx)) }()
	if _, err := listener.Exec(ctx, "LISTEN loramanager_job"); err != nil {
		t.Fatal(err)
	}
	hears := func(what, id string) {
		t.Helper()
		note, err := listener.WaitForNotification(ctx)
		if err != nil || note.Payload != "store "+id {
			t.Errorf("of %s others hear %v, %v", what, note, err)
		}
	}
	job, _, err := s.AddJob(ctx, storetest.Generation(0))
	if err != nil {
		t.Fatal(err)
	}
	hears("a new job", job.ID)
	running, _, err := s.ClaimJob(ctx, lora.JobClaim{Slots: map[string]int{job.Engine: 1}, Lease: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CancelJob(ctx, job.ID); err != nil {
		t.Fatal(err)
	}
	hears("a running job that is cancelled", job.ID)
	if _, err := s.EndJob(ctx, job.ID, running.Token, lora.Ending{Status: lora.JobFailed}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RetryJob(ctx, job.ID); err != nil {
		t.Fatal(err)
	}
	hears("a retried job", job.ID)
	if err := s.PauseQueue(ctx, true); err != nil {
		t.Fatal(err)
	}
	if err := s.PauseQueue(ctx, false); err != nil {
		t.Fatal(err)
	}
	hears("the queue that goes on", "resumed")
	if address := openURL(t, "", t.TempDir()).Address(); address != "" {
		t.Errorf("the address of a file is %q", address)
	}
}
