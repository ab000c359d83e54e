package store

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"loramanager/internal/lora"
)

// maxDumpLine bounds one row of a dump: far more than any row the program writes.
const maxDumpLine = 64 << 20

// tableReader reads the lines of one table's dump.
type tableReader struct {
	table string
	in    *bufio.Reader
	line  int // the one that was read last, from 1 on
	long  []byte
	ended error // of what is read from
}

func newTableReader(table string, in io.Reader) *tableReader {
	return &tableReader{table: table, in: bufio.NewReaderSize(in, dumpBuffer)}
}

// damaged says what is wrong with the line that was read last.
func (t *tableReader) damaged(format string, args ...any) error {
	return damagedAt(t.table, t.line, t.line, lora.Errorf(lora.Invalid, format, args...).Message)
}

// damagedAt says what is wrong with lines of a table.
func damagedAt(table string, from, to int, what string) error {
	if from != to {
		return lora.Errorf(lora.Invalid, "The backup is damaged: table %s, one of the lines %d to %d: %s.", table, from, to, what)
	}
	return lora.Errorf(lora.Invalid, "The backup is damaged: table %s, line %d: %s.", table, from, what)
}

// next returns the next line without its end, which stays valid until the next call;
// io.EOF after the last.
func (t *tableReader) next() ([]byte, error) {
	t.line++
	line, err := t.in.ReadSlice('\n')
	if err == nil {
		return line[:len(line)-1], nil
	}
	t.long = t.long[:0]
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(t.long)+len(line) > maxDumpLine {
			return nil, t.damaged("it is longer than %d MiB", maxDumpLine>>20)
		}
		t.long = append(t.long, line...)
		line, err = t.in.ReadSlice('\n')
	}
	t.long = append(t.long, line...)
	switch {
	case err == nil:
		return t.long[:len(t.long)-1], nil
	case !errors.Is(err, io.EOF):
		t.ended = err
		return nil, err
	case len(t.long) > 0:
		return nil, t.damaged("it ends in the middle")
	}
	return nil, io.EOF
}

// head reads the first line and finds the columns it names. Columns may be missing where
// the dump is of an older schema and they have a default.
func (t *tableReader) head(all []dumpColumn, older bool) ([]dumpColumn, error) {
	line, err := t.next()
	if errors.Is(err, io.EOF) {
		return nil, t.damaged("it is missing")
	}
	if err != nil {
		return nil, err
	}
	var head dumpHead
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if len(line) > dumpBuffer || d.Decode(&head) != nil || d.More() || head.Table != t.table {
		return nil, t.damaged("it does not name the table and its columns")
	}
	columns, named := make([]dumpColumn, len(head.Columns)), make(map[string]bool, len(head.Columns))
	for i, name := range head.Columns {
		at := slices.IndexFunc(all, func(c dumpColumn) bool { return c.name == name })
		if at < 0 || named[name] {
			return nil, t.damaged("there is no column %.100q, or it is named twice", name)
		}
		columns[i], named[name] = all[at], true
	}
	for _, c := range all {
		if !named[c.name] && (!older || !c.filled) {
			return nil, t.damaged("the column %s is missing", c.name)
		}
	}
	return columns, nil
}
