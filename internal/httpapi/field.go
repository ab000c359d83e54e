package httpapi

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// field is one key of a request body that may be absent, null or a value, which
// are three different things in a PATCH. A value of the wrong type does not stop
// the decoding: Resolve reports it with its place, so that a client sees every
// mistake at once.
type field[T any] struct {
	Set     bool // the key was in the body
	Null    bool // its value was null
	Value   T
	problem string
}

// UnmarshalJSON never fails; what is wrong is kept for Resolve.
func (f *field[T]) UnmarshalJSON(data []byte) error {
	f.Set = true
	if bytes.Equal(data, []byte("null")) {
		f.Null = true
		return nil
	}
	if err := json.Unmarshal(data, &f.Value); err != nil {
		f.problem = expectation(reflect.TypeFor[T]())
	}
	return nil
}

// Resolve reports a value of the wrong type; huma calls it after decoding.
func (f *field[T]) Resolve(_ huma.Context, path *huma.PathBuffer) []error {
	if f.problem == "" {
		return nil
	}
	return []error{&huma.ErrorDetail{Location: path.String(), Message: f.problem}}
}

// Schema describes the field as a nullable T.
func (f *field[T]) Schema(r huma.Registry) *huma.Schema {
	s := r.Schema(reflect.TypeFor[T](), true, "")
	if s.Ref == "" {
		s.Nullable = true
	}
	return s
}

// required is a field that must be there with a value.
type required[T any] struct{ field[T] }

const fieldRequired = "this field is required"

// Resolve also reports that the key is missing.
func (f *required[T]) Resolve(ctx huma.Context, path *huma.PathBuffer) []error {
	if !f.given() {
		return []error{&huma.ErrorDetail{Location: path.String(), Message: fieldRequired}}
	}
	return f.field.Resolve(ctx, path)
}

// given reports whether the key was there with a value.
func (f *field[T]) given() bool { return f.Set && !f.Null }

// or returns the value, or fallback when it is absent or null.
func (f *field[T]) or(fallback T) T {
	if f.given() {
		return f.Value
	}
	return fallback
}

// pointer returns the value, or nil when it is absent or null.
func (f *field[T]) pointer() *T {
	if !f.given() {
		return nil
	}
	return &f.Value
}

// describer is a body type that knows what it expects.
type describer interface{ expects() string }

func expectation(t reflect.Type) string {
	if d, ok := reflect.New(t).Interface().(describer); ok {
		return "expected " + d.expects()
	}
	switch t.Kind() {
	case reflect.String:
		return "expected a string"
	case reflect.Bool:
		return "expected true or false"
	case reflect.Int, reflect.Int64:
		return "expected a whole number that fits in 64 bits"
	case reflect.Float64:
		return "expected a number"
	case reflect.Slice:
		return "expected a list of strings"
	}
	return "expected an object"
}
