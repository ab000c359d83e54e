package store

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// parseRow reads a row as Dump writes it and appends its values to args, each as the
// databases take it for the kind of its column.
func parseRow(args []any, line []byte, columns []dumpColumn) ([]any, error) {
	rest, ok := bytes.CutPrefix(line, []byte{'['})
	if !ok {
		return nil, errNoList
	}
	for i := range columns {
		value, after, err := cutValue(rest, i == len(columns)-1)
		if err != nil {
			return nil, err
		}
		arg, ok := readValue(value, &columns[i])
		if !ok {
			return nil, fmt.Errorf("%.40q is not what %s holds, which is %s", value, columns[i].name, columns[i].kind)
		}
		args, rest = append(args, arg), after
	}
	if len(rest) > 0 {
		return nil, errNoList
	}
	return args, nil
}

var errNoList = fmt.Errorf("it is not a list of as many values as there are columns")

// cutValue takes a value off the front, with the comma or, of the last one, the bracket
// that follows it.
func cutValue(b []byte, last bool) (value, rest []byte, err error) {
	end := bytes.IndexAny(b, ",]")
	if len(b) > 0 && b[0] == '"' {
		end = endOfText(b)
	}
	if end < 0 || end >= len(b) || (b[end] == ']') != last || b[end] != ',' && b[end] != ']' {
		return nil, nil, errNoList
	}
	return b[:end], b[end+1:], nil
}

// endOfText is where a text that begins b ends, -1 when it does not.
func endOfText(b []byte) int {
	for at := 1; ; {
		n := bytes.IndexByte(b[at:], '"')
		if n < 0 {
			return -1
		}
		at += n + 1
		slashes := 0
		for b[at-2-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return at
		}
	}
}

// readValue reads one value as the column's kind has it; false when it is of another.
func readValue(value []byte, c *dumpColumn) (arg any, ok bool) {
	if string(value) == "null" {
		return nil, !c.required
	}
	switch c.kind {
	case kindText:
		return readText(value)
	case kindInteger:
		n, err := strconv.ParseInt(string(value), 10, 64)
		return n, err == nil && (value[0] == '-' || isDigit(value[0]))
	case kindReal:
		if len(value) == 0 || value[0] != '-' && !isDigit(value[0]) || bytes.ContainsAny(value, "xXpP_") {
			return nil, false
		}
		v, err := strconv.ParseFloat(string(value), 64)
		return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
	case kindTruth:
		return string(value) == "true", string(value) == "true" || string(value) == "false"
	case kindBytes:
		if len(value) < 2 || value[0] != '"' {
			return nil, false
		}
		b, err := base64.StdEncoding.Strict().DecodeString(string(value[1 : len(value)-1]))
		return b, err == nil
	}
	return nil, false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// readText reads a text that both databases can hold.
func readText(value []byte) (any, bool) {
	if len(value) < 2 || value[0] != '"' {
		return nil, false
	}
	var text string
	if bytes.IndexByte(value, '\\') < 0 && bytes.IndexFunc(value, func(r rune) bool { return r < ' ' }) < 0 {
		text = string(value[1 : len(value)-1])
	} else if json.Unmarshal(value, &text) != nil {
		return nil, false
	}
	return text, clean(text) == text && !strings.Contains(text, "\x00")
}
