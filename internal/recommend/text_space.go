package recommend

import (
	"context"

	"loramanager/internal/vector"
)

// textSpace holds the text vectors that a model made of adapters, in front of the lexical
// ones. The zero value is empty. The recommender's lock guards it.
//
// The files embedding_*.go fill it: setVectors puts vectors in, dropVectors forgets all,
// and queryVectors turns questions into vectors of the same model.
type textSpace struct {
	model   string
	dims    int
	vectors *vector.Matrix // rows are slots of the index; nil while empty
	mean    float64        // mean cosine of unrelated adapters, which models do not put at 0
}

// queryVectors turns the text of a question into a vector of a model. It must answer
// within a second or fail, and remember what it was asked lately.
type queryVectors interface {
	queryVector(ctx context.Context, text string) (vec []float32, model string, err error)
}
