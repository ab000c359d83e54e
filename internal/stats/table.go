package stats

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// Part is what can be downloaded.
type Part string

// The parts.
const (
	PartVolume    Part = "volume"
	PartAdapters  Part = "adapters"
	PartErrors    Part = "errors"
	PartEngines   Part = "engines"
	PartResources Part = "resources"
)

// Table is a part of the figures as rows. A cell is a string, int, float64, time.Time,
// or nil where nothing was measured.
type Table struct {
	Columns []string
	Rows    [][]any
}

const (
	// adaptersExported and samplesExported bound what is downloaded.
	adaptersExported = 10_000
	samplesExported  = 10_000
)

// Export returns a part of the figures of a span.
func (s *Stats) Export(ctx context.Context, r Range, part Part) (Table, error) {
	switch part {
	case PartVolume:
		return s.exportVolume(ctx, r)
	case PartAdapters:
		return s.exportAdapters(ctx, r)
	case PartErrors:
		return s.exportErrors(ctx, r)
	case PartEngines:
		return s.exportEngines(ctx, r)
	case PartResources:
		return s.exportResources(ctx, r)
	}
	return Table{}, lora.FieldErrorf(lora.Invalid, "part", "The part is one of volume, adapters, errors, engines and resources.")
}

func (s *Stats) exportVolume(ctx context.Context, r Range) (Table, error) {
	t := Table{Columns: []string{"start", "generations", "succeeded", "failed", "cancelled", "images", "kept", "run_seconds_mean", "wait_seconds_mean", "success_rate"}}
	slots, err := s.o.Counts.CountSlots(ctx, r.Window, r.Unit)
	for i := range slots {
		c := &slots[i]
		t.add(c.Start, c.Jobs, c.Succeeded, c.Failed, c.Cancelled, c.Images, c.Kept,
			known(mean(c.RunTime, c.Ran)), known(mean(c.WaitTime, c.Waited)), known(successRate(c.Succeeded, c.Failed)))
	}
	return t, err
}

func (s *Stats) exportAdapters(ctx context.Context, r Range) (Table, error) {
	t := Table{Columns: []string{"adapter_id", "name", "generations", "images", "kept", "kept_share"}}
	used, err := s.used(ctx, r.Window, lora.MostUsed, adaptersExported)
	for i := range used {
		f := &used[i]
		t.add(f.AdapterID, f.Name, f.Count, f.Images, f.Kept, f.KeptShare)
	}
	return t, err
}

func (s *Stats) exportErrors(ctx context.Context, r Range) (Table, error) {
	t := Table{Columns: []string{"class", "engine", "generations", "percentage", "description", "advice"}}
	groups, err := s.Errors(ctx, r)
	for i := range groups {
		e := &groups[i]
		t.add(e.Class, e.Engine, e.Count, e.Percentage, e.Description, e.Advice)
	}
	return t, err
}

func (s *Stats) exportEngines(ctx context.Context, r Range) (Table, error) {
	t := Table{Columns: []string{"engine", "generations", "succeeded", "failed", "cancelled", "run_seconds_mean", "success_rate"}}
	counts, err := s.o.Counts.CountEngines(ctx, r.Window)
	for _, e := range perEngine(counts) {
		t.add(e.Engine, e.Jobs, e.Succeeded, e.Failed, e.Cancelled, known(e.AvgTime), known(e.SuccessRate))
	}
	return t, err
}

func (s *Stats) exportResources(ctx context.Context, r Range) (Table, error) {
	t := Table{Columns: []string{
		"at", "host", "cpu_percent", "memory_used", "memory_total", "disk_used", "disk_total", "process_memory", "pictures_bytes", "database_bytes",
		"gpu", "gpu_utilization", "gpu_memory_used", "gpu_memory_total", "gpu_temperature", "gpu_power_draw_watts",
	}}
	samples, err := s.o.House.Samples(ctx, r.Window.Start, r.Window.End, samplesExported)
	for i := range samples {
		c := &samples[i]
		row := []any{
			c.At.In(r.Window.Zone), c.Host, known(c.CPUPercent), known(c.MemoryUsed), known(c.MemoryTotal), known(c.DiskUsed), known(c.DiskTotal),
			known(c.ProcessMemory), known(c.PicturesBytes), known(c.DatabaseBytes),
		}
		for _, g := range c.GPUs { // one row for each card
			t.add(append(row[:len(row):len(row)], g.Name, known(g.Utilization), known(g.MemoryUsed), known(g.MemoryTotal), known(g.Temperature), known(g.PowerDraw))...)
		}
		if len(c.GPUs) == 0 {
			t.add(append(row, nil, nil, nil, nil, nil, nil)...)
		}
	}
	return t, err
}

func (t *Table) add(cells ...any) { t.Rows = append(t.Rows, cells) }

// known is what a pointer points to, or nil without a type.
func known[T int | float64 | time.Time](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}
