package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// reply is an answer with a body and no headers of its own.
type reply[T any] struct{ Body T }

// none is the input or output of an operation that has no parameters or no body.
type none struct{}

// ByID is the input of an operation on one thing.
type ByID struct {
	ID string `path:"id"`
}

// route registers one operation below /api/v1. id is the function name in generated clients.
func route[I, O any](s *Server, method, path, id, tag, summary string, handler func(context.Context, *I) (*O, error), options ...func(*huma.Operation)) {
	op := huma.Operation{
		OperationID:   id,
		Method:        method,
		Path:          apiPrefix + path,
		Summary:       summary,
		Tags:          []string{tag},
		DefaultStatus: 0,
		MaxBodyBytes:  maxBodyBytes,
	}
	for _, option := range options {
		option(&op)
	}
	describePermission(&op)
	s.askPermission(&op)
	huma.Register(s.api, op, handler)
}

const maxBodyBytes = 1 << 20

// created makes the success status 201.
func created(op *huma.Operation) { op.DefaultStatus = http.StatusCreated }

// accepted makes the success status 202.
func accepted(op *huma.Operation) { op.DefaultStatus = http.StatusAccepted }

// ownValidation leaves checking the body to its fields, which know the contract's lax types.
func ownValidation(op *huma.Operation) { op.SkipValidateBody = true }

// describe adds a longer explanation.
func describe(text string) func(*huma.Operation) {
	return func(op *huma.Operation) { op.Description = text }
}

// answer wraps a value and passes an error on as it is; problemOf translates it at the edge.
func answer[T any](body T, err error) (*reply[T], error) {
	if err != nil {
		return nil, err
	}
	return &reply[T]{Body: body}, nil
}

// list makes an absent list an empty one: arrays in replies are never null.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
