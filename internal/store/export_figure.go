package store

import (
	"context"
	"encoding/json"
	"time"

	"loramanager/internal/lora"
)

// exportedFigure is what a day's generations came to: all of them, those of one engine
// with one outcome, or those with one adapter.
type exportedFigure struct {
	Day     string `json:"day"` // UTC
	Engine  string `json:"engine,omitempty"`
	Status  string `json:"status,omitempty"`
	Class   string `json:"error_class,omitempty"`
	Adapter string `json:"adapter_id,omitempty"`

	Jobs       int64    `json:"jobs"`
	Succeeded  *int64   `json:"succeeded,omitempty"`
	Failed     *int64   `json:"failed,omitempty"`
	Cancelled  *int64   `json:"cancelled,omitempty"`
	Images     *int64   `json:"images,omitempty"`
	Kept       *int64   `json:"kept,omitempty"`
	RunSeconds *float64 `json:"run_seconds,omitempty"`
}

// figures hands out what was counted of each UTC day: first of all generations, then by
// engine and outcome, then by adapter. They follow from jobs, so nothing reads them back;
// they are for other programs.
func (x *exporter) figures(ctx context.Context) error {
	from, until := int64(0), int64(1)<<40
	if !x.scope.From.IsZero() {
		from = slotOf(levelDay, x.scope.From.UnixMicro())
	}
	if !x.scope.Until.IsZero() {
		until = slotOf(levelDay, x.scope.Until.UnixMicro()-1) + 1
	}
	for _, part := range []struct {
		query string
		read  func(f *exportedFigure, r *record)
	}{
		{`SELECT slot, jobs, succeeded, failed, cancelled, images, kept, run_us FROM slot_rollup
			WHERE level = ? AND slot >= ? AND slot < ? AND jobs > 0 ORDER BY slot`, func(f *exportedFigure, r *record) {
			f.Jobs, f.Succeeded, f.Failed, f.Cancelled = r.integer(), r.counted(), r.counted(), r.counted()
			f.Images, f.Kept, f.RunSeconds = r.counted(), r.counted(), r.seconds()
		}},
		{`SELECT slot, engine, status, error_class, jobs, run_us FROM job_rollup
			WHERE level = ? AND slot >= ? AND slot < ? AND jobs > 0 ORDER BY slot, engine, status, error_class`, func(f *exportedFigure, r *record) {
			f.Engine, f.Status, f.Class = r.text(), r.text(), r.text()
			f.Jobs, f.RunSeconds = r.integer(), r.seconds()
		}},
		{`SELECT r.slot, f.value, r.jobs, r.failed, r.images, r.kept FROM adapter_rollup r JOIN facet f ON f.id = r.adapter
			WHERE r.level = ? AND r.slot >= ? AND r.slot < ? AND (r.jobs > 0 OR r.failed > 0) ORDER BY r.slot, r.adapter`, func(f *exportedFigure, r *record) {
			f.Adapter, f.Jobs = r.text(), r.integer()
			f.Failed, f.Images, f.Kept = r.counted(), r.counted(), r.counted()
		}},
	} {
		err := x.each(ctx, part.query, []any{int64(levelDay), from, until}, func(r *record) error {
			f := exportedFigure{Day: time.Unix(r.integer()*levels[levelDay], 0).UTC().Format(time.DateOnly)}
			part.read(&f, r)
			if r.err != nil {
				return r.err
			}
			figure, err := json.Marshal(f)
			if err != nil {
				return err
			}
			return x.hand(lora.ArchiveRecord{Figure: figure})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *record) counted() *int64 {
	n := r.integer()
	return &n
}

func (r *record) seconds() *float64 {
	s := r.duration().Seconds()
	return &s
}
