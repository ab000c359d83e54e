package store

import (
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// filter collects the conditions of a query with their arguments.
type filter struct {
	conditions []string
	args       []any
}

func (f *filter) add(condition string, args ...any) {
	f.conditions = append(f.conditions, condition)
	f.args = append(f.args, args...)
}

// where is the clause, empty without conditions.
func (f *filter) where() string {
	if len(f.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(f.conditions, " AND ")
}

// clone returns a copy that can be narrowed by itself.
func (f *filter) clone() filter {
	return filter{slices.Clone(f.conditions), slices.Clone(f.args)}
}

// addStatuses narrows jobs to some statuses; none do not narrow. Where an index has just
// these, the condition is written as the index is.
func (f *filter) addStatuses(d *dialect, statuses []lora.JobStatus) {
	switch {
	case len(statuses) == 0:
		return
	case len(statuses) == 1 && statuses[0] == lora.JobFailed:
		f.add("j.status = 'failed'")
		return
	case len(statuses) == 1 && statuses[0] == lora.JobSucceeded:
		f.add("j.status = 'succeeded'")
		return
	case !slices.ContainsFunc(statuses, func(status lora.JobStatus) bool { return status != lora.JobFailed && status != lora.JobCancelled }):
		f.add("j.status IN ('failed', 'cancelled')")
	case !slices.ContainsFunc(statuses, lora.JobStatus.Final):
		f.add("j." + openJobs)
	}
	f.add("j.status IN ("+d.texts+")", d.list(texts(statuses)))
}
