package httpapi

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// optional is a query parameter for which absent and zero are two different things.
type optional[T any] struct {
	Value T
	Set   bool
}

// Schema describes the parameter as a T.
func (o optional[T]) Schema(r huma.Registry) *huma.Schema {
	return huma.SchemaFromType(r, reflect.TypeFor[T]())
}

// Receiver tells huma where the value goes.
func (o *optional[T]) Receiver() reflect.Value { return reflect.ValueOf(o).Elem().Field(0) }

// OnParamSet notes whether the parameter was there.
func (o *optional[T]) OnParamSet(isSet bool, _ any) { o.Set = isSet }

// pointer returns the value, or nil when it is absent.
func (o *optional[T]) pointer() *T {
	if !o.Set {
		return nil
	}
	return &o.Value
}
