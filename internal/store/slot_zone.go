package store

import (
	"time"

	"loramanager/internal/lora"
)

const quarter = 15 * time.Minute

// quarters are the ends of a window, moved outwards to quarter-hours where they do not
// lie on them.
func quarters(w lora.Window) (start, end time.Time) {
	start, end = w.Start.UTC().Truncate(quarter), w.End.UTC().Truncate(quarter)
	if end.Before(w.End) {
		end = end.Add(quarter)
	}
	return start, end
}

// slotUnits cuts a window into the hours or days of its zone: when each begins, and the
// slots of rollups it is made of. The first and the last may be cut off by the window, but
// begin when they begin.
func slotUnits(w lora.Window, unit lora.SlotUnit) (units []time.Time, list []stretch, err error) {
	zone := w.Zone
	if zone == nil {
		zone = time.UTC
	}
	start, end := quarters(w)
	for at := start; at.Before(end); {
		begin, next := unitAround(at.In(zone), unit)
		if len(units) == maxSlots {
			return nil, nil, lora.Errorf(lora.Invalid, "The range has more than %d slots. Choose a shorter range or days.", maxSlots)
		}
		until := next
		if until.After(end) {
			until = end
		}
		list = stretches(list, int64(len(units)), at.Unix(), until.Unix(), levelDay)
		units = append(units, begin)
		at = next
	}
	return units, list, nil
}

// unitAround is the quarter-hour, hour or day that a time lies in, on the clocks of the
// time's zone.
func unitAround(at time.Time, unit lora.SlotUnit) (begin, next time.Time) {
	switch unit {
	case lora.SlotDay:
		y, m, d := at.Date()
		begin, next = dayBegin(y, m, d, at.Location()), dayBegin(y, m, d+1, at.Location())
		for !next.After(at) { // clocks put back over midnight show the day before again
			d++
			begin, next = next, dayBegin(y, m, d+1, at.Location())
		}
		return begin, next
	case lora.SlotHour:
		return hourAround(at)
	case lora.SlotQuarter:
	}
	begin = at.Truncate(quarter)
	return begin, begin.Add(quarter)
}

// hourAround is the hour on the clock that a time lies in; where clocks are put forward
// or back within an hour, the part of it that has the same offset.
func hourAround(at time.Time) (begin, next time.Time) {
	begin = at.Add(-time.Duration(at.Minute())*time.Minute - time.Duration(at.Second())*time.Second).Truncate(time.Second)
	next = begin.Add(time.Hour)
	from, until := at.ZoneBounds()
	if begin.Before(from) {
		begin = from
	}
	if !until.IsZero() && until.Before(next) {
		next = until
	}
	return begin, next
}

// dayBegin is the first quarter-hour of a day on the clocks of a zone: not always
// midnight, which may be left out or come twice when clocks are put forward or back. Days
// are normalised like those of time.Date.
func dayBegin(y int, m time.Month, d int, zone *time.Location) time.Time {
	midnight := time.Date(y, m, d, 0, 0, 0, 0, zone)
	day := dayNumber(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
	if dayNumber(midnight) == day && dayNumber(midnight.Add(-quarter)) < day {
		return midnight
	}
	at := midnight.Add(-26 * time.Hour).Truncate(quarter)
	for dayNumber(at) < day {
		at = at.Add(quarter)
	}
	return at
}

// dayNumber orders the days that clocks show.
func dayNumber(t time.Time) int {
	y, m, d := t.Date()
	return y*400 + int(m)*32 + d
}
