package store

import (
	"context"
	"encoding/json"
	"time"

	"loramanager/internal/lora"
)

// keptTransfers is how many transfers are remembered.
const keptTransfers = 500

// keptTransfer is what is kept of a transfer besides what is told of it.
type keptTransfer struct {
	lora.Transfer
	Kept    json.RawMessage `json:"result,omitempty"`
	Process string          `json:"process"` // that runs it
	BeatAt  time.Time       `json:"beat_at"` // when that process wrote last
}

const finalTransfers = "state IN ('done', 'failed', 'cancelled')"

// PutTransfer keeps a transfer under its id, replacing what was kept of it, as told by a
// process. The latest 500 are remembered, and those that are not over.
func (s *Store) PutTransfer(ctx context.Context, t lora.Transfer, process string) error {
	err := s.transact(ctx, func(q querier) error {
		if err := q.putTransfer(ctx, &keptTransfer{Transfer: t, Kept: t.Result, Process: process, BeatAt: s.now().UTC()}); err != nil {
			return err
		}
		_, err := q.exec(ctx, "DELETE FROM transfer WHERE "+finalTransfers+" AND journal IS NULL AND id NOT IN (SELECT id FROM transfer ORDER BY started_at DESC, id DESC LIMIT ?)", int64(keptTransfers))
		return err
	})
	return s.failed("keep a transfer", err)
}

func (q querier) putTransfer(ctx context.Context, kept *keptTransfer) error {
	body, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	_, err = q.exec(ctx, `INSERT INTO transfer (id, kind, state, body, started_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body`,
		clean(kept.ID), string(kept.Kind), string(kept.State), clean(string(body)), kept.StartedAt.UnixMicro())
	return err
}

// Transfers lists transfers, latest first, 500 at most.
func (s *Store) Transfers(ctx context.Context, limit int) ([]lora.Transfer, error) {
	transfers := []lora.Transfer{}
	err := querier{pool: s.reader}.eachTransfer(ctx, "ORDER BY started_at DESC, id DESC LIMIT ?", []any{int64(min(max(limit, 0), keptTransfers))}, func(kept *keptTransfer) {
		transfers = append(transfers, kept.Transfer)
	})
	return transfers, s.failed("list transfers", err)
}

// Transfer returns one transfer; NotFound when it is not remembered.
func (s *Store) Transfer(ctx context.Context, id string) (t lora.Transfer, err error) {
	found := false
	err = querier{pool: s.reader}.eachTransfer(ctx, "WHERE id = ?", []any{clean(id)}, func(kept *keptTransfer) {
		t, found = kept.Transfer, true
	})
	if err == nil && !found {
		err = lora.Errorf(lora.NotFound, "There is no such transfer, or it is no longer remembered.")
	}
	return t, s.failed("read a transfer", err)
}

func (q querier) eachTransfer(ctx context.Context, which string, args []any, visit func(kept *keptTransfer)) error {
	return q.each(ctx, "SELECT body FROM transfer "+which, args, func(r *record) error {
		var kept keptTransfer
		if err := json.Unmarshal([]byte(r.text()), &kept); err != nil {
			return err
		}
		kept.Result = kept.Kept
		if kept.Notes == nil {
			kept.Notes = []string{}
		}
		visit(&kept)
		return nil
	})
}

// FailLostTransfers ends the transfers that are not over, owe nothing to the disk, and
// whose process is another than the one named and wrote nothing since a moment. Their
// error is the sentence. It returns how many there were.
func (s *Store) FailLostTransfers(ctx context.Context, process string, since time.Time, sentence string) (int, error) {
	lost := []*keptTransfer{}
	err := s.transact(ctx, func(q querier) error {
		lost = lost[:0]
		err := q.eachTransfer(ctx, "WHERE NOT "+finalTransfers+" AND journal IS NULL"+s.dialect.locked, nil, func(kept *keptTransfer) {
			if kept.Process != process && kept.BeatAt.Before(since) {
				lost = append(lost, kept)
			}
		})
		for _, kept := range lost {
			if err != nil {
				break
			}
			now := s.now().UTC().Truncate(time.Microsecond)
			kept.State, kept.Error, kept.FinishedAt = lora.TransferFailed, sentence, &now
			err = q.putTransfer(ctx, kept)
		}
		return err
	})
	if err != nil {
		return 0, s.failed("end transfers that were interrupted", err)
	}
	return len(lost), nil
}
