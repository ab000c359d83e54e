package prompt

import (
	"math"
	"strconv"
	"strings"
)

// exact writes numbers so that reading them gives the same number again.
const exact = -1

// number reads a finite decimal number as engines do: blanks around it are allowed,
// words like inf and hexadecimal digits are not.
func number(s string) (float64, bool) {
	s = strings.Trim(s, " \t\r\n")
	if s == "" || strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil && !math.IsInf(v, 0)
}

// whole reads a whole number that is not negative.
func whole(s string) (int, bool) {
	v, err := strconv.Atoi(strings.TrimSpace(s))
	return v, err == nil && v >= 0
}

// spell writes a number with so many decimals, or exactly.
func spell(v float64, decimals int) string {
	if decimals != exact {
		return strconv.FormatFloat(v, 'f', decimals, 64)
	}
	if size := math.Abs(v); size != 0 && (size < 1e-6 || size >= 1e9) {
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// tidy takes off the last digits that multiplying and dividing left behind.
func tidy(v float64) float64 {
	t, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 12, 64), 64)
	if err != nil {
		return v
	}
	return t
}

// alike reports whether two numbers differ by no more than multiplying and dividing do.
func alike(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b)) }

// times multiplies without leaving the finite numbers.
func times(weight, factor float64) float64 {
	if factor == 1 {
		return weight
	}
	return finite(tidy(weight * factor))
}

// finite keeps a result that is too large for a number at the largest there is.
func finite(v float64) float64 { return max(-math.MaxFloat64, min(math.MaxFloat64, v)) }
