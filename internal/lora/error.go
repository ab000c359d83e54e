package lora

import (
	"errors"
	"fmt"
	"strings"
)

// Code says what kind of failure an Error is. httpapi maps each to one HTTP status.
type Code string

// The ten codes. There are no others.
const (
	Invalid      Code = "invalid"
	Unauthorized Code = "unauthorized"
	Forbidden    Code = "forbidden"
	NotFound     Code = "not_found"
	Conflict     Code = "conflict"
	TooLarge     Code = "too_large"
	RateLimited  Code = "rate_limited"
	Internal     Code = "internal"
	Unavailable  Code = "unavailable"
	StorageFull  Code = "storage_full"
)

// Error is the one error type that crosses room borders.
//
// Message is for the user: a full sentence that says what happened and, where
// possible, what to do about it. Field names the input it belongs to ("" when it
// belongs to none). Err is for the log and is never shown to a client.
type Error struct {
	Code    Code
	Message string
	Field   string
	Err     error
}

// Error returns the user's sentence, followed by the cause for the log.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return strings.TrimSuffix(e.Message, ".") + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf builds an Error without a cause.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// FieldErrorf builds an Error that belongs to one input field.
func FieldErrorf(code Code, field, format string, args ...any) *Error {
	return &Error{Code: code, Field: field, Message: fmt.Sprintf(format, args...)}
}

// CodeOf returns the code of the first *Error in err's chain, Internal when there
// is none, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
