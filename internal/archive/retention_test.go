package archive

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loramanager/internal/lora"
)

// backupsAt makes backups named after their times, the second text of one naming its bases.
func backupsAt(t *testing.T, times ...string) []lora.Backup {
	t.Helper()
	list := []lora.Backup{}
	for _, text := range times {
		when, bases, _ := strings.Cut(text, " needs ")
		at, err := time.Parse("2006-01-02 15:04", when)
		if err != nil {
			t.Fatal(err)
		}
		b := lora.Backup{ID: when, CreatedAt: at}
		if bases != "" {
			b.Bases = strings.Split(bases, ", ")
		}
		list = append(list, b)
	}
	return list
}

func TestRetention(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		keep    lora.Retention
		zone    *time.Location
		backups []string
		gone    []string
	}{
		{"nothing asked keeps everything", lora.Retention{}, time.UTC, []string{"2026-01-01 10:00", "2026-01-02 10:00"}, nil},
		{"the last two", lora.Retention{Last: 2}, time.UTC, []string{"2026-01-01 10:00", "2026-01-02 10:00", "2026-01-03 10:00"}, []string{"2026-01-01 10:00"}},
		{"more than there are", lora.Retention{Last: 9}, time.UTC, []string{"2026-01-01 10:00"}, nil},
		{
			"the latest of each day", lora.Retention{Daily: 2}, time.UTC,
			[]string{"2026-01-01 10:00", "2026-01-02 10:00", "2026-01-02 23:00", "2026-01-04 01:00", "2026-01-04 09:00"},
			[]string{"2026-01-01 10:00", "2026-01-02 10:00", "2026-01-04 01:00"},
		},
		{
			"days are those of the zone", lora.Retention{Daily: 2}, berlin, // 23:30 in UTC is the next day in Berlin
			[]string{"2026-01-01 10:00", "2026-01-01 23:30", "2026-01-02 10:00"},
			[]string{"2026-01-01 23:30"},
		},
		{
			"weeks begin on Monday", lora.Retention{Weekly: 2}, time.UTC, // the 4th is a Sunday
			[]string{"2025-12-28 10:00", "2026-01-03 10:00", "2026-01-04 10:00", "2026-01-05 10:00"},
			[]string{"2025-12-28 10:00", "2026-01-03 10:00"},
		},
		{
			"months without a backup do not count", lora.Retention{Monthly: 3}, time.UTC,
			[]string{"2025-06-01 10:00", "2025-08-01 10:00", "2025-08-02 10:00", "2025-11-01 10:00", "2026-01-01 10:00"},
			[]string{"2025-06-01 10:00", "2025-08-01 10:00"},
		},
		{
			"the rules add up", lora.Retention{Last: 1, Daily: 2, Monthly: 2}, time.UTC,
			[]string{"2025-11-30 10:00", "2025-12-31 10:00", "2026-01-01 10:00", "2026-01-02 10:00", "2026-01-03 10:00"},
			[]string{"2025-11-30 10:00", "2026-01-01 10:00"},
		},
		{
			"what one that stays needs stays", lora.Retention{Last: 1}, time.UTC,
			[]string{"2026-01-01 10:00", "2026-01-02 10:00 needs 2026-01-01 10:00", "2026-01-03 10:00 needs 2026-01-01 10:00"},
			[]string{"2026-01-02 10:00"},
		},
		{
			"bases of bases too, which every backup lists", lora.Retention{Last: 1}, time.UTC,
			[]string{"2026-01-01 10:00", "2026-01-02 10:00 needs 2026-01-01 10:00", "2026-01-03 10:00 needs 2026-01-01 10:00, 2026-01-02 10:00"},
			nil,
		},
		{"the latest stays when all that is asked for is long ago", lora.Retention{Monthly: 1}, time.UTC, []string{"2020-01-01 10:00"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			all := backupsAt(t, c.backups...)
			var gone []string
			for _, b := range expired(c.keep, c.zone, all, all) {
				gone = append(gone, b.ID)
			}
			if !slices.Equal(gone, c.gone) {
				t.Errorf("got  %v\nwant %v", gone, c.gone)
			}
		})
	}
}

func TestRetentionLeavesTheBasesOfOthers(t *testing.T) {
	t.Parallel()
	ours := backupsAt(t, "2026-01-01 10:00", "2026-01-02 10:00")
	others := backupsAt(t, "2026-01-03 10:00 needs 2026-01-01 10:00")
	if gone := expired(lora.Retention{Last: 1}, time.UTC, ours, append(slices.Clone(ours), others...)); len(gone) != 0 {
		t.Error(gone)
	}
}

func TestRetentionOfAnyBackups(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		small := rapid.IntRange(0, 4)
		keep := lora.Retention{Last: small.Draw(t, "last"), Daily: small.Draw(t, "daily"), Weekly: small.Draw(t, "weekly"), Monthly: small.Draw(t, "monthly")}
		var all, ours []lora.Backup
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for i := range rapid.IntRange(0, 30).Draw(t, "backups") {
			at = at.Add(time.Duration(rapid.IntRange(1, 200).Draw(t, "hours")) * time.Hour)
			b := lora.Backup{ID: fmt.Sprintf("%03d", i), CreatedAt: at}
			if len(all) > 0 && rapid.Bool().Draw(t, "incremental") {
				base := all[rapid.IntRange(0, len(all)-1).Draw(t, "base")]
				b.Bases = append(slices.Clone(base.Bases), base.ID)
			}
			all = append(all, b)
			if rapid.IntRange(0, 4).Draw(t, "ours") > 0 {
				ours = append(ours, b)
			}
		}
		gone := expired(keep, time.UTC, ours, all)
		isGone := map[string]bool{}
		for _, b := range gone {
			isGone[b.ID] = true
		}
		if keep == (lora.Retention{}) && len(gone) > 0 {
			t.Fatal("everything was to be kept")
		}
		for _, b := range all {
			if !isGone[b.ID] {
				for _, base := range b.Bases {
					if isGone[base] {
						t.Fatalf("%s stays without its base %s", b.ID, base)
					}
				}
			}
		}
		if len(ours) > 0 && isGone[ours[len(ours)-1].ID] {
			t.Fatal("the latest is gone")
		}
		for i := range min(keep.Last, len(ours)) {
			if isGone[ours[len(ours)-1-i].ID] {
				t.Fatalf("one of the last %d is gone", keep.Last)
			}
		}
		for _, b := range gone {
			if !slices.ContainsFunc(ours, func(o lora.Backup) bool { return o.ID == b.ID }) {
				t.Fatalf("%s is none of ours", b.ID)
			}
		}
		// Asking again lets nothing more go.
		left := func(list []lora.Backup) []lora.Backup {
			return slices.DeleteFunc(slices.Clone(list), func(b lora.Backup) bool { return isGone[b.ID] })
		}
		if again := expired(keep, time.UTC, left(ours), left(all)); len(again) > len(gone) {
			t.Fatalf("then %d more go", len(again))
		}
	})
}
