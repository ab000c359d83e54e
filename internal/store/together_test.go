package store_test

import (
	"log/slog"
	"sync"
	"testing"

	"loramanager/internal/store"
	"loramanager/internal/store/pgtest"
)

func TestServersThatStartTogetherOnAnEmptyPostgreSQLMigrateItOnce(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t)
	const servers = 4
	var starting sync.WaitGroup
	schemas := make([]int, servers)
	for i := range servers {
		dir := t.TempDir()
		starting.Go(func() {
			s, err := store.Open(t.Context(), store.Options{URL: address, DataDir: dir, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Errorf("server %d: %v", i, err)
				return
			}
			schemas[i] = s.Schema()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	starting.Wait()
	for i, schema := range schemas {
		if schema == 0 || schema != schemas[0] {
			t.Errorf("server %d knows schema %d, the first %d", i, schema, schemas[0])
		}
	}
}
