package store

import (
	"context"
	"strconv"
)

// tupleText writes rows as a JSON list of lists of texts, as the dialect's tuples take
// them; numbers are texts there too.
type tupleText []byte

func (t *tupleText) add(values ...string) {
	if len(*t) == 0 {
		*t = append(*t, '[')
	} else {
		(*t)[len(*t)-1] = ',' // the list ends later
	}
	for n, value := range values {
		*t = append(*t, "[,"[min(n, 1)])
		*t = appendJSONString(*t, clean(value))
	}
	*t = append(*t, ']', ']')
}

// decimal writes a number for tupleText.
func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// insertTuples runs a statement that takes its rows from the dialect's tuples, between
// head and tail; nothing without rows.
func (q querier) insertTuples(ctx context.Context, head string, rows tupleText, tail string) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := q.exec(ctx, head+" FROM "+q.pool.dialect.tuples+" WHERE TRUE"+tail, string(rows))
	return err
}
