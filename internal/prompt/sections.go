package prompt

import "loramanager/internal/lora"

// stretch is a run of parts in one section; the first one of a prompt has no section.
type stretch struct {
	section string
	parts   []placed
}

// arrange puts every tag into the sections it is confined to: where it stands when that
// is right, else at the end of that section, which is made when there is none. A tag of
// several sections comes once in each, one of none before the first section.
func arrange(parts []placed) []placed {
	stretches := []stretch{{}}
	last := map[string]int{"": 0} // the last stretch of each section
	type stray struct {
		section string
		tag     placed
	}
	var strays []stray
	for _, part := range parts {
		here := &stretches[len(stretches)-1]
		switch {
		case part.Kind == Section:
			last[part.Text] = len(stretches)
			stretches = append(stretches, stretch{section: part.Text, parts: []placed{part}})
		case part.Kind != Tag:
			here.parts = append(here.parts, part)
		default:
			for _, section := range sectionsOf(part.Use) {
				if section == here.section {
					here.parts = append(here.parts, part)
				} else {
					strays = append(strays, stray{section, part})
				}
			}
		}
	}
	for _, s := range strays {
		at, exists := last[s.section]
		if !exists {
			at = len(stretches)
			last[s.section] = at
			header := placed{Part: &Part{Kind: Section, Text: s.section}, use: s.tag.use}
			stretches = append(stretches, stretch{section: s.section, parts: []placed{header}})
		}
		stretches[at].parts = append(stretches[at].parts, s.tag)
	}
	var all []placed
	for _, s := range stretches {
		all = append(all, s.parts...)
	}
	return all
}

// sectionsOf are the sections a use is confined to, or the one before all others. Words
// that are no section are passed over.
func sectionsOf(use lora.Use) []string {
	var wanted []string
	for _, section := range use.Sections {
		if isSection(section) {
			wanted = append(wanted, section)
		}
	}
	if len(wanted) == 0 {
		return []string{""}
	}
	return wanted
}
