package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"loramanager/internal/lora"
)

// The oracle is a second reader, written from the description of the format on
// top of encoding/json. It shares no code with the scanner and cares for
// clearness only; FuzzDifferential holds the two against each other.

var errOracle = errors.New("the oracle refuses")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errOracle, fmt.Sprintf(format, args...))
}

// oracleRead reads a whole file.
func oracleRead(file []byte) (*lora.Header, error) {
	if len(file) < 8 {
		return nil, refuse("no length")
	}
	n := new(big.Int).SetUint64(binary.LittleEndian.Uint64(file))
	if n.Sign() == 0 || n.Cmp(big.NewInt(16<<20)) > 0 || n.Cmp(big.NewInt(int64(len(file)-8))) > 0 {
		return nil, refuse("length %v", n)
	}
	text := file[8 : 8+n.Int64()]
	if text[0] != '{' || !utf8.Valid(text) || !json.Valid(text) {
		return nil, refuse("no JSON object")
	}
	tree, err := oracleTree(text)
	if err != nil {
		return nil, err
	}
	h := &lora.Header{Tensors: []lora.Tensor{}, Metadata: map[string]string{}, HeaderBytes: n.Int64(), FileBytes: int64(len(file))}
	for _, m := range tree.(object) {
		switch {
		case m.key == "__metadata__":
			if h.Metadata, err = oracleMetadata(m.value); err != nil {
				return nil, err
			}
		case strings.EqualFold(m.key, "__metadata__"), len(m.key) > 1024:
			return nil, refuse("key %q", m.key)
		default:
			t, err := oracleTensor(m)
			if err != nil {
				return nil, err
			}
			h.Tensors = append(h.Tensors, t)
		}
	}
	return h, oracleLayout(h)
}

// object keeps its members in order; a value is an object, a []any, a string, a
// json.Number, a bool or nil.
type object []member

type member struct {
	key   string
	value any
}

// oracleTree decodes text into a tree without duplicate keys and bad strings.
func oracleTree(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	tree, err := oracleValue(d, text)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, refuse("more than one value")
	}
	return tree, nil
}

func oracleValue(d *json.Decoder, text []byte) (any, error) {
	before := d.InputOffset()
	token, err := d.Token()
	if err != nil {
		return nil, refuse("%v", err)
	}
	switch v := token.(type) {
	case string:
		raw := text[before:d.InputOffset()]
		return v, oracleString(raw[bytes.IndexByte(raw, '"'):], v)
	case json.Delim:
		if v == '[' {
			list := []any{}
			for d.More() {
				item, err := oracleValue(d, text)
				if err != nil {
					return nil, err
				}
				list = append(list, item)
			}
			_, err := d.Token()
			return list, err
		}
		return oracleObject(d, text)
	}
	return token, nil
}

func oracleObject(d *json.Decoder, text []byte) (any, error) {
	var o object
	seen := map[string]bool{}
	for d.More() {
		key, err := oracleValue(d, text)
		if err != nil {
			return nil, err
		}
		value, err := oracleValue(d, text)
		if err != nil {
			return nil, err
		}
		if seen[key.(string)] {
			return nil, refuse("key %q twice", key)
		}
		seen[key.(string)] = true
		o = append(o, member{key.(string), value})
	}
	_, err := d.Token()
	return o, err
}

var (
	escapes   = regexp.MustCompile(`\\(u[0-9a-fA-F]{4}|.)`)
	highHalf  = regexp.MustCompile(`^\\u[dD][89abAB]`)
	lowHalf   = regexp.MustCompile(`^\\u[dD][c-fC-F]`)
	wholeForm = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)
)

// oracleString checks what encoding/json would replace in silence.
func oracleString(raw []byte, decoded string) error {
	if strings.ContainsRune(decoded, 0) {
		return refuse("NUL in %s", raw)
	}
	high, highEnd := false, 0
	for _, at := range escapes.FindAllIndex(raw, -1) {
		escape := raw[at[0]:at[1]]
		low := lowHalf.Match(escape)
		if high != (low && high && at[0] == highEnd) || low && !high {
			return refuse("lone surrogate in %s", raw)
		}
		high, highEnd = highHalf.Match(escape), at[1]
	}
	if high {
		return refuse("lone surrogate in %s", raw)
	}
	return nil
}

