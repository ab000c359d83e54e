package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"loramanager/internal/lora"
)

// leftOut are fields of an adapter that say something about the catalog it is in, not
// about the adapter: whoever reads the archive works them out anew.
var leftOut = []string{"preview", "duplicate_count", "findings", "root_id", "folder", "file_name", "file_state", "sha256"}

// rootRef names the library folder an adapter lies in.
type rootRef struct {
	ID   string `json:"id"`
	Path string `json:"path"`
	Name string `json:"name"`
}

// placeRef is where an adapter lies, in the words of metadata.json.
type placeRef struct {
	Root    *rootRef `json:"root,omitempty"`
	RelPath string   `json:"rel_path,omitempty"`
	// RelPathRaw is the path when it is not UTF-8, in base64.
	RelPathRaw []byte `json:"rel_path_raw,omitempty"`
}

// encodeAdapter writes metadata.json: the fields of the contract in their order, nulls
// left out, and ours behind them in the same object.
func encodeAdapter(a *lora.ArchivedAdapter, rootName string) ([]byte, error) {
	record, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	place := placeRef{RelPath: a.RelPath}
	if !utf8.ValidString(a.RelPath) {
		place.RelPath, place.RelPathRaw = "", []byte(a.RelPath)
	}
	if a.RootID != "" {
		place.Root = &rootRef{ID: a.RootID, Path: a.RootPath, Name: rootName}
	}
	rest, err := json.Marshal(place)
	if err != nil {
		return nil, err
	}
	var flat bytes.Buffer
	for _, part := range [][]byte{record, rest} {
		if err := eachField(part, func(name string, value json.RawMessage) error {
			if bytes.Equal(value, []byte("null")) || slices.Contains(leftOut, name) {
				return nil
			}
			flat.WriteByte(separator(flat.Len()))
			flat.WriteString(`"` + name + `":`) // our own names: nothing to escape
			flat.Write(value)
			return nil
		}); err != nil {
			return nil, err
		}
	}
	flat.WriteByte('}')
	var out bytes.Buffer
	err = json.Indent(&out, flat.Bytes(), "", "  ")
	return out.Bytes(), err
}

func separator(written int) byte {
	if written == 0 {
		return '{'
	}
	return ','
}

// The fields that other programs write in ways of their own.
var (
	momentFields = []string{"published_at", "json_file_mtime", "last_ingested_at", "created_at", "updated_at", "file_modified_at", "last_used_at"}
	wholeFields  = []string{"primary_file_size_kb", "json_file_size", "nsfw_level", "ordinal"}
	listFields   = []string{"tags", "trained_words", "triggers"}
	// forgivenFields may be of the wrong type: they are then as if they were not there.
	forgivenFields = []string{"stats", "extra"}
)

// decodeAdapter reads a metadata.json, ours or the prototype's. fields are the names that
// it has, in its order; an error is Invalid and names the field.
func decodeAdapter(data []byte) (a lora.ArchivedAdapter, fields []string, err error) {
	var flat bytes.Buffer
	err = eachField(data, func(name string, value json.RawMessage) error {
		if value, err = mended(name, value); err != nil || value == nil || slices.Contains(leftOut, name) || slices.Contains(fields, name) {
			return err
		}
		fields = append(fields, name)
		quoted, err := json.Marshal(name)
		flat.WriteByte(separator(flat.Len()))
		flat.Write(quoted)
		flat.WriteByte(':')
		flat.Write(value)
		return err
	})
	if err != nil {
		return a, nil, notMetadata(err)
	}
	if flat.Len() == 0 {
		flat.WriteByte('{')
	}
	flat.WriteByte('}')
	record := struct {
		*lora.ArchivedAdapter
		placeRef
	}{ArchivedAdapter: &a}
	a.Visibility, a.Weight = "Public", 1 // as the contract has it when they are absent
	if err := json.Unmarshal(flat.Bytes(), &record); err != nil {
		return a, nil, notMetadata(err)
	}
	if !slices.Contains(fields, "name") {
		return a, nil, lora.FieldErrorf(lora.Invalid, "name", "The metadata has no name.")
	}
	a.RelPath = record.placeRef.RelPath
	if len(record.placeRef.RelPathRaw) > 0 {
		a.RelPath = string(record.placeRef.RelPathRaw)
	}
	if record.placeRef.Root != nil {
		a.RootID, a.RootPath = record.placeRef.Root.ID, record.placeRef.Root.Path
	}
	if a.RelPath != "" {
		a.FileName = path.Base(a.RelPath)
		a.Folder = strings.TrimPrefix(path.Dir("/"+a.RelPath), "/")
	}
	a.SHA256 = textOrNil(a.Digests["sha256"])
	return a, fields, nil
}

func textOrNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// mended makes of a value what ours would be; nil leaves the field out.
func mended(name string, value json.RawMessage) (json.RawMessage, error) {
	switch {
	case bytes.Equal(value, []byte("null")):
		return nil, nil
	case slices.Contains(momentFields, name):
		moment, err := parseMoment(value)
		if err != nil {
			return nil, lora.FieldErrorf(lora.Invalid, name, "%s is not a date and time.", name)
		}
		return json.Marshal(moment)
	case slices.Contains(wholeFields, name):
		text := strings.Trim(string(value), `"`)
		number, err := strconv.ParseFloat(text, 64)
		if err != nil || number != number || number > 1e15 || number < -1e15 {
			return nil, lora.FieldErrorf(lora.Invalid, name, "%s is not a number.", name)
		}
		return strconv.AppendInt(nil, int64(number), 10), nil
	case slices.Contains(listFields, name) && value[0] == '"':
		return listed(value)
	case name == "version" && strings.IndexByte("-0123456789", value[0]) >= 0: // a number, as it was written
		return json.Marshal(string(value))
	case slices.Contains(forgivenFields, name) && value[0] != '{':
		return nil, nil
	}
	return value, nil
}

// listed makes a list of a text: what its commas part.
func listed(text json.RawMessage) (json.RawMessage, error) {
	var joined string
	if err := json.Unmarshal(text, &joined); err != nil {
		return nil, err
	}
	list := []string{}
	for one := range strings.SplitSeq(joined, ",") {
		if one = strings.TrimSpace(one); one != "" {
			list = append(list, one)
		}
	}
	return json.Marshal(list)
}

// parseMoment reads a moment of ISO 8601; without an offset it is UTC.
func parseMoment(value json.RawMessage) (time.Time, error) {
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return time.Time{}, err
	}
	var first error
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", time.DateOnly} {
		moment, err := time.Parse(layout, text)
		if err == nil {
			return moment.UTC(), nil
		}
		first = errors.Join(first, err)
	}
	return time.Time{}, first
}

func notMetadata(err error) error {
	var known *lora.Error
	if errors.As(err, &known) {
		return known
	}
	e := &lora.Error{Code: lora.Invalid, Message: "The metadata is not a JSON object of an adapter.", Err: err}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		e.Field = wrong.Field
		for _, embedded := range []string{"placeRef.", "ArchivedAdapter.", "Adapter."} { // not in the JSON
			e.Field = strings.TrimPrefix(e.Field, embedded)
		}
		e.Message = e.Field + " of the metadata is not what it should be, but a " + wrong.Value + "."
	}
	return e
}
