package catalog

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// interval is a range of numbers. Its lower end belongs to it.
type interval struct {
	low, high float64
	closed    bool // the upper end belongs to it too
}

func (i interval) has(v float64) bool {
	return v >= i.low && (v < i.high || i.closed && v == i.high) // NaN is in no interval
}

// spanner gives the interval a value stands for; dates need the present for it.
type spanner func(now time.Time) interval

func fixed(i interval) spanner { return func(time.Time) interval { return i } }

var (
	lowest  = math.Inf(-1)
	highest = math.Inf(1)
)

// comparison splits ">=12" into its sign and the rest.
func comparison(text string) (sign, rest string) {
	for _, sign := range []string{">=", "<=", ">", "<", "="} {
		if rest, ok := strings.CutPrefix(text, sign); ok {
			return sign, rest
		}
	}
	return "", text
}

func parseNumber(f *field, v *value) error {
	span, err := numberSpan(f, v.text)
	v.span = fixed(span)
	return err
}

func numberSpan(f *field, text string) (interval, error) {
	if a, b, ok := strings.Cut(text, ".."); ok {
		return between(f, a, b, number, true)
	}
	sign, rest := comparison(text)
	n, ok := number(rest)
	if !ok {
		return interval{}, invalid("%s: needs a number, a comparison such as >=4, or a range such as 2..5.", f.name)
	}
	return compared(sign, n), nil
}

func number(s string) (float64, bool) {
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
}

func compared(sign string, n float64) interval {
	switch sign {
	case ">":
		return interval{low: math.Nextafter(n, highest), high: highest, closed: true}
	case ">=":
		return interval{low: n, high: highest, closed: true}
	case "<":
		return interval{low: lowest, high: n}
	case "<=":
		return interval{low: lowest, high: n, closed: true}
	default:
		return interval{low: n, high: n, closed: true}
	}
}

// between reads "a..b" where either end may be left open.
func between(f *field, a, b string, read func(string) (float64, bool), closed bool) (interval, error) {
	span := interval{low: lowest, high: highest, closed: true}
	var ok bool
	if a != "" {
		if span.low, ok = read(a); !ok {
			return span, invalid("%s: does not understand %q.", f.name, a)
		}
	}
	if b != "" {
		if span.high, ok = read(b); !ok {
			return span, invalid("%s: does not understand %q.", f.name, b)
		}
		span.closed = closed
	}
	return span, nil
}

var sizeUnits = []struct {
	suffix string
	bytes  float64
}{{"tb", 1 << 40}, {"gb", 1 << 30}, {"mb", 1 << 20}, {"kb", 1 << 10}, {"t", 1 << 40}, {"g", 1 << 30}, {"m", 1 << 20}, {"k", 1 << 10}, {"b", 1}}

// sizeBytes reads "10mb"; units are powers of 1024.
func sizeBytes(s string) (float64, bool) {
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(s, u.suffix); ok {
			n, ok := number(rest)
			return n * u.bytes, ok
		}
	}
	return number(s)
}

// parseSizes reads sizes. A plain size means about that: 5 % more or less.
func parseSizes(f *field, v *value) error {
	if a, b, ok := strings.Cut(v.text, ".."); ok {
		span, err := between(f, a, b, sizeBytes, false)
		v.span = fixed(span)
		return err
	}
	sign, rest := comparison(v.text)
	n, ok := sizeBytes(rest)
	if !ok {
		return invalid("size: needs a size such as 100mb, <50mb or 50mb..1gb.")
	}
	span := compared(sign, n)
	if sign == "" {
		span = interval{low: n * 0.95, high: n * 1.05, closed: true}
	}
	v.span = fixed(span)
	return nil
}

func ratingOf(x *view, slot uint32) float64 { return float64(x.rating[slot]) }
func nsfwOf(x *view, slot uint32) float64   { return float64(x.nsfw[slot]) }
func alphaOf(x *view, slot uint32) float64  { return x.alpha[slot] }
func weightOf(x *view, slot uint32) float64 { return x.weight[slot] }
func sizeOf(x *view, slot uint32) float64   { return float64(x.size[slot]) }

func rankOf(x *view, slot uint32) float64 {
	if x.rank[slot] == 0 {
		return nan
	}
	return float64(x.rank[slot])
}

func matchNumber(of func(*view, uint32) float64) func(*view, *value, bitset, bitset) {
	return func(x *view, v *value, within, out bitset) {
		span := v.span(x.now())
		within.each(func(slot uint32) {
			if span.has(of(x, slot)) {
				out.set(slot)
			}
		})
	}
}