func oracleMetadata(value any) (map[string]string, error) {
	o, ok := value.(object)
	if !ok {
		return nil, refuse("metadata is no object")
	}
	metadata, total := map[string]string{}, 0
	for _, m := range o {
		text, ok := m.value.(string)
		if !ok || len(m.key) > 1024 {
			return nil, refuse("metadata %q", m.key)
		}
		metadata[m.key] = text
		total += len(m.key) + len(text)
	}
	if total > 4<<20 {
		return nil, refuse("metadata of %d bytes", total)
	}
	return metadata, nil
}

func oracleTensor(m member) (lora.Tensor, error) {
	t := lora.Tensor{Name: m.key, Shape: []int64{}}
	o, ok := m.value.(object)
	if !ok || len(o) != 3 {
		return t, refuse("tensor %q", m.key)
	}
	var offsets []int64
	for _, f := range o {
		ok := false
		switch f.key {
		case "dtype":
			t.DType, ok = f.value.(string)
		case "shape":
			t.Shape, ok = oracleNumbers(f.value)
		case "data_offsets":
			offsets, ok = oracleNumbers(f.value)
			ok = ok && len(offsets) == 2
		}
		if !ok {
			return t, refuse("tensor %q field %q", m.key, f.key)
		}
	}
	t.Begin, t.End = offsets[0], offsets[1]
	return t, oracleSize(t)
}

func oracleNumbers(value any) ([]int64, bool) {
	list, ok := value.([]any)
	if !ok || len(list) > 8 {
		return nil, false
	}
	numbers := []int64{}
	for _, item := range list {
		n, ok := item.(json.Number)
		if !ok || !wholeForm.MatchString(n.String()) {
			return nil, false
		}
		v, _ := new(big.Int).SetString(n.String(), 10)
		if !v.IsInt64() {
			return nil, false
		}
		numbers = append(numbers, v.Int64())
	}
	return numbers, true
}

var widths = regexp.MustCompile(`^(?:(BOOL|[UI]8|F8_(?:E5M2|E4M3|E8M0|E4M3FNUZ|E5M2FNUZ))|([IUF]16|BF16)|([IUF]32)|([IUF]64|C64)|(F4)|(F6_E2M3|F6_E3M2))$`)

func oracleSize(t lora.Tensor) error {
	match := widths.FindStringSubmatch(t.DType)
	if match == nil {
		return refuse("dtype %q", t.DType)
	}
	size := big.NewInt([]int64{8, 16, 32, 64, 4, 6}[slices.Index(match[1:], t.DType)])
	empty := false
	for _, n := range t.Shape {
		if n == 0 {
			empty = true
			continue
		}
		size.Mul(size, big.NewInt(n))
	}
	if !size.IsUint64() {
		return refuse("overflow in %q", t.Name)
	}
	if empty {
		size.SetInt64(0)
	}
	given := big.NewInt(t.End)
	given.Sub(given, big.NewInt(t.Begin)).Mul(given, big.NewInt(8))
	if size.Cmp(given) != 0 {
		return refuse("%q has %v bits of %v", t.Name, given, size)
	}
	return nil
}

// oracleLayout sorts the tensors and checks that no byte is left or shared.
func oracleLayout(h *lora.Header) error {
	slices.SortStableFunc(h.Tensors, func(a, b lora.Tensor) int {
		if a.Begin != b.Begin {
			return int(max(-1, min(1, a.Begin-b.Begin)))
		}
		return int(max(-1, min(1, a.End-b.End)))
	})
	at := int64(0)
	for _, t := range h.Tensors {
		if t.Begin != at {
			return refuse("byte %d", at)
		}
		at = t.End
	}
	if at != h.FileBytes-8-h.HeaderBytes {
		return refuse("end %d", at)
	}
	return nil
}
