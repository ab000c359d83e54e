package stats_test

import (
	"errors"
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/stats"
)

func TestPromise2_ARangeIsWhatItsWordsSay(t *testing.T) {
	t.Parallel()
	const layout = "2006-01-02 15:04 -0700"
	for _, c := range []struct {
		name       string
		query      stats.Query
		now        string // RFC 3339
		start, end string
		before     string // begin of the span before
		unit       lora.SlotUnit
	}{
		{"nothing asked is the last day", stats.Query{}, "2026-03-18T12:07:00Z", "2026-03-17 12:00 +0000", "2026-03-18 12:15 +0000", "2026-03-16 11:45 +0000", lora.SlotHour},
		{"on the quarter-hour", stats.Query{TimeRange: "24h"}, "2026-03-18T12:15:00Z", "2026-03-17 12:15 +0000", "2026-03-18 12:15 +0000", "2026-03-16 12:15 +0000", lora.SlotHour},
		{"24 hours over the night that is short", stats.Query{TimeRange: "24h", Zone: "Europe/Berlin"}, "2026-03-29T10:00:00Z", "2026-03-28 11:00 +0100", "2026-03-29 12:00 +0200", "2026-03-27 11:00 +0100", lora.SlotHour},
		{"a week over it", stats.Query{TimeRange: "7d", Zone: "Europe/Berlin"}, "2026-03-30T10:00:00Z", "2026-03-23 12:00 +0100", "2026-03-30 12:00 +0200", "2026-03-16 12:00 +0100", lora.SlotDay},
		{"a week over the night that is long", stats.Query{TimeRange: "7d", Zone: "America/New_York"}, "2026-11-03T17:00:00Z", "2026-10-27 12:00 -0400", "2026-11-03 12:00 -0500", "2026-10-20 12:00 -0400", lora.SlotDay},
		{"a month in Nepal", stats.Query{TimeRange: "30d", Zone: "Asia/Kathmandu"}, "2026-03-18T12:07:00Z", "2026-02-16 17:45 +0545", "2026-03-18 18:00 +0545", "2026-01-17 17:30 +0545", lora.SlotDay},
		{"a quarter", stats.Query{TimeRange: "90d"}, "2026-03-18T12:00:00Z", "2025-12-18 12:00 +0000", "2026-03-18 12:00 +0000", "2025-09-19 12:00 +0000", lora.SlotDay},
		{"a day of the zone, as a whole", stats.Query{TimeRange: "custom", Start: "2026-03-29", End: "2026-03-29", Zone: "Europe/Berlin"}, "2026-03-30T10:00:00Z", "2026-03-29 00:00 +0100", "2026-03-30 00:00 +0200", "2026-03-28 01:00 +0100", lora.SlotHour},
		{"days in Nepal", stats.Query{TimeRange: "custom", Start: "2026-03-01", End: "2026-03-07", Zone: "Asia/Kathmandu"}, "2026-03-30T10:00:00Z", "2026-03-01 00:00 +0545", "2026-03-08 00:00 +0545", "2026-02-22 00:00 +0545", lora.SlotDay},
		{"a day that begins at one o'clock", stats.Query{TimeRange: "custom", Start: "2018-11-04", End: "2018-11-04", Zone: "America/Sao_Paulo"}, "2026-03-30T10:00:00Z", "2018-11-04 01:00 -0200", "2018-11-05 00:00 -0200", "2018-11-03 01:00 -0300", lora.SlotHour},
		{"a day with two midnights begins with the first", stats.Query{TimeRange: "custom", Start: "2024-11-03", End: "2024-11-03", Zone: "America/Havana"}, "2026-03-30T10:00:00Z", "2024-11-03 00:00 -0400", "2024-11-04 00:00 -0500", "2024-11-01 23:00 -0400", lora.SlotHour},
		{"moments with their own offset, told in the zone", stats.Query{TimeRange: "custom", Start: "2026-03-01T00:00:00+02:00", End: "2026-03-02T00:07:00+02:00", Zone: "UTC"}, "2026-03-30T10:00:00Z", "2026-02-28 22:00 +0000", "2026-03-01 22:15 +0000", "2026-02-27 21:45 +0000", lora.SlotHour},
		{"from a day until now", stats.Query{TimeRange: "custom", Start: "2026-03-20"}, "2026-03-30T10:20:00Z", "2026-03-20 00:00 +0000", "2026-03-30 10:30 +0000", "2026-03-09 13:30 +0000", lora.SlotDay},
		{"ten years", stats.Query{TimeRange: "custom", Start: "2016-01-01", End: "2025-12-31"}, "2026-03-30T10:00:00Z", "2016-01-01 00:00 +0000", "2026-01-01 00:00 +0000", "2005-12-31 00:00 +0000", lora.SlotDay},
		{"a span that is not over", stats.Query{TimeRange: "custom", Start: "2026-03-30", End: "2027-03-30"}, "2026-03-30T10:00:00Z", "2026-03-30 00:00 +0000", "2027-03-31 00:00 +0000", "2025-03-29 00:00 +0000", lora.SlotDay},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			now, err := time.Parse(time.RFC3339, c.now)
			if err != nil {
				t.Fatal(err)
			}
			r, err := c.query.Parse(now)
			if err != nil {
				t.Fatal(err)
			}
			start, end, before := r.Window.Start.Format(layout), r.Window.End.Format(layout), r.Before.Start.Format(layout)
			if start != c.start || end != c.end || before != c.before || r.Unit != c.unit {
				t.Errorf("got  %s .. %s, before %s, by %s\nwant %s .. %s, before %s, by %s", start, end, before, r.Unit, c.start, c.end, c.before, c.unit)
			}
			checkRange(t, r)
		})
	}
}

