package store

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"loramanager/internal/lora"
)

// How long samples are kept: all of them, and then the first of each quarter-hour.
const (
	samplesKept  = 48 * time.Hour
	quartersKept = 400 * 24 * time.Hour
)

// sampleColumns are what is averaged of a computer, and gpuColumns of a graphics card.
var (
	sampleColumns = strings.Fields("cpu_percent memory_used memory_total disk_used disk_total process_memory pictures_bytes database_bytes")
	gpuColumns    = strings.Fields("memory_used memory_total utilization temperature fan_speed power_draw")
)

// AddSample keeps what a computer uses at a moment. A second sample of a computer and a
// moment changes nothing.
func (s *Store) AddSample(ctx context.Context, sample lora.ResourceSample) error {
	at, host := sample.At.UnixMicro(), clean(sample.Host)
	begin := sample.At.UTC().Truncate(quarter).UnixMicro()
	return s.briefly(ctx, "keep a sample", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, `INSERT INTO resource_sample (at, host, quarter, `+strings.Join(sampleColumns, ", ")+`)
			VALUES (?, ?, NOT EXISTS (SELECT 1 FROM resource_sample o WHERE o.at >= ? AND o.at < ? AND o.host = ? AND o.quarter), ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO NOTHING`, at, host, begin, begin+quarter.Microseconds(), host,
			realOrNull(sample.CPUPercent), wholeOrNull(sample.MemoryUsed), wholeOrNull(sample.MemoryTotal), wholeOrNull(sample.DiskUsed),
			wholeOrNull(sample.DiskTotal), wholeOrNull(sample.ProcessMemory), wholeOrNull(sample.PicturesBytes), wholeOrNull(sample.DatabaseBytes))
		if err != nil || n == 0 {
			return err
		}
		for i := range sample.GPUs {
			g := &sample.GPUs[i]
			_, err := q.exec(ctx, "INSERT INTO gpu_sample (at, host, gpu, driver, name, "+strings.Join(gpuColumns, ", ")+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
				at, host, int64(g.ID), clean(g.Driver), clean(g.Name), wholeOrNull(g.MemoryUsed), wholeOrNull(g.MemoryTotal),
				realOrNull(g.Utilization), realOrNull(g.Temperature), realOrNull(g.FanSpeed), realOrNull(g.PowerDraw))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func wholeOrNull(n *int) any {
	if n == nil {
		return nil
	}
	return int64(*n)
}

// Samples returns what computers used from a time on and before another: for each at
// most so many points, the averages of equal spans of time that had samples, by time and
// host. A point stands at the begin of its span.
func (s *Store) Samples(ctx context.Context, from, until time.Time, points int) ([]lora.ResourceSample, error) {
	list := []lora.ResourceSample{}
	if !from.Before(until) || points < 1 {
		return list, nil
	}
	span := (until.UnixMicro()-from.UnixMicro()-1)/int64(points) + 1
	args := []any{from.UnixMicro(), span, from.UnixMicro(), until.UnixMicro()}
	err := s.atOneMoment(ctx, func(q querier) error {
		err := q.each(ctx, "SELECT (at - ?) / ? AS point, host"+averages(sampleColumns)+" FROM resource_sample WHERE at >= ? AND at < ? GROUP BY 1, host ORDER BY 1, host",
			args, func(r *record) error {
				list = append(list, lora.ResourceSample{
					At: from.Add(time.Duration(r.integer()*span) * time.Microsecond).UTC(), Host: r.text(), CPUPercent: r.realOrNil(), MemoryUsed: r.wholeOrNil(), MemoryTotal: r.wholeOrNil(),
					DiskUsed: r.wholeOrNil(), DiskTotal: r.wholeOrNil(), ProcessMemory: r.wholeOrNil(), PicturesBytes: r.wholeOrNil(), DatabaseBytes: r.wholeOrNil(),
					GPUs: []lora.GPUUsage{},
				})
				return nil
			})
		if err != nil {
			return err
		}
		return q.addGPUs(ctx, list, from, span, args)
	})
	return list, s.failed("read samples", err)
}

// addGPUs adds the graphics cards to averaged samples.
func (q querier) addGPUs(ctx context.Context, list []lora.ResourceSample, from time.Time, span int64, args []any) error {
	return q.each(ctx, "SELECT (at - ?) / ? AS point, host, driver, gpu, MAX(name)"+averages(gpuColumns)+` FROM gpu_sample WHERE at >= ? AND at < ?
		GROUP BY 1, host, driver, gpu ORDER BY 1, host, driver, gpu`, args, func(r *record) error {
		at, host := from.Add(time.Duration(r.integer()*span)*time.Microsecond), r.text()
		i, found := slices.BinarySearchFunc(list, host, func(s lora.ResourceSample, host string) int {
			return cmp.Or(s.At.Compare(at), strings.Compare(s.Host, host))
		})
		g := lora.GPUUsage{Driver: r.text(), ID: int(r.integer()), Name: r.text(), MemoryUsed: r.wholeOrNil(), MemoryTotal: r.wholeOrNil()}
		g.Utilization, g.Temperature, g.FanSpeed, g.PowerDraw = r.realOrNil(), r.realOrNil(), r.realOrNil(), r.realOrNil()
		if found {
			list[i].GPUs = append(list[i].GPUs, g)
		}
		return nil
	})
}

// averages adds the averages of columns to a list of columns; NULL where none has a value.
func averages(columns []string) string {
	var b strings.Builder
	for _, column := range columns {
		b.WriteString(", CAST(AVG(" + column + ") AS DOUBLE PRECISION)")
	}
	return b.String()
}

// wholeOrNil reads a number rounded to a whole one, nil for NULL.
func (r *record) wholeOrNil() *int {
	v := r.realOrNil()
	if v == nil {
		return nil
	}
	n := int(math.Round(*v))
	return &n
}

// PruneSamples forgets old samples: those of the last 48 hours are all kept, before them
// the first of each quarter-hour, for 400 days.
func (s *Store) PruneSamples(ctx context.Context, now time.Time) error {
	return s.briefly(ctx, "forget samples", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, "DELETE FROM resource_sample WHERE NOT quarter AND at < ?", now.Add(-samplesKept).UnixMicro())
		if err == nil {
			_, err = q.exec(ctx, "DELETE FROM resource_sample WHERE at < ?", now.Add(-quartersKept).UnixMicro())
		}
		return err
	})
}
