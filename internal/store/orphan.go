package store

import (
	"context"

	"loramanager/internal/lora"
)

// OrphanFiles lists the files of library folders that were removed while their
// records were kept. When the same files turn up in another folder, a scan gives them
// their records back.
func (s *Store) OrphanFiles(ctx context.Context) ([]lora.KnownFile, error) {
	removed, err := querier{pool: s.reader}.strings(ctx, "SELECT id FROM root WHERE removed")
	if err != nil {
		return nil, s.failed("list removed folders", err)
	}
	var files []lora.KnownFile
	for _, id := range removed {
		list, err := s.KnownFiles(ctx, id)
		if err != nil {
			return nil, err
		}
		files = append(files, list...)
	}
	return files, nil
}
