package archive

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"loramanager/internal/lora"
)

// maxRow bounds one row of a dump that is looked into.
const maxRow = 64 << 20

// eachRow reads the dump of a table and hands over the values of some columns of each row.
func eachRow(from io.Reader, table string, columns []string, visit func(row []json.RawMessage) error) error {
	damaged := func(err error) error {
		return &lora.Error{Code: lora.Invalid, Message: "The backup is damaged: its table " + table + " cannot be read.", Err: err}
	}
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 64<<10), maxRow)
	if !lines.Scan() {
		return damaged(errors.Join(lines.Err(), io.ErrUnexpectedEOF))
	}
	var head struct{ Columns []string }
	if err := json.Unmarshal(lines.Bytes(), &head); err != nil {
		return damaged(err)
	}
	at := make([]int, len(columns))
	for i, column := range columns {
		if at[i] = slices.Index(head.Columns, column); at[i] < 0 {
			return damaged(errors.New("it has no column " + column))
		}
	}
	wanted := make([]json.RawMessage, len(columns))
	for lines.Scan() {
		var row []json.RawMessage
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil || len(row) != len(head.Columns) {
			return damaged(err)
		}
		for i := range at {
			wanted[i] = row[at[i]]
		}
		if err := visit(wanted); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return damaged(err)
	}
	return nil
}

// keptState is the state of a picture whose file is there; others are being made or deleted.
const keptState = `"kept"`

// eachPicture hands over the pictures of a dump.
func eachPicture(from io.Reader, visit func(picture lora.Image) error) error {
	columns := []string{"sha256", "type", "width", "height", "size_bytes", "state"}
	return eachRow(from, pictureTable, columns, func(row []json.RawMessage) error {
		var picture lora.Image
		for i, into := range []any{&picture.SHA256, &picture.Type, &picture.Width, &picture.Height, &picture.SizeBytes} {
			if err := json.Unmarshal(row[i], into); err != nil {
				return &lora.Error{Code: lora.Invalid, Message: "The backup is damaged: a picture in it cannot be read.", Err: err}
			}
		}
		if string(row[5]) != keptState {
			return nil
		}
		return visit(picture)
	})
}

const pictureTable = "picture"

func databaseName(table string) string { return databaseFolder + table + dataSuffix }
