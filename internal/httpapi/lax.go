package httpapi

import (
	"encoding/json"
	"errors"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Clients of the prototype send values its framework was lax about: numbers as
// text, yes and no, dates without a time. The types below accept exactly those.

type laxFloat float64

func (laxFloat) expects() string { return "a number" }

// Schema describes a number; text that holds one is accepted but not advertised.
func (laxFloat) Schema(huma.Registry) *huma.Schema { return &huma.Schema{Type: huma.TypeNumber} }

// UnmarshalJSON accepts a number or text that holds one, but neither NaN nor infinity.
func (f *laxFloat) UnmarshalJSON(data []byte) error {
	text, err := scalarText(data)
	if err != nil {
		return err
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return errNotLax
	}
	*f = laxFloat(v)
	return nil
}

type laxInt int

func (laxInt) expects() string { return "a whole number that fits in 64 bits" }

// Schema describes a whole number.
func (laxInt) Schema(huma.Registry) *huma.Schema { return &huma.Schema{Type: huma.TypeInteger} }

// UnmarshalJSON accepts 3, 3.0 and "3".
func (i *laxInt) UnmarshalJSON(data []byte) error {
	text, err := scalarText(data)
	if err != nil {
		return err
	}
	v, ok := parseLaxInt(text)
	if !ok {
		return errNotLax
	}
	*i = laxInt(v)
	return nil
}

// roundedInt is a whole number for which any number is accepted and rounded, halves to even.
type roundedInt int

func (roundedInt) expects() string { return "a number" }

// Schema describes a number.
func (roundedInt) Schema(huma.Registry) *huma.Schema { return &huma.Schema{Type: huma.TypeNumber} }

// UnmarshalJSON rounds halves to even: 12.5 is 12, "223109.61" is 223110.
func (i *roundedInt) UnmarshalJSON(data []byte) error {
	var f laxFloat
	if err := f.UnmarshalJSON(data); err != nil {
		return err
	}
	r := math.RoundToEven(float64(f))
	if math.Abs(r) > math.MaxInt32*1024.0 {
		return errNotLax
	}
	*i = roundedInt(r)
	return nil
}

type laxBool bool

func (laxBool) expects() string { return "true or false" }

// Schema describes a boolean.
func (laxBool) Schema(huma.Registry) *huma.Schema { return &huma.Schema{Type: huma.TypeBoolean} }

// UnmarshalJSON accepts true, 1, "yes", "on", "t", "y" and their opposites.
func (b *laxBool) UnmarshalJSON(data []byte) error {
	if v, err := strconv.ParseBool(string(data)); err == nil {
		*b = laxBool(v)
		return nil
	}
	text, err := scalarText(data)
	if err != nil {
		return err
	}
	v, ok := parseLaxBool(text)
	if !ok {
		return errNotLax
	}
	*b = laxBool(v)
	return nil
}

type laxTime time.Time

func (laxTime) expects() string { return "a date and time" }

// Schema describes a moment.
func (laxTime) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time"}
}

// UnmarshalJSON accepts ISO 8601 with or without offset, a bare date, and seconds
// since 1970. A moment without offset is taken as UTC; an offset is honoured.
func (t *laxTime) UnmarshalJSON(data []byte) error {
	text, err := scalarText(data)
	if err != nil {
		return err
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(seconds) < 1e11 {
		whole, fraction := math.Modf(seconds)
		*t = laxTime(time.Unix(int64(whole), int64(fraction*1e9)).UTC())
		return nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", time.DateOnly} {
		if v, err := time.Parse(layout, text); err == nil {
			if v = v.UTC(); !writableYear(v) {
				return errNotLax
			}
			*t = laxTime(v)
			return nil
		}
	}
	return errNotLax
}

// writableYear reports whether a moment can be written again: its zone may lead out of the
// years that RFC 3339 knows.
func writableYear(t time.Time) bool { return t.Year() >= 0 && t.Year() <= 9999 }

var errNotLax = errors.New("not a value of this type")

// scalarText returns a JSON number or string as plain text.
func scalarText(data []byte) (string, error) {
	var text string
	if len(data) > 0 && data[0] == '"' {
		err := json.Unmarshal(data, &text)
		return text, err
	}
	var number json.Number
	if err := json.Unmarshal(data, &number); err != nil {
		return "", errNotLax
	}
	return number.String(), nil
}

func parseLaxInt(text string) (int64, bool) {
	text = strings.TrimSpace(text)
	if whole, fraction, found := strings.Cut(text, "."); found && strings.Trim(fraction, "0") == "" && fraction != "" {
		text = whole
	}
	v, err := strconv.ParseInt(text, 10, 64)
	return v, err == nil
}

func parseLaxBool(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "1", "true", "t", "yes", "y", "on":
		return true, true
	case "0", "false", "f", "no", "n", "off":
		return false, true
	}
	return false, false
}

// laxQuery reads query parameters the way the contract says: the last of a
// repeated key wins, " 1", "+1", "1.0" and "01" are whole numbers, yes and no are booleans.
type laxQuery struct {
	humaContext
	values url.Values
}

// humaContext is embedded under another name because the interface has a method called Context.
type humaContext huma.Context

func readQueriesLaxly(ctx huma.Context, next func(huma.Context)) {
	u := ctx.URL()
	if u.RawQuery == "" {
		next(ctx)
		return
	}
	// Pairs that cannot be decoded are left out, as the standard library does.
	values, _ := url.ParseQuery(u.RawQuery)
	next(laxQuery{humaContext: ctx, values: values})
}

// Unwrap lets huma's chi adapter find the request.
func (q laxQuery) Unwrap() huma.Context { return q.humaContext }

// Query returns the last value of a key in the spelling huma parses.
func (q laxQuery) Query(name string) string {
	all := q.values[name]
	if len(all) == 0 {
		return ""
	}
	text := all[len(all)-1]
	for _, p := range q.Operation().Parameters {
		if p.In != "query" || p.Name != name || p.Schema == nil {
			continue
		}
		return laxSpelling(p.Schema.Type, text)
	}
	return text
}

func laxSpelling(schemaType, text string) string {
	switch schemaType {
	case huma.TypeInteger:
		if v, ok := parseLaxInt(text); ok {
			return strconv.FormatInt(v, 10)
		}
	case huma.TypeBoolean:
		if v, ok := parseLaxBool(text); ok {
			return strconv.FormatBool(v)
		}
		if text == "" {
			return " " // a boolean that is none; huma would take an empty text for an absent one
		}
	}
	return text
}