// checkRange checks what holds of every range.
func checkRange(t *testing.T, r stats.Range) {
	t.Helper()
	for _, at := range []time.Time{r.Window.Start, r.Window.End, r.Before.Start, r.Before.End} {
		if at.Unix()%900 != 0 || at.Nanosecond() != 0 {
			t.Errorf("%s is no quarter-hour", at)
		}
	}
	if !r.Before.Start.Before(r.Before.End) || !r.Before.End.Equal(r.Window.Start) || !r.Window.Start.Before(r.Window.End) {
		t.Errorf("%s .. %s .. %s", r.Before.Start, r.Window.Start, r.Window.End)
	}
	// Clocks may be put forward or back within both spans.
	if d := r.Window.End.Sub(r.Window.Start) - r.Before.End.Sub(r.Before.Start); d.Abs() > 48*time.Hour {
		t.Errorf("the span before is %s shorter", d)
	}
	if r.Window.Zone == nil || r.Before.Zone != r.Window.Zone {
		t.Error("no zone")
	}
}

func TestPromise2_WhatCannotBeMeantIsRefusedByItsField(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		query stats.Query
		field string
	}{
		{"an unknown span", stats.Query{TimeRange: "1y"}, "time_range"},
		{"a start without custom", stats.Query{TimeRange: "7d", Start: "2026-01-01"}, "time_range"},
		{"custom without a start", stats.Query{TimeRange: "custom", End: "2026-01-01"}, "start"},
		{"a start that is no time", stats.Query{TimeRange: "custom", Start: "yesterday"}, "start"},
		{"a day that does not exist", stats.Query{TimeRange: "custom", Start: "2026-02-30"}, "start"},
		{"a moment without an offset", stats.Query{TimeRange: "custom", Start: "2026-01-01T00:00:00"}, "start"},
		{"an end that is no time", stats.Query{TimeRange: "custom", Start: "2026-01-01", End: "2026-01-02T25:00:00Z"}, "end"},
		{"reversed", stats.Query{TimeRange: "custom", Start: "2026-01-02", End: "2026-01-01"}, "end"},
		{"an empty span", stats.Query{TimeRange: "custom", Start: "2026-01-02T00:00:00Z", End: "2026-01-02T01:00:00+01:00"}, "end"},
		{"a start in the future without an end", stats.Query{TimeRange: "custom", Start: "2030-01-02"}, "end"},
		{"more than ten years", stats.Query{TimeRange: "custom", Start: "2015-01-01", End: "2026-01-01"}, "start"},
		{"before computers counted", stats.Query{TimeRange: "custom", Start: "1969-12-30", End: "1970-01-02"}, "start"},
		{"beyond the calendar", stats.Query{TimeRange: "custom", Start: "9999-12-30", End: "9999-12-31"}, "start"},
		{"an unknown zone", stats.Query{Zone: "Europe/Atlantis"}, "tz"},
		{"a zone that is a path", stats.Query{Zone: "../../etc/passwd"}, "tz"},
		{"the zone of the server", stats.Query{Zone: "Local"}, "tz"},
		{"an offset", stats.Query{Zone: "+02:00"}, "tz"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := c.query.Parse(noon)
			var refused *lora.Error
			if !errors.As(err, &refused) || refused.Code != lora.Invalid || refused.Field != c.field || refused.Message == "" {
				t.Errorf("%v", err)
			}
		})
	}
}

func FuzzRange(f *testing.F) {
	for _, s := range [][4]string{
		{"24h", "", "", "Asia/Kathmandu"}, {"custom", "2026-03-29", "2026-03-29", "Europe/Berlin"},
		{"custom", "2018-11-04", "", "America/Sao_Paulo"}, {"custom", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "UTC"},
		{"custom", "1970-01-01", "1972-01-08", "Africa/Monrovia"}, {"custom", "2011-12-29", "2011-12-31", "Pacific/Apia"},
	} {
		f.Add(s[0], s[1], s[2], s[3], noon.Unix())
	}
	f.Fuzz(func(t *testing.T, name, start, end, zone string, now int64) {
		r, err := stats.Query{TimeRange: name, Start: start, End: end, Zone: zone}.Parse(time.Unix(now%(1<<37), 0))
		if err != nil {
			if lora.CodeOf(err) != lora.Invalid {
				t.Error(err)
			}
			return
		}
		checkRange(t, r)
		if r.Window.End.Sub(r.Window.Start) > 3655*24*time.Hour {
			t.Error("longer than ten years")
		}
	})
}
