package recommend

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// sentence begins a clause with a capital letter and ends it with a full stop.
func sentence(clause string) string {
	first, size := utf8.DecodeRuneInString(clause)
	return string(unicode.ToUpper(first)) + clause[size:] + "."
}

// listed joins the first few of a list with commas.
func listed(list []string, most int) string {
	list = slices.Compact(list)
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return strings.Join(list[:most], ", ") + " and " + number(len(list)-most) + " more"
}

// number writes a count with a comma between thousands.
func number(n int) string {
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// counted writes "1 generation" or "12 generations".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// ago says how long before now something was, in the largest whole unit.
func ago(at, now int64) string {
	days := (now - at) / int64((24 * time.Hour).Seconds())
	switch {
	case days < 1:
		return "today"
	case days < 60:
		return counted(int(days), "day") + " ago"
	case days < 730:
		return counted(int(days/30), "month") + " ago"
	}
	return counted(int(days/365), "year") + " ago"
}
