package archive

import (
	"errors"
	"testing"
	"time"

	"loramanager/internal/lora"
)

func TestWhenAScheduleComesNext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, cron, zone string
		after            string
		want             []string // in the zone
	}{
		{"every day", "@daily", "UTC", "2026-01-01T12:00:00Z", []string{"2026-01-02 00:00 UTC", "2026-01-03 00:00 UTC"}},
		{"five fields", "15 3 * * 1-5", "UTC", "2026-01-02T12:00:00Z", []string{"2026-01-05 03:15 UTC", "2026-01-06 03:15 UTC"}},
		{"in a zone", "0 2 * * *", "America/New_York", "2026-01-01T06:59:00Z", []string{"2026-01-01 02:00 EST", "2026-01-02 02:00 EST"}},
		{
			"a time that clocks are put forward past comes as much later", "30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z",
			[]string{"2026-03-28 02:30 CET", "2026-03-29 03:30 CEST", "2026-03-30 02:30 CEST"},
		},
		{
			"a time that clocks show twice comes once, the first time", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z",
			[]string{"2026-10-25 02:30 CEST", "2026-10-26 02:30 CET"},
		},
		{
			"asked in the second of the hours that are shown twice", "45 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z",
			[]string{"2026-10-26 02:45 CET"},
		},
		{
			"every hour comes every hour, whatever clocks do", "@hourly", "Europe/Berlin", "2026-10-24T23:30:00Z",
			[]string{"2026-10-25 02:00 CEST", "2026-10-25 02:00 CET", "2026-10-25 03:00 CET"},
		},
		{"every hour in spring", "0 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", []string{"2026-03-29 03:00 CEST", "2026-03-29 04:00 CEST"}},
		{
			"midnight, where clocks are put forward at midnight", "@daily", "America/Santiago", "2026-09-05T12:00:00Z",
			[]string{"2026-09-06 01:00 -03", "2026-09-07 00:00 -03"},
		},
		{"clocks that move by half an hour", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", []string{"2026-10-04 02:45 +11", "2026-10-05 02:15 +11"}},
		{"the last of February", "0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", []string{"2028-02-29 00:00 UTC"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			table, err := readTimetable(c.cron, c.zone)
			if err != nil {
				t.Fatal(err)
			}
			at, err := time.Parse(time.RFC3339, c.after)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				at = table.next(at)
				if got := at.In(table.zone).Format("2006-01-02 15:04 MST"); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			}
		})
	}
}

func TestSchedulesThatCannotBeReadNameTheField(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ cron, zone, field string }{
		{"", "UTC", "cron"},
		{"every day", "UTC", "cron"},
		{"* * * *", "UTC", "cron"},
		{"0 0 0 * * *", "UTC", "cron"},
		{"61 * * * *", "UTC", "cron"},
		{"0 0 31 2 *", "UTC", "cron"},
		{"@every 5m", "UTC", "cron"},
		{"@reboot", "UTC", "cron"},
		{"TZ=Asia/Tokyo 0 0 * * *", "UTC", "cron"},
		{"@daily", "Mars/Olympus", "zone"},
		{"@daily", "Local", "zone"},
		{"@daily", "../../etc/passwd", "zone"},
	} {
		_, err := readTimetable(c.cron, c.zone)
		var e *lora.Error
		if !errors.As(err, &e) || e.Code != lora.Invalid || e.Field != c.field {
			t.Errorf("%q in %q: %v", c.cron, c.zone, err)
		}
	}
}

func TestEveryDayOfTenYearsComesOnceInEveryKindOfZone(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Tokyo", "Asia/Gaza"} {
		for _, cron := range []string{"@daily", "30 1 * * *", "30 2 * * *", "0 3 * * *"} {
			table, err := readTimetable(cron, zone)
			if err != nil {
				t.Fatal(err)
			}
			at := time.Date(2026, 1, 1, 12, 0, 0, 0, table.zone)
			end, runs := at.AddDate(10, 0, 0), 0
			seen := map[string]bool{}
			for at = table.next(at); at.Before(end); at = table.next(at) {
				runs++
				if day := at.In(table.zone).Format(time.DateOnly); seen[day] {
					t.Errorf("%s in %s: twice on %s", cron, zone, day)
				} else {
					seen[day] = true
				}
			}
			if want := int(end.Sub(time.Date(2026, 1, 1, 12, 0, 0, 0, table.zone)).Round(24*time.Hour) / (24 * time.Hour)); runs != want {
				t.Errorf("%s in %s: %d runs in %d days", cron, zone, runs, want)
			}
		}
	}
}
