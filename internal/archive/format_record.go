package archive

import (
	"encoding/json"
	"errors"
	"strings"

	"loramanager/internal/lora"
)

// dataKind is one kind of record that a member of data/ holds, one in each line.
type dataKind string

// The kinds, which are the members' names.
const (
	dataRoots        dataKind = "roots"
	dataSettings     dataKind = "settings"
	dataEngines      dataKind = "engines"
	dataSearches     dataKind = "searches"
	dataPresets      dataKind = "presets"
	dataWorkflows    dataKind = "workflows"
	dataPreferences  dataKind = "preferences"
	dataCompositions dataKind = "compositions"
	dataJobs         dataKind = "jobs"
	dataSessions     dataKind = "sessions"
	dataFigures      dataKind = "figures"
)

// dataKinds are all of them in the order in which an import can take them: what is named
// comes before what names it.
var dataKinds = []dataKind{
	dataRoots, dataSettings, dataEngines, dataSearches, dataPresets, dataWorkflows, dataPreferences, dataCompositions,
	dataJobs, dataSessions, dataFigures,
}

func (k dataKind) member() string { return dataFolder + string(k) + dataSuffix }

// dataKindOf says what a member of data/ holds.
func dataKindOf(member string) (dataKind, bool) {
	name, inData := strings.CutPrefix(member, dataFolder)
	name, isLines := strings.CutSuffix(name, dataSuffix)
	for _, k := range dataKinds {
		if inData && isLines && string(k) == name {
			return k, true
		}
	}
	return "", false
}

// encodeRecord is the line of a record that is not an adapter, without its end.
func encodeRecord(r *lora.ArchiveRecord) (kind dataKind, line []byte, err error) {
	var payload any
	switch {
	case r.Root != nil:
		kind, payload = dataRoots, r.Root
	case r.Setting != nil:
		kind, payload = dataSettings, r.Setting
	case r.Engine != nil:
		kind, payload = dataEngines, r.Engine
	case r.Search != nil:
		kind, payload = dataSearches, r.Search
	case r.Preset != nil:
		kind, payload = dataPresets, r.Preset
	case r.Workflow != nil:
		kind, payload = dataWorkflows, r.Workflow
	case r.Preference != nil:
		kind, payload = dataPreferences, r.Preference
	case r.Composition != nil:
		kind, payload = dataCompositions, r.Composition
	case r.Job != nil:
		kind, payload = dataJobs, lineOfJob(r.Job, r.Inputs)
	case r.Session != nil:
		kind, payload = dataSessions, lineOfSession(r.Session)
	case r.Figure != nil:
		kind, payload = dataFigures, r.Figure
	default:
		return "", nil, errors.New("a record without a content")
	}
	line, err = json.Marshal(payload)
	return kind, line, err
}

// decodeRecord reads a line of a member of data/.
func decodeRecord(kind dataKind, line []byte) (r lora.ArchiveRecord, err error) {
	switch kind {
	case dataRoots:
		err = json.Unmarshal(line, &r.Root)
	case dataSettings:
		err = json.Unmarshal(line, &r.Setting)
	case dataEngines:
		err = json.Unmarshal(line, &r.Engine)
	case dataSearches:
		err = json.Unmarshal(line, &r.Search)
	case dataPresets:
		err = json.Unmarshal(line, &r.Preset)
	case dataWorkflows:
		err = json.Unmarshal(line, &r.Workflow)
	case dataPreferences:
		err = json.Unmarshal(line, &r.Preference)
	case dataCompositions:
		if err = json.Unmarshal(line, &r.Composition); err == nil && len(r.Composition) == 0 {
			err = errors.New("a composition without a version")
		}
	case dataJobs:
		var l *jobLine
		if err = json.Unmarshal(line, &l); err == nil && l != nil {
			r.Job, r.Inputs = l.job(), l.Inputs
		}
	case dataSessions:
		var l *sessionLine
		if err = json.Unmarshal(line, &l); err == nil && l != nil {
			r.Session = l.session()
		}
	case dataFigures:
		r.Figure = append(json.RawMessage(nil), line...)
		if !json.Valid(line) {
			err = errors.New("not JSON")
		}
	}
	if err == nil && string(line) == "null" {
		err = errors.New("null instead of a record")
	}
	if err != nil {
		return r, &lora.Error{Code: lora.Invalid, Field: kind.member(), Message: kind.member() + " has a line that cannot be read.", Err: err}
	}
	return r, nil
}
