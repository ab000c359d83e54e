package store

import "context"

// maxSetupTokens is how many set-up tokens are remembered, the latest ones: each start of
// a process makes one.
const maxSetupTokens = 32

// PutSetupToken lets the first account be made by whom holds a token with a hash. It is
// false, and keeps nothing, when there are accounts already.
func (s *Store) PutSetupToken(ctx context.Context, hash string) (needed bool, err error) {
	err = s.briefly(ctx, "keep a set-up token", func(ctx context.Context, q querier) error {
		n, err := q.number(ctx, "SELECT COUNT(*) FROM account")
		if needed = n == 0; err != nil || !needed {
			return err
		}
		_, err = q.exec(ctx, "INSERT INTO setup_token (hash, created_at) VALUES (?, ?) ON CONFLICT (hash) DO UPDATE SET created_at = excluded.created_at", clean(hash), s.momentNow().UnixMicro())
		if err == nil {
			_, err = q.exec(ctx, "DELETE FROM setup_token WHERE hash NOT IN (SELECT hash FROM setup_token ORDER BY created_at DESC, hash LIMIT ?)", int64(maxSetupTokens))
		}
		return err
	})
	return needed && err == nil, err
}
