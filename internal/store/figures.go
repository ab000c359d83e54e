package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"loramanager/internal/lora"
)

// maxSlots bounds an answer by slots: ten years of hours.
const maxSlots = 100_000

// inStretches begins a query over the slots of stretches s, given as JSON, in a rollup r,
// each stretch read from the table's key.
func (q querier) inStretches(columns, table string) string {
	return "SELECT " + columns + ` FROM (SELECT CAST(v.value ->> 0 AS BIGINT) AS unit, CAST(v.value ->> 1 AS BIGINT) AS level,
		CAST(v.value ->> 2 AS BIGINT) AS lo, CAST(v.value ->> 3 AS BIGINT) AS hi FROM ` + q.pool.dialect.tuples + ") s " + fmt.Sprintf(q.pool.dialect.within, table, "r.level = s.level AND r.slot >= s.lo AND r.slot < s.hi")
}

// stretchText writes stretches as inStretches takes them.
func stretchText(list []stretch) string {
	b := []byte{'['}
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		for _, n := range []int64{s.unit, s.level, s.from, s.until} {
			b = append(strconv.AppendInt(b, n, 10), ',')
		}
		b[len(b)-1] = ']'
	}
	return string(append(b, ']'))
}

// CountSlots counts the generations accepted within a window by the quarter-hours, hours
// or days they were accepted in, on the clocks of the window's zone; slots without any
// are left out, the others rise. Those that have not ended count as jobs only. Invalid
// when there are more than 100,000 slots.
func (s *Store) CountSlots(ctx context.Context, window lora.Window, unit lora.SlotUnit) ([]lora.SlotCount, error) {
	units, list, err := slotUnits(window, unit)
	if err != nil {
		return nil, err
	}
	counts := make([]lora.SlotCount, len(units))
	err = s.atOneMoment(ctx, func(q querier) error {
		columns := sums("jobs", "succeeded", "failed", "cancelled", "ran", "run_us", "waited", "wait_us", "images", "kept")
		err := q.each(ctx, q.inStretches("s.unit, "+columns, "slot_rollup")+"GROUP BY s.unit", []any{stretchText(list)}, func(r *record) error {
			counts[r.integer()] = readSlot(r)
			return nil
		})
		if err != nil {
			return err
		}
		return q.openGenerations(ctx, window, func(accepted time.Time, _ string) {
			i, found := slices.BinarySearchFunc(units, accepted, time.Time.Compare)
			if !found {
				i-- // it lies in the slot that begins before
			}
			counts[i].Jobs++
		})
	})
	filled := counts[:0]
	for i := range counts {
		if counts[i].Jobs > 0 {
			counts[i].Start = units[i]
			filled = append(filled, counts[i])
		}
	}
	return filled, s.failed("count jobs by time", err)
}

// sums adds up columns of the rows r as whole numbers, under the same names.
func sums(columns ...string) string {
	list := make([]string, len(columns))
	for i, column := range columns {
		list[i] = sum("r."+column) + " AS " + column
	}
	return strings.Join(list, ", ")
}

func readSlot(r *record) lora.SlotCount {
	return lora.SlotCount{
		Jobs: int(r.integer()), Succeeded: int(r.integer()), Failed: int(r.integer()), Cancelled: int(r.integer()),
		Ran: int(r.integer()), RunTime: r.duration(), Waited: int(r.integer()), WaitTime: r.duration(), Images: int(r.integer()), Kept: int(r.integer()),
	}
}

// duration reads microseconds.
func (r *record) duration() time.Duration { return time.Duration(r.integer()) * time.Microsecond }

// openGenerations calls f for all generations accepted within a window that have not
// ended. There are few, and no figures of them.
func (q querier) openGenerations(ctx context.Context, window lora.Window, f func(accepted time.Time, engine string)) error {
	start, end := quarters(window)
	return q.each(ctx, "SELECT created_at, engine FROM job WHERE kind = 'generation' AND created_at >= ? AND created_at < ? AND "+openJobs,
		[]any{start.UnixMicro(), end.UnixMicro()}, func(r *record) error {
			f(r.moment(), r.text())
			return nil
		})
}

// atOneMoment runs f in a transaction that only reads, and sees one moment.
func (s *Store) atOneMoment(ctx context.Context, f func(q querier) error) (err error) {
	tx, err := s.reader.db.BeginTx(ctx, s.dialect.snapshot)
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, ignoreDone(tx.Rollback())) }()
	return f(querier{pool: s.reader, tx: tx})
}

