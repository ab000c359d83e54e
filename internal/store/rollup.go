package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// rollup is a table of counts.
type rollup struct {
	table               string
	texts, keys, counts int    // how many columns are texts, numbers and counts; the first two are the key
	stamp               bool   // the column change is set
	head, tail          string // of the statement that adds rows, around where they come from
}

var (
	slotRollup    = newRollup("slot_rollup", "", "level slot", "jobs succeeded failed cancelled ran run_us waited wait_us images kept", "")
	jobRollup     = newRollup("job_rollup", "engine status error_class", "level slot", "jobs ran run_us", "")
	timeRollup    = newRollup("time_rollup", "", "measure level slot bucket", "jobs", "")
	adapterRollup = newRollup("adapter_rollup", "", "level slot adapter", "jobs images kept failed", "")
	pairRollup    = newRollup("adapter_pair", "", "a b", "jobs kept", "change")
)

// newRollup names the columns of a table. Rows come as a JSON list of lists: texts, other
// keys, counts.
func newRollup(table, texts, keys, counts, stamp string) *rollup {
	r := &rollup{table: table, texts: len(strings.Fields(texts)), keys: len(strings.Fields(keys)), counts: len(strings.Fields(counts)), stamp: stamp != ""}
	columns := strings.Fields(texts + " " + keys + " " + counts)
	values, updates := make([]string, len(columns)), []string{}
	for i, column := range columns {
		values[i] = "v.value ->> " + strconv.Itoa(i)
		if i >= r.texts {
			values[i] = "CAST(" + values[i] + " AS BIGINT)"
		}
		if i >= r.texts+r.keys {
			updates = append(updates, column+" = "+table+"."+column+" + excluded."+column)
		}
	}
	key := strings.Join(columns[:r.texts+r.keys], ", ")
	if r.stamp {
		columns, values, updates = append(columns, stamp), append(values, "CAST(? AS BIGINT)"), append(updates, stamp+" = excluded."+stamp)
	}
	r.head = "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") SELECT " + strings.Join(values, ", ") + " FROM "
	r.tail = " WHERE TRUE ON CONFLICT (" + key + ") DO UPDATE SET " + strings.Join(updates, ", ")
	return r
}

// rowKey is the key of a row of a rollup.
type rowKey struct {
	texts [3]string
	keys  [4]int64
}

func (k rowKey) compare(other rowKey) int {
	return cmp.Or(slices.Compare(k.texts[:], other.texts[:]), slices.Compare(k.keys[:], other.keys[:]))
}

// tally collects what jobs add to the rollups, or take from them, so that each table is
// written with one statement. Who writes it holds the history.
type tally map[*rollup]map[rowKey]*[10]int64

// add adds counts to a row, or takes them away with the sign -1.
func (t tally) add(r *rollup, key rowKey, sign int64, counts ...int64) {
	rows := t[r]
	if rows == nil {
		rows = make(map[rowKey]*[10]int64)
		t[r] = rows
	}
	sums := rows[key]
	if sums == nil {
		sums = new([10]int64)
		rows[key] = sums
	}
	for i, n := range counts {
		sums[i] += sign * n
	}
}

// write adds what was collected to the tables. change is the catalog's, for pairs.
func (t tally) write(ctx context.Context, q querier, change int64) error {
	for _, r := range []*rollup{slotRollup, jobRollup, timeRollup, adapterRollup, pairRollup} {
		if len(t[r]) == 0 {
			continue
		}
		query, args := r.head+q.pool.dialect.tuples+r.tail, []any{r.rows(t[r])}
		if r.stamp { // it stands before the rows
			args = []any{change, args[0]}
		}
		if _, err := q.exec(ctx, query, args...); err != nil {
			return err
		}
	}
	if len(t[adapterRollup]) == 0 {
		return nil
	}
	_, err := q.exec(ctx, "UPDATE rollup_state SET n = n + 1 WHERE one = 1")
	return err
}

// rows writes rows as JSON, in the order of their keys.
func (r *rollup) rows(of map[rowKey]*[10]int64) string {
	b := make([]byte, 0, 64*len(of))
	for _, key := range slices.SortedFunc(maps.Keys(of), rowKey.compare) {
		b = append(b, ",["...)
		for _, text := range key.texts[:r.texts] {
			b = append(appendJSONString(b, text), ',')
		}
		for _, n := range key.keys[:r.keys] {
			b = append(strconv.AppendInt(b, n, 10), ',')
		}
		for _, n := range of[key][:r.counts] {
			b = append(strconv.AppendInt(b, n, 10), ',')
		}
		b[len(b)-1] = ']'
	}
	b[0] = '['
	return string(append(b, ']'))
}
