package catalog

import (
	"strconv"
	"strings"
	"time"
)

// day is a day as durations mean it; calendar days follow the server's time zone.
const day = 24 * time.Hour

// moment is a point in time as a query writes it: a time ago or a calendar date.
type moment struct {
	ago      time.Duration // when not a date
	isDate   bool
	from, to [3]int // year, month, day; to is the first day after it
}

// ages are words for how long ago, which facets use as values.
var ages = map[string]string{"today": "1d", "week": "7d", "month": "30d", "year": "365d", "older": ">365d"}

// readMoment reads "7d", "12h", "2026", "2026-01" or "2026-01-31".
func readMoment(s string) (moment, bool) {
	if len(s) >= 2 && len(s) <= 6 {
		if unit, ok := map[byte]time.Duration{'h': time.Hour, 'd': day, 'w': 7 * day, 'm': 30 * day, 'y': 365 * day}[s[len(s)-1]]; ok {
			n, err := strconv.Atoi(s[:len(s)-1])
			if err != nil || n < 0 || time.Duration(n) > 100*365*day/unit {
				return moment{}, false
			}
			return moment{ago: time.Duration(n) * unit}, true
		}
	}
	for i, layout := range []string{"2006", "2006-01", "2006-01-02"} {
		if len(s) != len(layout) {
			continue
		}
		t, err := time.Parse(layout, s)
		if err != nil || t.Year() < 1 {
			return moment{}, false
		}
		next := []time.Time{t.AddDate(1, 0, 0), t.AddDate(0, 1, 0), t.AddDate(0, 0, 1)}[i]
		return moment{
			isDate: true,
			from:   [3]int{t.Year(), int(t.Month()), t.Day()},
			to:     [3]int{next.Year(), int(next.Month()), next.Day()},
		}, true
	}
	return moment{}, false
}

// bounds returns the microseconds a moment begins and ends at.
func (m moment) bounds(now time.Time) (from, to float64) {
	if !m.isDate {
		at := float64(now.Add(-m.ago).UnixMicro())
		return at, at
	}
	midnight := func(d [3]int) float64 {
		return float64(time.Date(d[0], time.Month(d[1]), d[2], 0, 0, 0, 0, now.Location()).UnixMicro())
	}
	return midnight(m.from), midnight(m.to)
}

func parseDates(f *field, v *value) error {
	span, ok := dateSpan(v.text)
	if !ok {
		return invalid("%s: needs a time such as 7d or 2026-01-31, a comparison, or a range such as 2026-01..2026-03.", f.name)
	}
	v.span = span
	return nil
}

func dateSpan(text string) (spanner, bool) {
	if age, ok := ages[text]; ok {
		text = age
	}
	if a, b, ok := strings.Cut(text, ".."); ok {
		return dateRange(a, b)
	}
	sign, rest := comparison(text)
	m, ok := readMoment(rest)
	if !ok {
		return nil, false
	}
	if !m.isDate {
		// ">7d" speaks of an age: older than seven days.
		sign = map[string]string{"": ">=", "=": ">=", "<": ">=", "<=": ">=", ">": "<", ">=": "<"}[sign]
	}
	return func(now time.Time) interval {
		from, to := m.bounds(now)
		switch sign {
		case ">":
			return interval{low: to, high: highest}
		case ">=":
			return interval{low: from, high: highest}
		case "<":
			return interval{low: lowest, high: from}
		case "<=":
			return interval{low: lowest, high: to}
		default:
			return interval{low: from, high: to}
		}
	}, true
}

func dateRange(a, b string) (spanner, bool) {
	var ends [2]moment
	for i, s := range []string{a, b} {
		if s == "" {
			continue
		}
		m, ok := readMoment(s)
		if !ok {
			return nil, false
		}
		ends[i] = m
	}
	return func(now time.Time) interval {
		span := interval{low: lowest, high: highest}
		if a != "" {
			span.low, _ = ends[0].bounds(now)
		}
		if b != "" {
			_, span.high = ends[1].bounds(now)
		}
		if span.low > span.high { // "7d..30d" names the younger end first
			span.low, span.high = span.high, span.low
		}
		return span
	}, true
}

func matchTime(which int) func(*view, *value, bitset, bitset) {
	return func(x *view, v *value, within, out bitset) {
		span, times := v.span(x.now()), x.times[which]
		within.each(func(slot uint32) {
			if t := times[slot]; t != 0 && span.has(float64(t)) {
				out.set(slot)
			}
		})
	}
}

// parseUsed reads "never", a count or a time.
func parseUsed(f *field, v *value) error {
	if v.text == "never" {
		v.flag = flagTest{flag: flagUsed, off: true}
		return nil
	}
	if span, err := numberSpan(f, v.text); err == nil && !looksLikeYear(v.text) {
		v.flag, v.span = flagTest{flag: flagCount}, fixed(span)
		return nil
	}
	if err := parseDates(f, v); err != nil {
		return invalid("used: needs never, a time such as 7d, or a count such as >3.")
	}
	v.flag = flagTest{flag: flagUsed}
	return nil
}

func looksLikeYear(text string) bool {
	_, rest := comparison(text)
	return len(rest) == 4 && (strings.HasPrefix(rest, "20") || strings.HasPrefix(rest, "19"))
}

func matchUsed(x *view, v *value, within, out bitset) {
	switch {
	case v.flag.off:
		matchFlag(x, v, within, out)
	case v.flag.flag == flagCount:
		matchNumber(func(x *view, slot uint32) float64 { return float64(x.useCount[slot]) })(x, v, within, out)
	default:
		matchTime(timeUsed)(x, v, within, out)
	}
}
