package archive

import (
	"strings"
	"time"
	_ "time/tzdata" // servers in small containers have no time zones of their own

	"github.com/robfig/cron/v3"

	"loramanager/internal/lora"
)

// timetable is a schedule that was read.
type timetable struct {
	spec *cron.SpecSchedule
	zone *time.Location
}

var cronFields = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

// starBit marks fields of a cron schedule that were written as *.
const starBit = 1 << 63

// readTimetable reads five cron fields or a preset, and the name of a time zone.
func readTimetable(text, zone string) (timetable, error) {
	location, err := time.LoadLocation(zone) // UTC when empty
	if err != nil || zone == "Local" {
		return timetable{}, &lora.Error{Code: lora.Invalid, Field: "zone", Message: "There is no such time zone. Name one as in Europe/Berlin, or UTC.", Err: err}
	}
	bad := func(err error) error {
		return &lora.Error{Code: lora.Invalid, Field: "cron", Message: "The schedule is five fields (minute, hour, day, month, weekday), or @hourly, @daily, @weekly or @monthly.", Err: err}
	}
	text = strings.TrimSpace(text)
	if strings.Contains(text, "TZ=") {
		return timetable{}, bad(nil)
	}
	parsed, err := cronFields.Parse(text)
	if err != nil {
		return timetable{}, bad(err)
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok { // @every, which begins anew at each start of the server
		return timetable{}, bad(nil)
	}
	spec.Location = time.UTC
	t := timetable{spec, location}
	if t.next(time.Now()).IsZero() {
		return timetable{}, lora.FieldErrorf(lora.Invalid, "cron", "This schedule never comes: there is no such day.")
	}
	return t, nil
}

// next returns when the schedule comes next after a moment; zero for never.
//
// A schedule that names hours means what a clock on the wall shows: where clocks are put
// forward past it, it comes as much later as they were put, and where they are put back
// over it, only the first time. A schedule of every hour comes every hour, whatever clocks
// do.
func (t timetable) next(after time.Time) time.Time {
	if t.spec.Hour&starBit != 0 {
		elapsed := *t.spec
		elapsed.Location = t.zone
		return elapsed.Next(after.In(t.zone))
	}
	wall := asWall(after.In(t.zone))
	for {
		if wall = t.spec.Next(wall); wall.IsZero() {
			return wall
		}
		if at := t.instant(wall); at.After(after) {
			return at
		}
	}
}

// asWall is what a clock shows, as if it were UTC.
func asWall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// instant is when a clock in the zone shows wall for the first time; where it never does,
// the moment it would have shown it had it not been put forward.
func (t timetable) instant(wall time.Time) time.Time {
	at := func(beside time.Duration) time.Time {
		_, offset := wall.Add(beside).In(t.zone).Zone()
		return wall.Add(-time.Duration(offset) * time.Second).In(t.zone)
	}
	const day = 24 * time.Hour // no zone changes its clocks twice in one
	before, behind := at(-day), at(day)
	shows := func(at time.Time) bool { return asWall(at).Equal(wall) }
	switch {
	case shows(before) && shows(behind) && behind.Before(before):
		return behind
	case shows(before):
		return before
	case shows(behind):
		return behind
	}
	return before
}

// PreviewSchedule returns the next five times a schedule would come. Invalid names the
// field that cannot be read.
func (a *Archive) PreviewSchedule(text, zone string) ([]time.Time, error) {
	t, err := readTimetable(text, zone)
	if err != nil {
		return nil, err
	}
	times := make([]time.Time, 0, 5)
	for at := t.next(a.now()); len(times) < cap(times) && !at.IsZero(); at = t.next(at) {
		times = append(times, at)
	}
	return times, nil
}
