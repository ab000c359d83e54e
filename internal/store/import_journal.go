package store

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"io"

	"loramanager/internal/lora"
)

// journalWriter packs the files an import still owes to the disk as it goes, so that half
// a million of them do not have to be held.
type journalWriter struct {
	packed  bytes.Buffer
	deflate *flate.Writer
	lines   *json.Encoder
}

func newJournalWriter() *journalWriter {
	w := new(journalWriter)
	deflate, err := flate.NewWriter(&w.packed, flate.BestSpeed)
	if err != nil {
		panic(err) // BestSpeed is a valid level
	}
	w.deflate, w.lines = deflate, json.NewEncoder(deflate)
	return w
}

func (w *journalWriter) add(entry *lora.JournalEntry) error { return w.lines.Encode(entry) }

// writeJournal makes the journal part of the import: with it, and only with it, the files
// are owed.
func (i *importer) writeJournal(ctx context.Context) error {
	if err := i.journal.deflate.Close(); err != nil {
		return err
	}
	n, err := i.exec(ctx, "UPDATE transfer SET journal = ? WHERE id = ?", i.journal.packed.Bytes(), clean(i.run.TransferID))
	if err == nil && n == 0 {
		err = lora.Errorf(lora.NotFound, "There is no such transfer, or it is no longer remembered.")
	}
	return err
}

// Journals returns what committed imports still owe to the disk, the oldest first. An
// import that is not among them, nor settled, was not committed.
func (s *Store) Journals(ctx context.Context) ([]lora.Journal, error) {
	journals := []lora.Journal{}
	err := querier{pool: s.reader}.each(ctx, "SELECT id, kind, started_at, journal, body FROM transfer WHERE journal IS NOT NULL ORDER BY started_at, id", nil, func(r *record) error {
		j := lora.Journal{TransferID: r.text(), Kind: lora.TransferKind(r.text()), StartedAt: r.moment(), Entries: []lora.JournalEntry{}}
		lines := json.NewDecoder(flate.NewReader(bytes.NewReader(r.blob())))
		for {
			var entry lora.JournalEntry
			if err := lines.Decode(&entry); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return err
			}
			j.Entries = append(j.Entries, entry)
		}
		var kept keptTransfer
		r.decode(&kept)
		j.State, j.BeatAt = kept.State, kept.BeatAt
		journals = append(journals, j)
		return nil
	})
	return journals, s.failed("read what imports owe to the disk", err)
}

// SettleJournal says that all files of an import are in their places, for good.
func (s *Store) SettleJournal(ctx context.Context, transferID string) error {
	return s.durably(ctx, "settle what an import owed to the disk", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, "UPDATE transfer SET journal = NULL WHERE id = ?", clean(transferID))
		return err
	})
}
