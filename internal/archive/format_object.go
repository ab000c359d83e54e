package archive

import (
	"bytes"
	"encoding/json"
	"errors"
)

var errNoObject = errors.New("not a JSON object")

// eachField hands over the fields of a JSON object in their order. Values are parts of it.
func eachField(object []byte, each func(name string, value json.RawMessage) error) error {
	object = bytes.TrimLeft(object, jsonSpace)
	if !json.Valid(object) || object[0] != '{' {
		return errNoObject
	}
	rest := bytes.TrimLeft(object[1:], jsonSpace)
	for rest[0] != '}' {
		n := stringEnd(rest)
		name, err := fieldName(rest[:n])
		if err != nil {
			return err
		}
		rest = bytes.TrimLeft(rest[n:], jsonSpace+":")
		n = valueEnd(rest)
		if err := each(name, rest[:n:n]); err != nil {
			return err
		}
		rest = bytes.TrimLeft(rest[n:], jsonSpace+",")
	}
	return nil
}

const jsonSpace = " \t\r\n"

func fieldName(quoted []byte) (name string, err error) {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1]), nil
	}
	err = json.Unmarshal(quoted, &name)
	return name, err
}

// stringEnd returns where the string ends that valid JSON begins with.
func stringEnd(text []byte) int {
	for i := 1; ; i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// valueEnd returns where the value ends that valid JSON begins with, inside an object.
func valueEnd(text []byte) int {
	depth := 0
	for i := 0; ; i++ {
		switch text[i] {
		case '"':
			i += stringEnd(text[i:]) - 1
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // of the object around a number or a word
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
		}
	}
}
