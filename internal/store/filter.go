package store

import (
	"slices"
	"strings"
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
