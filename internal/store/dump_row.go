package store

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
)

// dumpHead is the first line of a table's dump.
type dumpHead struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
}

// appendHead writes the first line of a table.
func appendHead(b []byte, table string, columns []dumpColumn) ([]byte, error) {
	head := dumpHead{Table: table, Columns: make([]string, len(columns))}
	for i := range columns {
		head.Columns[i] = columns[i].name
	}
	text, err := json.Marshal(head)
	return append(append(b, text...), '\n'), err
}

// appendRow writes a row as a JSON list and a line's end. What both databases hold gives
// the same bytes: whole numbers as they are, others as short as they can be read back.
func appendRow(b []byte, columns []dumpColumn, r *record) []byte {
	b = append(b, '[')
	for i := range columns {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendValue(b, columns[i].kind, r)
	}
	return append(b, "]\n"...)
}

func appendValue(b []byte, kind valueKind, r *record) []byte {
	if r.null() {
		return append(b, "null"...)
	}
	switch kind {
	case kindText:
		return appendJSONString(b, clean(r.text()))
	case kindInteger:
		return strconv.AppendInt(b, r.integer(), 10)
	case kindReal:
		return appendReal(b, r.real())
	case kindTruth:
		return strconv.AppendBool(b, r.truth())
	case kindBytes:
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, r.blob())
		return append(b, '"')
	}
	return b
}

// appendReal writes a number. SQLite keeps no sign of zero and no "not a number", and JSON
// has none of the latter and no infinity, which is written as the nearest number there is.
func appendReal(b []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(b, "null"...)
	case v == 0:
		return append(b, '0')
	case math.IsInf(v, 0):
		v = math.Copysign(math.MaxFloat64, v)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}
