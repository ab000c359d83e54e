package store

import "context"

// Wrong counts a wrong password, key or code of whom it came from within a minute since
// 1970, over all processes, and returns how many there were in that minute.
func (s *Store) Wrong(ctx context.Context, who string, minute int64) (wrong int, err error) {
	err = s.briefly(ctx, "count a wrong try", func(ctx context.Context, q querier) error {
		n, err := q.number(ctx, "INSERT INTO login_attempt (who, minute, wrong) VALUES (?, ?, 1) ON CONFLICT (who, minute) DO UPDATE SET wrong = login_attempt.wrong + 1 RETURNING wrong",
			clean(who), minute)
		wrong = int(n)
		return err
	})
	return wrong, err
}

// WrongSince is how many wrong tries came from somebody in a minute and later.
func (s *Store) WrongSince(ctx context.Context, who string, minute int64) (int, error) {
	n, err := querier{pool: s.reader}.number(ctx, "SELECT "+sum("wrong")+" FROM login_attempt WHERE who = ? AND minute >= ?", clean(who), minute)
	return int(n), s.failed("count wrong tries", err)
}
