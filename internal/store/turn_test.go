package store

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestWritersTakeTurns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		jobs, library int           // writers that come again as soon as they are done
		job, scan     time.Duration // how long each has the database
		want          float64       // share of the time that jobs have it
	}{
		"a scan and jobs without end have half of the time each":   {4, 1, time.Millisecond, 20 * time.Millisecond, 0.5},
		"several writers of the library have no more than one":     {4, 3, time.Millisecond, 20 * time.Millisecond, 0.5},
		"a scan without jobs never waits":                          {0, 1, 0, 20 * time.Millisecond, 0},
		"jobs without a scan never wait":                           {4, 0, time.Millisecond, 0, 1},
		"jobs that take longer than a scan do not keep it waiting": {2, 1, 50 * time.Millisecond, 5 * time.Millisecond, 0.9},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				turns, end := newTurns(), time.Now().Add(10*time.Second)
				spent := make([]time.Duration, c.jobs+c.library)
				for i := range spent {
					take, long := turns.forJobs, c.job
					if i >= c.jobs {
						take, long = turns.forLibrary, c.scan
					}
					go func() {
						for time.Now().Before(end) {
							done := take()
							time.Sleep(long)
							spent[i] += long
							done()
						}
					}()
				}
				time.Sleep(11 * time.Second)
				synctest.Wait()
				jobs, all := time.Duration(0), time.Duration(0)
				for i, d := range spent {
					if all += d; i < c.jobs {
						jobs += d
					}
				}
				if share := float64(jobs) / float64(all); share < c.want-0.05 || share > c.want+0.05 {
					t.Errorf("jobs had the database %.0f%% of the time, want %.0f%%", share*100, c.want*100)
				}
				if all < 9*time.Second {
					t.Errorf("the database was used %s of 10 s", all)
				}
			})
		})
	}
}
