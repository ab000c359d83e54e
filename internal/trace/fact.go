package trace

import "strings"

// Options say where spans go.
type Options struct {
	// Endpoint is the address of an OTLP collector over HTTP, such as
	// http://127.0.0.1:4318. Empty for none.
	Endpoint string
	Service  string // how the process is called there
	Version  string
}

// Fact is a name, an id or a number that a span carries. Texts of users are none.
type Fact struct {
	Name   string
	Text   string
	Number int64
}

// Text is a fact that is a word or an id.
func Text(name, value string) Fact { return Fact{Name: name, Text: value} }

// Number is a fact that is a number.
func Number(name string, value int64) Fact { return Fact{Name: name, Number: value} }

// parentLength is that of a traceparent of version 00.
const parentLength = 55

// validParent reports whether a traceparent can be kept and passed on: of version 00,
// made of lower-case hexadecimal digits, with ids that are not all zero.
func validParent(s string) bool {
	if len(s) != parentLength || s[:3] != "00-" || s[35] != '-' || s[52] != '-' {
		return false
	}
	for _, part := range []string{s[3:35], s[36:52], s[53:]} {
		if strings.Trim(part, "0123456789abcdef") != "" {
			return false
		}
	}
	return strings.Trim(s[3:35], "0") != "" && strings.Trim(s[36:52], "0") != ""
}
