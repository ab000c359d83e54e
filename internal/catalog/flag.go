package catalog

import (
	"slices"
	"strings"
)

// flagTest is a flag and the value it must have.
type flagTest struct {
	flag int
	off  bool
}

var isFlags = map[string]flagTest{
	"active":     {flag: flagActive},
	"inactive":   {flag: flagActive, off: true},
	"favorite":   {flag: flagFavorite},
	"missing":    {flag: flagMissing},
	"unreadable": {flag: flagUnreadable},
	"unsafe":     {flag: flagUnsafe},
	"duplicate":  {flag: flagDuplicate},
	"trashed":    {flag: flagTrashed},
	"nsfw":       {flag: flagNSFW},
	"used":       {flag: flagUsed},
	"unused":     {flag: flagUsed, off: true},
}

var hasFlags = map[string]flagTest{
	"preview":  {flag: flagPreview},
	"triggers": {flag: flagTriggers},
	"notes":    {flag: flagNotes},
	"rating":   {flag: flagRating},
	"finding":  {flag: flagFinding},
	"tags":     {flag: flagTags},
	"author":   {flag: flagAuthor},
}

var noFlags = negated(hasFlags)

func negated(tests map[string]flagTest) map[string]flagTest {
	not := make(map[string]flagTest, len(tests))
	for name, t := range tests {
		not[name] = flagTest{flag: t.flag, off: !t.off}
	}
	return not
}

func flagWords(tests map[string]flagTest) []string {
	words := make([]string, 0, len(tests))
	for name := range tests {
		words = append(words, name)
	}
	slices.Sort(words)
	return words
}

func parseFlag(tests map[string]flagTest) func(*field, *value) error {
	return func(f *field, v *value) error {
		t, ok := tests[v.text]
		if !ok {
			return invalid("%s: knows %s.", f.name, strings.Join(flagWords(tests), ", "))
		}
		v.flag = t
		return nil
	}
}

func matchFlag(x *view, v *value, within, out bitset) {
	set := within.clone()
	if v.flag.off {
		set.andNot(x.flags[v.flag.flag])
	} else {
		set.and(x.flags[v.flag.flag])
	}
	out.or(set)
}