// CountErrors counts the failed generations accepted within a window by class and
// engine, most frequent first.
func (s *Store) CountErrors(ctx context.Context, window lora.Window) ([]lora.ErrorCount, error) {
	q := querier{pool: s.reader}
	list := []lora.ErrorCount{}
	err := q.each(ctx, q.inStretches("r.error_class, r.engine, "+sums("jobs"), "job_rollup")+`AND r.status = 'failed' GROUP BY r.error_class, r.engine
		HAVING SUM(r.jobs) > 0 ORDER BY 3 DESC, r.error_class, r.engine`, []any{stretchText(inWindow(window))}, func(r *record) error {
		list = append(list, lora.ErrorCount{Class: lora.EngineErrorClass(r.text()), Engine: r.text(), Jobs: int(r.integer())})
		return nil
	})
	return list, s.failed("count failed jobs", err)
}

// CountEngines counts the generations accepted within a window by engine, by name. Those
// that have not ended count as jobs of the engine they are to run on.
func (s *Store) CountEngines(ctx context.Context, window lora.Window) ([]lora.EngineCount, error) {
	list := []lora.EngineCount{}
	of := func(engine string) *lora.EngineCount {
		i, found := slices.BinarySearchFunc(list, engine, func(c lora.EngineCount, name string) int { return strings.Compare(c.Engine, name) })
		if !found {
			list = slices.Insert(list, i, lora.EngineCount{Engine: engine})
		}
		return &list[i]
	}
	err := s.atOneMoment(ctx, func(q querier) error {
		err := q.each(ctx, q.inStretches("r.engine, r.status, "+sums("jobs", "ran", "run_us"), "job_rollup")+`GROUP BY r.engine, r.status
			HAVING SUM(r.jobs) > 0`, []any{stretchText(inWindow(window))}, func(r *record) error {
			c := of(r.text())
			status, jobs := lora.JobStatus(r.text()), int(r.integer())
			c.Jobs += jobs
			c.Ran += int(r.integer())
			c.RunTime += r.duration()
			switch status {
			case lora.JobSucceeded:
				c.Succeeded += jobs
			case lora.JobFailed:
				c.Failed += jobs
			case lora.JobCancelled:
				c.Cancelled += jobs
			case lora.JobPending, lora.JobRunning, lora.JobRetrying:
			}
			return nil
		})
		if err != nil {
			return err
		}
		return q.openGenerations(ctx, window, func(_ time.Time, engine string) { of(engine).Jobs++ })
	})
	return list, s.failed("count jobs by engine", err)
}

// TimeBuckets returns how long the generations accepted within a window waited or ran,
// shortest first; empty buckets are left out.
func (s *Store) TimeBuckets(ctx context.Context, window lora.Window, measure lora.Measure) ([]lora.TimeBucket, error) {
	number := runMeasure
	if measure == lora.MeasureWait {
		number = waitMeasure
	}
	q := querier{pool: s.reader}
	list := []lora.TimeBucket{}
	err := q.each(ctx, q.inStretches("r.bucket, "+sums("jobs"), "time_rollup")+"AND r.measure = ? GROUP BY r.bucket HAVING SUM(r.jobs) > 0 ORDER BY r.bucket",
		[]any{stretchText(inWindow(window)), number}, func(r *record) error {
			b := lora.TimeBucket{}
			b.From, b.To = bucketSpan(r.integer())
			b.Jobs = int(r.integer())
			list = append(list, b)
			return nil
		})
	return list, s.failed("count jobs by their times", err)
}

// AdapterPairs calls each for the pairs of adapters whose counts changed after a change
// of the catalog, all with 0, and returns the change up to which that holds.
func (s *Store) AdapterPairs(ctx context.Context, since int64, each func(lora.AdapterPair)) (change int64, err error) {
	err = s.atOneMoment(ctx, func(q querier) error {
		if change, err = q.number(ctx, "SELECT n FROM catalog_change"); err != nil {
			return err
		}
		return q.each(ctx, `SELECT a.value, b.value, p.jobs, p.kept FROM adapter_pair p JOIN facet a ON a.id = p.a JOIN facet b ON b.id = p.b WHERE p.change > ?`,
			[]any{since}, func(r *record) error {
				pair := lora.AdapterPair{A: r.text(), B: r.text(), Jobs: int(r.integer()), Kept: int(r.integer())}
				if pair.A > pair.B { // facets have another order
					pair.A, pair.B = pair.B, pair.A
				}
				each(pair)
				return nil
			})
	})
	return change, s.failed("read pairs of adapters", err)
}
