package httpapi

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"loramanager/internal/lora"
)

// sheet writes adapters to a file one after the other and keeps none.
type sheet interface {
	contentType() string
	begin() error
	add(a lora.Adapter) error
	end() error
}

func sheetOf(format string, w io.Writer) sheet {
	if format == "csv" {
		return &csvSheet{w: csv.NewWriter(w)}
	}
	s := &jsonSheet{w: w}
	s.encoder = json.NewEncoder(&s.line)
	s.encoder.SetEscapeHTML(false)
	return s
}

// jsonSheet is one array with one adapter a line.
type jsonSheet struct {
	w       io.Writer
	line    bytes.Buffer
	encoder *json.Encoder
	isLater bool // an adapter has been written
}

func (*jsonSheet) contentType() string { return "application/json" }

func (s *jsonSheet) begin() error {
	_, err := io.WriteString(s.w, "[")
	return err
}

func (s *jsonSheet) add(a lora.Adapter) error {
	s.line.Reset()
	if s.isLater {
		s.line.WriteByte(',')
	}
	s.line.WriteByte('\n')
	if err := s.encoder.Encode(a); err != nil {
		return err
	}
	s.isLater = true
	_, err := s.w.Write(bytes.TrimSuffix(s.line.Bytes(), []byte("\n")))
	return err
}

func (s *jsonSheet) end() error {
	_, err := io.WriteString(s.w, "\n]\n") // "[\n]" is an empty array
	return err
}

// csvSheet is a table with a header row.
type csvSheet struct {
	w   *csv.Writer
	row []string
}

func (*csvSheet) contentType() string { return "text/csv; charset=utf-8" }

func (s *csvSheet) begin() error {
	for _, c := range columns {
		s.row = append(s.row, c.name)
	}
	return s.w.Write(s.row)
}

func (s *csvSheet) add(a lora.Adapter) error {
	value := reflect.ValueOf(a)
	for i, c := range columns {
		s.row[i] = cell(value.Field(c.field).Interface())
	}
	return s.w.Write(s.row)
}

func (s *csvSheet) end() error {
	s.w.Flush()
	return s.w.Error()
}

// column is a field of an adapter that fits into a cell.
type column struct {
	name  string
	field int
}

// columns follow the order of the wire, so that new ones come last.
var columns = columnsOf(reflect.TypeFor[lora.Adapter]())

func columnsOf(t reflect.Type) (list []column) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Type.Kind() == reflect.Map || f.Type == reflect.TypeFor[*lora.Preview]() {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		list = append(list, column{name: name, field: i})
	}
	return list
}

// cell writes a value as a cell; what is not known is an empty one.
func cell(value any) string {
	switch v := value.(type) {
	case string:
		return harmless(v)
	case []string:
		return harmless(strings.Join(v, ", "))
	case []lora.Finding:
		codes := make([]string, len(v))
		for i := range v {
			codes[i] = v[i].Code
		}
		return strings.Join(codes, ", ")
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	if v := reflect.ValueOf(value); v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		return cell(v.Elem().Interface())
	}
	return harmless(fmt.Sprint(value))
}

// harmless marks a text that a spreadsheet would run as a formula as plain text.
func harmless(text string) string {
	first, _ := utf8.DecodeRuneInString(text)
	if strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + text
	}
	return text
}
