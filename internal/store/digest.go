package store

import (
	"context"

	"loramanager/internal/digest"
	"loramanager/internal/lora"
)

// pendingDigests is the condition of the index adapter_digest_pending, word for word.
const pendingDigests = "digest_state = 'pending' AND file_state IN ('ok', 'unreadable', 'unsafe')"

// PendingDigests lists files whose digests are wanted: those asked for first, the
// latest wish before the others, then the newest.
func (s *Store) PendingDigests(ctx context.Context, limit int) ([]lora.DigestJob, error) {
	jobs := []lora.DigestJob{}
	err := querier{pool: s.reader}.each(ctx, `SELECT id, root_id, rel_path, file_size, file_mtime, file_dev, file_inode FROM adapter
		WHERE `+pendingDigests+` ORDER BY digest_asked DESC, key DESC LIMIT ?`, []any{int64(limit)}, func(r *record) error {
		jobs = append(jobs, lora.DigestJob{
			AdapterID: r.text(), RootID: r.text(), RelPath: r.text(),
			Stamp: lora.FileStamp{Size: r.integer(), MtimeNS: r.integer(), Dev: uint64(r.integer()), Inode: uint64(r.integer())}, //nolint:gosec // stored as the same bits
		})
		return nil
	})
	return jobs, s.failed("list pending digests", err)
}

// DigestCounts says how many files have their digests and how many wait.
func (s *Store) DigestCounts(ctx context.Context) (done, pending int, err error) {
	x, err := s.fresh(ctx)
	if err != nil {
		return 0, 0, err
	}
	n, err := querier{pool: s.reader}.number(ctx, "SELECT COUNT(*) FROM adapter WHERE "+pendingDigests)
	if err != nil {
		return 0, 0, s.failed("count pending digests", err)
	}
	return x.Count(0).Digested, int(n), nil
}

// SaveDigests stores what was computed from the file with the given stamp, by kind.
// Conflict when the file has changed since, NotFound when the adapter is gone.
func (s *Store) SaveDigests(ctx context.Context, id string, stamp lora.FileStamp, digests map[string]string) error {
	return s.write(ctx, "save digests", 0, func(c *change) error {
		row, err := c.row(ctx, id)
		if err != nil {
			return err
		}
		if row.stamp() != stamp {
			return lora.Errorf(lora.Conflict, "The file changed while its digests were computed.")
		}
		if _, err := c.exec(ctx, "DELETE FROM digest WHERE adapter_key = ?", row.key); err != nil {
			return err
		}
		for kind, value := range digests {
			if value = normalDigest(value); value == "" {
				continue
			}
			if _, err := c.exec(ctx, "INSERT INTO digest (adapter_key, kind, value) VALUES (?, ?, ?)", row.key, kind, value); err != nil {
				return err
			}
		}
		_, err = c.exec(ctx, "UPDATE adapter SET change = ?, digest_state = ?, digest_asked = 0, sha256 = ?, autov3 = ? WHERE key = ?",
			c.n, digestDone, nilIfEmpty(digests[string(digest.SHA256)]), nilIfEmpty(digests[string(digest.AutoV3)]), row.key)
		return err
	})
}

func (s *stored) stamp() lora.FileStamp {
	return lora.FileStamp{Size: int64(s.FileSize), MtimeNS: s.mtimeNS, Dev: s.dev, Inode: s.inode}
}

