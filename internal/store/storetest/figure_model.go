package storetest

import (
	"cmp"
	"math"
	"slices"
	"time"

	"loramanager/internal/lora"
)

// counting is what a store should tell of jobs, counted by looking at each of them: what
// a store tells without looking is compared with it.
type counting struct {
	jobs   []lora.Job // all that are there, and then those that were purged as they were last
	window lora.Window
}

// within calls f for the generations accepted within the window.
func (f *counting) within(each func(job *lora.Job)) {
	for i := range f.jobs {
		job := &f.jobs[i]
		if job.Kind == lora.Generation && !job.CreatedAt.Before(f.window.Start) && job.CreatedAt.Before(f.window.End) {
			each(job)
		}
	}
}

func kept(job *lora.Job) bool {
	return job.Status == lora.JobSucceeded && job.TrashedAt == nil && (job.Favorite || job.Rating != nil && *job.Rating >= 4)
}

// waitOf and runOf are a job's times; nil when it has none.
func waitOf(job *lora.Job) *time.Duration {
	if !job.Status.Final() || job.StartedAt == nil {
		return nil
	}
	queued := job.CreatedAt
	if job.QueuedAt != nil {
		queued = *job.QueuedAt
	}
	return ptr(max(0, job.StartedAt.Sub(queued)))
}

func runOf(job *lora.Job) *time.Duration {
	if !job.Status.Final() || job.StartedAt == nil {
		return nil
	}
	return ptr(max(0, job.FinishedAt.Sub(*job.StartedAt)))
}

// begin walks back from a time in steps of a quarter-hour for as long as the clock of the
// zone shows the same hour or day.
func (f *counting) begin(t time.Time, unit lora.SlotUnit) time.Time {
	const step = 15 * time.Minute
	at := t.UTC().Truncate(step)
	shown := func(t time.Time) [3]int {
		t = t.In(f.window.Zone)
		_, offset := t.Zone()
		switch unit {
		case lora.SlotDay:
			return [3]int{t.Year(), t.YearDay()}
		case lora.SlotHour:
			return [3]int{t.YearDay(), t.Hour(), offset}
		case lora.SlotQuarter:
		}
		return [3]int{t.YearDay(), t.Hour()*60 + t.Minute(), offset}
	}
	for shown(at.Add(-step)) == shown(at) {
		at = at.Add(-step)
	}
	return at
}

func (f *counting) slots(unit lora.SlotUnit) []lora.SlotCount {
	slots := []lora.SlotCount{}
	f.within(func(job *lora.Job) {
		begin := f.begin(job.CreatedAt, unit)
		i, found := slices.BinarySearchFunc(slots, begin, func(s lora.SlotCount, t time.Time) int { return s.Start.Compare(t) })
		if !found {
			slots = slices.Insert(slots, i, lora.SlotCount{Start: begin})
		}
		s := &slots[i]
		s.Jobs++
		if wait := waitOf(job); wait != nil {
			s.Waited++
			s.WaitTime += *wait
		}
		if run := runOf(job); run != nil {
			s.Ran++
			s.RunTime += *run
		}
		if kept(job) {
			s.Kept++
		}
		switch job.Status {
		case lora.JobSucceeded:
			s.Succeeded++
			s.Images += len(job.Images)
		case lora.JobFailed:
			s.Failed++
		case lora.JobCancelled:
			s.Cancelled++
		case lora.JobPending, lora.JobRunning, lora.JobRetrying:
		}
	})
	return slots
}

func (f *counting) errors() []lora.ErrorCount {
	list := []lora.ErrorCount{}
	f.within(func(job *lora.Job) {
		if job.Status != lora.JobFailed {
			return
		}
		i := slices.IndexFunc(list, func(e lora.ErrorCount) bool { return e.Class == job.ErrorClass && e.Engine == job.Engine })
		if i < 0 {
			i, list = len(list), append(list, lora.ErrorCount{Class: job.ErrorClass, Engine: job.Engine})
		}
		list[i].Jobs++
	})
	slices.SortFunc(list, func(a, b lora.ErrorCount) int {
		return cmp.Or(b.Jobs-a.Jobs, cmp.Compare(a.Class, b.Class), cmp.Compare(a.Engine, b.Engine))
	})
	return list
}

