package archive

import (
	"slices"

	"loramanager/internal/lora"
)

// Differences of files are listed among those of fields.
const (
	fileField    = "file"
	previewField = "preview"
)

// comparison is how an incoming adapter and the one it meets differ.
type comparison struct {
	gain  []lora.FieldChange // the import knows more, and nothing of the user's here is touched
	clash []lora.FieldChange // both sides are the user's, or the files are not the same
	newer bool               // the import's record was changed last
}

func (c *comparison) action() lora.ImportAction {
	switch {
	case len(c.clash) > 0:
		return lora.ImportConflict
	case len(c.gain) > 0:
		return lora.ImportUpdate
	}
	return lora.ImportSame
}

// differs lists what would change, or needs a decision.
func (c *comparison) differs() []lora.FieldChange {
	return append(slices.Clone(c.gain), c.clash...)
}

func names(changes []lora.FieldChange) []string {
	list := make([]string, 0, len(changes))
	for _, c := range changes {
		if c.Field != fileField && c.Field != previewField {
			list = append(list, c.Field)
		}
	}
	return list
}

// compare holds an incoming adapter against the one here, field by field; only names the
// fields the import speaks of, nil all. The rules are in docs/transfers.md.
func compare(here, there *lora.Adapter, only []string) comparison {
	c := comparison{newer: there.UpdatedAt.After(here.UpdatedAt)}
	anonymous := len(there.Sources) == 0
	for i := range comparedFields {
		f := &comparedFields[i]
		if only != nil && !slices.Contains(only, f.name) {
			continue
		}
		was, is := f.value(here), f.value(there)
		if same(was, is) || f.isBlank(was) && f.isBlank(is) {
			continue
		}
		change := lora.FieldChange{Field: f.name, Here: was, There: is}
		switch f.verdict(here, there, was, is, anonymous, c.newer) {
		case takeIt:
			c.gain = append(c.gain, change)
		case askUser:
			c.clash = append(c.clash, change)
		case leaveIt:
		}
	}
	return c
}

type verdict uint8

const (
	leaveIt verdict = iota
	takeIt
	askUser
)

// verdict decides one field that differs. anonymous says that the import does not know
// where its values come from, as the prototype's archives do not.
func (f *comparedField) verdict(here, there *lora.Adapter, was, is any, anonymous, newer bool) verdict {
	theirs, ours := f.byUser(there, is), f.byUser(here, was)
	if f.isBlank(is) && !theirs {
		return leaveIt // it says nothing
	}
	perhapsTheirs := anonymous && f.edited
	switch {
	case ours && (theirs || perhapsTheirs):
		return askUser
	case ours:
		return leaveIt
	case theirs || perhapsTheirs:
		return takeIt
	}
	more, less := f.trust(there, is), f.trust(here, was)
	if more > less || more == less && newer {
		return takeIt
	}
	return leaveIt
}

// credit makes everything an anonymous record says the user's own: some of it was entered
// by hand, nobody knows what, and no scan may take that away.
func credit(a *lora.Adapter) {
	if len(a.Sources) > 0 {
		return
	}
	a.Sources = make(map[string]lora.Source)
	for i := range comparedFields {
		if f := &comparedFields[i]; !f.isBlank(f.value(a)) {
			a.Sources[f.name] = lora.FromUser
		}
	}
}
