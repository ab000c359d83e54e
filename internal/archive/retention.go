package archive

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"loramanager/internal/lora"
)

// expired names the backups that a retention lets go, oldest first. kept is what it was
// asked about: backups of one schedule that are complete. Days, weeks (from Monday) and
// months are those of a time zone. The latest backup of each of the last so many days,
// weeks and months that have one stays; a backup that matches several counts for each. The
// latest backup of all stays whatever the numbers say, and so does every backup that one
// that stays needs, all of all, which includes kept, being where those are looked for.
//
// A retention of nothing but zeros keeps everything.
func expired(keep lora.Retention, zone *time.Location, kept, all []lora.Backup) []lora.Backup {
	if keep == (lora.Retention{}) || len(kept) == 0 {
		return nil
	}
	latestFirst := slices.SortedFunc(slices.Values(kept), func(a, b lora.Backup) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	ours := make(map[string]bool, len(kept))
	for _, b := range latestFirst {
		ours[b.ID] = true
	}
	stays := map[string]bool{latestFirst[0].ID: true}
	for i := range min(keep.Last, len(latestFirst)) {
		stays[latestFirst[i].ID] = true
	}
	for _, rule := range []struct {
		count int
		span  func(t time.Time) string
	}{{keep.Daily, dayOf}, {keep.Weekly, weekOf}, {keep.Monthly, monthOf}} {
		last, left := "", rule.count
		for _, b := range latestFirst {
			span := rule.span(b.CreatedAt.In(zone))
			if left == 0 || span == last {
				continue
			}
			stays[b.ID] = true
			last = span
			left--
		}
	}
	// What others keep needs its bases as well.
	for _, b := range all {
		if stays[b.ID] || !ours[b.ID] {
			for _, base := range b.Bases {
				stays[base] = true
			}
		}
	}
	gone := slices.DeleteFunc(latestFirst, func(b lora.Backup) bool { return stays[b.ID] })
	slices.Reverse(gone)
	return gone
}

func dayOf(t time.Time) string { return t.Format(time.DateOnly) }

func weekOf(t time.Time) string {
	year, number := t.ISOWeek()
	return fmt.Sprint(year, "/", number)
}

func monthOf(t time.Time) string { return t.Format("2006-01") }
