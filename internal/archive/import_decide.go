package archive

import "loramanager/internal/lora"

// outcome is what happens with one adapter once its policy is known.
type outcome struct {
	action    lora.ImportAction
	clash     bool // fields on which both sides differ are taken from the import too
	rename    bool // it becomes an adapter of its own under a free name
	place     bool // its file goes into a folder
	undecided bool
}

// changes reports whether something of the catalog or the disk becomes another.
func (o outcome) changes() bool {
	return o.action == lora.ImportCreate || o.action == lora.ImportUpdate || o.place
}

// decide applies the policy of the item, or else that of the import, to what was found.
func (e *entry) decide(ofImport lora.ConflictPolicy) outcome {
	policy := e.policy
	if policy == "" && e.action == lora.ImportConflict {
		policy = ofImport
	}
	if policy == lora.ConflictNewest {
		policy = lora.ConflictKeep
		if e.newer {
			policy = lora.ConflictReplace
		}
	}
	switch e.action {
	case lora.ImportCreate:
		if e.policy == lora.ConflictKeep {
			return outcome{action: lora.ImportSkip}
		}
		return outcome{action: lora.ImportCreate, place: e.places, rename: e.policy == lora.ConflictRename}
	case lora.ImportUpdate:
		switch e.policy {
		case lora.ConflictKeep:
			return outcome{action: lora.ImportSkip}
		case lora.ConflictRename:
			return outcome{action: lora.ImportCreate, rename: true, place: e.hasFile}
		case lora.ConflictAsk, lora.ConflictReplace, lora.ConflictNewest, "":
		}
		return outcome{action: lora.ImportUpdate, place: e.places}
	case lora.ImportConflict:
		return e.decideConflict(policy)
	case lora.ImportSame, lora.ImportSkip:
	}
	return outcome{action: e.action}
}

func (e *entry) decideConflict(policy lora.ConflictPolicy) outcome {
	switch policy {
	case lora.ConflictKeep:
		if e.gains {
			return outcome{action: lora.ImportUpdate}
		}
		return outcome{action: lora.ImportSkip}
	case lora.ConflictReplace:
		return outcome{action: lora.ImportUpdate, clash: true, place: e.places}
	case lora.ConflictRename:
		return outcome{action: lora.ImportCreate, rename: true, place: e.hasFile}
	case lora.ConflictAsk, lora.ConflictNewest:
	}
	return outcome{action: lora.ImportConflict, undecided: true}
}

// tally counts what an import would do as it is decided now. A conflict that is decided
// counts as what will happen.
func tally(entries []entry, policy lora.ConflictPolicy, others lora.ImportCounts) lora.ImportCounts {
	counts := others
	for i := range entries {
		o := entries[i].decide(policy)
		switch o.action {
		case lora.ImportCreate:
			counts.Create++
		case lora.ImportUpdate:
			counts.Update++
		case lora.ImportConflict:
			counts.Conflict++
		case lora.ImportSame:
			counts.Same++
		case lora.ImportSkip:
			counts.Skip++
		}
		if o.place {
			counts.Files++
			counts.FileBytes += int(entries[i].size)
		}
	}
	return counts
}

// foundIn counts what an import found, whatever was decided since.
func foundIn(entries []entry, policy lora.ConflictPolicy) lora.ImportPlan {
	found := lora.ImportPlan{Policy: policy}
	for i := range entries {
		switch entries[i].action {
		case lora.ImportCreate:
			found.Create++
		case lora.ImportUpdate:
			found.Update++
		case lora.ImportConflict:
			found.Conflict++
		case lora.ImportSame:
			found.Same++
		case lora.ImportSkip:
			found.Skip++
		}
	}
	return found
}
