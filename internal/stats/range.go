package stats

import (
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones are known where the system has no list of them

	"loramanager/internal/lora"
)

// The spans a time range may name; Custom is told by its ends.
const (
	LastDay     = "24h"
	LastWeek    = "7d"
	LastMonth   = "30d"
	LastQuarter = "90d"
	Custom      = "custom"
)

// Query asks for a span of time in the words of a request; docs/analytics.md tells how
// they are read.
type Query struct {
	TimeRange string // 24h, 7d, 30d, 90d or custom; empty is 24h
	Start     string // custom only: RFC 3339, or a day of the zone
	End       string // custom only: as Start, a day is included; empty is now
	Zone      string // IANA name of a time zone; empty is UTC
}

// Range is a span of time on quarter-hours, and the span before it that it is compared with.
type Range struct {
	Name   string // as asked for
	Window lora.Window
	Before lora.Window
	Unit   lora.SlotUnit // in which a chart of it is drawn: hour or day
}

const (
	quarter = 15 * time.Minute
	// hourly is the longest span that is drawn in hours.
	hourly = 49 * time.Hour
	// maxYears is the longest span that is counted.
	maxYears = 10
)

// Parse reads what a request asks for. An Invalid error names one of the fields
// time_range, start, end and tz.
func (q Query) Parse(now time.Time) (Range, error) {
	zone, err := zoneOf(q.Zone)
	if err != nil {
		return Range{}, err
	}
	if q.TimeRange == Custom {
		return q.parseCustom(now.In(zone))
	}
	name := q.TimeRange
	if name == "" {
		name = LastDay
	}
	days, known := map[string]int{LastDay: 1, LastWeek: 7, LastMonth: 30, LastQuarter: 90}[name]
	switch {
	case !known:
		return Range{}, lora.FieldErrorf(lora.Invalid, "time_range", "The time range is one of 24h, 7d, 30d, 90d and custom.")
	case q.Start != "" || q.End != "":
		return Range{}, lora.FieldErrorf(lora.Invalid, "time_range", "start and end are read with time_range=custom only.")
	}
	last := floor(now).In(zone)
	first := last.AddDate(0, 0, -days)
	if name == LastDay {
		first = last.Add(-24 * time.Hour)
	}
	return rangeOf(name, floor(first), ceiling(now), zone), nil
}

func (q Query) parseCustom(now time.Time) (Range, error) {
	zone := now.Location()
	if q.Start == "" {
		return Range{}, lora.FieldErrorf(lora.Invalid, "start", "A custom time range needs its start, such as 2026-01-31 or 2026-01-31T18:00:00Z.")
	}
	start, _, err := moment("start", q.Start, zone)
	if err != nil {
		return Range{}, err
	}
	end := now
	if q.End != "" {
		var until time.Time
		if end, until, err = moment("end", q.End, zone); err != nil {
			return Range{}, err
		}
		if !until.IsZero() {
			end = until
		}
	}
	switch {
	case !end.After(start):
		return Range{}, lora.FieldErrorf(lora.Invalid, "end", "The end of the time range must come after its start.")
	case end.After(start.AddDate(maxYears, 0, 1)):
		return Range{}, lora.FieldErrorf(lora.Invalid, "start", "A time range spans at most %d years: choose a later start or an earlier end.", maxYears)
	}
	return rangeOf(Custom, floor(start), ceiling(end), zone), nil
}

// rangeOf completes a range. The span before is as long by the clocks on the wall when
// days are drawn, so that weeks are compared with weeks, and by the stopwatch otherwise.
func rangeOf(name string, start, end time.Time, zone *time.Location) Range {
	r := Range{Name: name, Unit: lora.SlotDay, Window: lora.Window{Start: start.In(zone), End: end.In(zone), Zone: zone}}
	before := start.Add(-end.Sub(start))
	if end.Sub(start) <= hourly {
		r.Unit = lora.SlotHour
	} else {
		first, last := wall(r.Window.Start), wall(r.Window.End)
		read := first.Add(-last.Sub(first))
		before = time.Date(read.Year(), read.Month(), read.Day(), read.Hour(), read.Minute(), 0, 0, zone)
	}
	r.Before = lora.Window{Start: floor(before).In(zone), End: r.Window.Start, Zone: zone}
	return r
}

// wall reads the clock of t's zone as if it were one of UTC, where all days are alike.
func wall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

func floor(t time.Time) time.Time {
	return time.Unix(t.Unix()-mod(t.Unix(), int64(quarter/time.Second)), 0)
}

func ceiling(t time.Time) time.Time {
	if f := floor(t); !f.Equal(t) {
		return f.Add(quarter)
	}
	return floor(t)
}

func mod(n, by int64) int64 { return ((n % by) + by) % by }

// moment reads a moment, or a day of the zone; until is the end of that day.
func moment(field, text string, zone *time.Location) (at, until time.Time, err error) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		at, until = midnight(day.Year(), day.Month(), day.Day(), zone), midnight(day.Year(), day.Month(), day.Day()+1, zone)
	} else if at, err = time.Parse(time.RFC3339, text); err != nil {
		return at, until, lora.FieldErrorf(lora.Invalid, field, "Give %s as a day such as 2026-01-31, or as a moment such as 2026-01-31T18:00:00Z.", field)
	}
	if at.Before(time.Unix(0, 0)) || at.Year() > 9000 {
		return at, until, lora.FieldErrorf(lora.Invalid, field, "%s lies outside the years that are counted, 1970 to 9000.", strings.ToUpper(field[:1])+field[1:])
	}
	return at, until, nil
}

// midnight is the first moment of a day. Where the clocks are put forward at midnight
// the day begins at one o'clock; where they are put back to it, it has two of them.
func midnight(year int, month time.Month, day int, zone *time.Location) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	want := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	began, ends := t.ZoneBounds()
	switch {
	case wall(t).Before(want):
		return ends
	case wall(t).After(want):
		return began
	}
	if !began.IsZero() {
		_, now := t.Zone()
		_, then := began.Add(-time.Second).Zone()
		if earlier := t.Add(time.Duration(now-then) * time.Second); earlier.Before(began) && wall(earlier).Equal(want) {
			return earlier
		}
	}
	return t
}

// zones remembers those that were asked for: finding one means reading a file.
var zones sync.Map // name -> *time.Location

func zoneOf(name string) (*time.Location, error) {
	if name == "" || name == "UTC" {
		return time.UTC, nil
	}
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location), nil //nolint:errcheck // nothing else is in it
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" || len(name) > 64 {
		return nil, lora.FieldErrorf(lora.Invalid, "tz", "This time zone is not known: give an IANA name such as Europe/Berlin, or UTC.")
	}
	zones.Store(name, zone)
	return zone, nil
}