func nilIfEmpty(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// FailDigests takes a file out of the lane until it changes.
func (s *Store) FailDigests(ctx context.Context, id, reason string) error {
	s.log.Info("digests could not be computed", "adapter_id", id, "reason", reason)
	return s.setDigestState(ctx, "give up digests", id, digestFailed, 0)
}

// RequestDigests puts a file first in the lane, also one that failed or is done.
func (s *Store) RequestDigests(ctx context.Context, id string) error {
	return s.setDigestState(ctx, "request digests", id, digestPending, s.now().UnixMicro())
}

func (s *Store) setDigestState(ctx context.Context, what, id, state string, asked int64) error {
	err := s.transact(ctx, func(q querier) error {
		n, err := q.exec(ctx, "UPDATE adapter SET digest_state = ?, digest_asked = ? WHERE id = ?", state, asked, clean(id))
		if err == nil && n == 0 {
			err = noAdapter()
		}
		return err
	})
	return s.failed(what, err)
}

// Digests returns what is known of one file's digests; NotFound for an unknown id.
func (s *Store) Digests(ctx context.Context, id string) (lora.Digests, error) {
	d := lora.Digests{Computed: make(map[string]string), Claimed: []lora.Claim{}}
	q := querier{pool: s.reader}
	var key int64
	found, err := q.one(ctx, "SELECT key, digest_state FROM adapter WHERE id = ?", []any{clean(id)}, func(r *record) error {
		key, d.State = r.integer(), r.text()
		return nil
	})
	if err == nil && !found {
		err = noAdapter()
	}
	if err == nil {
		err = q.each(ctx, "SELECT kind, value FROM digest WHERE adapter_key = ?", []any{key}, func(r *record) error {
			d.Computed[r.text()] = r.text()
			return nil
		})
	}
	if err == nil {
		err = q.each(ctx, "SELECT kind, value, source FROM claimed_digest WHERE adapter_key = ? ORDER BY kind", []any{key}, func(r *record) error {
			d.Claimed = append(d.Claimed, lora.Claim{Kind: r.text(), Value: r.text(), Source: lora.Source(r.text())})
			return nil
		})
	}
	return d, s.failed("read digests", err)
}

// maxDigestMatches bounds what a short prefix can bring up.
const maxDigestMatches = 200

// FindDigest looks for the adapters a digest or its usual short form belongs to, by
// the rules of package digest: the first rule that finds any decides, and is
// returned. Computed digests go before claimed ones. ambiguous says that the matches
// do not all hold the same tensors.
func (s *Store) FindDigest(ctx context.Context, token string) (rule string, matches []lora.DigestMatch, ambiguous bool, err error) {
	matches = []lora.DigestMatch{}
	if token, err = digest.Normalize(token); err != nil {
		return "", matches, false, err
	}
	for _, r := range digest.Rules(token) {
		ids, err := s.byRule(ctx, r)
		if err != nil {
			return "", matches, false, err
		}
		if len(ids) == 0 {
			continue
		}
		adapters, err := s.Adapters(ctx, ids)
		for i := range adapters {
			matches = append(matches, lora.DigestMatch{Adapter: adapters[i], Kind: string(r.Kind)})
		}
		return string(r.Kind), matches, s.differ(adapters), err
	}
	return "", matches, false, nil
}

func (s *Store) byRule(ctx context.Context, r digest.Rule) ([]string, error) {
	q := querier{pool: s.reader}
	for _, table := range []string{"digest", "claimed_digest"} {
		ids, err := q.strings(ctx, `SELECT a.id FROM `+table+` d JOIN adapter a ON a.key = d.adapter_key
			WHERE d.value >= ? AND d.value < ? AND d.kind = ? ORDER BY a.key LIMIT ?`,
			r.Prefix, r.Prefix+"g", string(r.Kind), int64(maxDigestMatches))
		if err != nil || len(ids) > 0 {
			return ids, s.failed("look up a digest", err)
		}
	}
	return nil, nil
}

// differ reports whether adapters are not all duplicates of the first.
func (s *Store) differ(adapters []lora.Adapter) bool {
	if len(adapters) < 2 {
		return false
	}
	same := map[string]bool{adapters[0].ID: true}
	for _, twin := range s.index.Twins(adapters[0].ID) {
		same[twin.ID] = true
	}
	for i := range adapters {
		if !same[adapters[i].ID] {
			return true
		}
	}
	return false
}