func (f *counting) engines() []lora.EngineCount {
	list := []lora.EngineCount{}
	f.within(func(job *lora.Job) {
		i, found := slices.BinarySearchFunc(list, job.Engine, func(e lora.EngineCount, name string) int { return cmp.Compare(e.Engine, name) })
		if !found {
			list = slices.Insert(list, i, lora.EngineCount{Engine: job.Engine})
		}
		e := &list[i]
		e.Jobs++
		if run := runOf(job); run != nil {
			e.Ran++
			e.RunTime += *run
		}
		switch job.Status {
		case lora.JobSucceeded:
			e.Succeeded++
		case lora.JobFailed:
			e.Failed++
		case lora.JobCancelled:
			e.Cancelled++
		case lora.JobPending, lora.JobRunning, lora.JobRetrying:
		}
	})
	return list
}

// inBuckets reports whether buckets hold just these times, in order and without holes
// that are wider than they may be.
func (f *counting) inBuckets(buckets []lora.TimeBucket, of func(job *lora.Job) *time.Duration) bool {
	counts := make([]int, len(buckets))
	ok := true
	f.within(func(job *lora.Job) {
		t := of(job)
		if t == nil {
			return
		}
		i := slices.IndexFunc(buckets, func(b lora.TimeBucket) bool { return b.From <= *t && *t < b.To })
		if i < 0 {
			ok = false
			return
		}
		counts[i]++
	})
	for i, b := range buckets {
		ok = ok && counts[i] == b.Jobs && b.Jobs > 0 && (i == 0 || buckets[i-1].To <= b.From)
		ok = ok && (b.From == 0 || math.Abs(float64(b.To)/float64(b.From)-math.Exp2(0.25)) < 0.001)
	}
	return ok
}

func (f *counting) usages(order lora.UsageOrder, limit int) []lora.AdapterUsage {
	list := []lora.AdapterUsage{}
	f.within(func(job *lora.Job) {
		for _, id := range usedIDs(job) {
			i := slices.IndexFunc(list, func(u lora.AdapterUsage) bool { return u.AdapterID == id })
			if i < 0 {
				i, list = len(list), append(list, lora.AdapterUsage{AdapterID: id})
			}
			switch u := &list[i]; job.Status {
			case lora.JobSucceeded:
				u.Jobs++
				u.Images += len(job.Images)
				if kept(job) {
					u.Kept++
				}
			case lora.JobFailed:
				u.Failed++
			case lora.JobCancelled, lora.JobPending, lora.JobRunning, lora.JobRetrying:
			}
		}
	})
	list = slices.DeleteFunc(list, func(u lora.AdapterUsage) bool {
		return order == lora.MostUsed && u.Jobs == 0 || order == lora.MostKept && u.Jobs < 5 || order == lora.MostFailed && u.Failed == 0
	})
	slices.SortFunc(list, func(a, b lora.AdapterUsage) int {
		first := 0
		switch order {
		case lora.MostKept:
			first = b.Kept*a.Jobs - a.Kept*b.Jobs
		case lora.MostFailed:
			first = b.Failed - a.Failed
		case lora.MostUsed:
		}
		return cmp.Or(first, b.Jobs-a.Jobs, cmp.Compare(a.AdapterID, b.AdapterID))
	})
	return list[:min(len(list), limit)]
}

// usedIDs are the adapters a job used, each once, in order.
func usedIDs(job *lora.Job) []string {
	ids := []string{}
	for _, use := range job.Adapters {
		if use.AdapterID != "" && !slices.Contains(ids, use.AdapterID) {
			ids = append(ids, use.AdapterID)
		}
	}
	return ids
}

// pictures counts what the first jobs have.
func (f *counting) pictures(jobs int) (pictures, bytes int) {
	seen := map[string]bool{}
	for _, job := range f.jobs[:jobs] {
		for _, image := range job.Images {
			if !seen[image.SHA256] {
				seen[image.SHA256] = true
				pictures, bytes = pictures+1, bytes+image.SizeBytes
			}
		}
	}
	return pictures, bytes
}

// pairs counts over all time, whatever the window.
func (f *counting) pairs() []lora.AdapterPair {
	list := []lora.AdapterPair{}
	for i := range f.jobs {
		job := &f.jobs[i]
		if job.Kind != lora.Generation || job.Status != lora.JobSucceeded {
			continue
		}
		ids := usedIDs(job)
		ids = slices.Sorted(slices.Values(ids[:min(len(ids), 20)]))
		for n, a := range ids {
			for _, b := range ids[n+1:] {
				i := slices.IndexFunc(list, func(p lora.AdapterPair) bool { return p.A == a && p.B == b })
				if i < 0 {
					i, list = len(list), append(list, lora.AdapterPair{A: a, B: b})
				}
				list[i].Jobs++
				if kept(job) {
					list[i].Kept++
				}
			}
		}
	}
	sortPairs(list)
	return list
}

func sortPairs(list []lora.AdapterPair) {
	slices.SortFunc(list, func(a, b lora.AdapterPair) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) })
}
