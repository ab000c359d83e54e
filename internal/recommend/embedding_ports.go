package recommend

import (
	"context"

	"loramanager/internal/lora"
)

// Embedder is a model that turns texts into vectors.
type Embedder interface {
	// Model names what vectors are comparable with each other.
	Model() string
	// Batch is how many texts are best handed over at once.
	Batch() int
	// Embed returns a vector for each text, all of one length; nil for a text that the
	// model refuses. Errors are for the user to read.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// Vectors keeps what a model made.
type Vectors interface {
	// PutEmbeddings keeps vectors in place of those before; adapters that are gone are
	// passed over.
	PutEmbeddings(ctx context.Context, batch []lora.Embedding) error
	// Embeddings calls each for all vectors of a model.
	Embeddings(ctx context.Context, model string, each func(lora.Embedding) error) error
	// Embedding returns the vector a model made of an adapter; NotFound when there is none.
	Embedding(ctx context.Context, id, model string) (lora.Embedding, error)
	// DropEmbeddings forgets the vectors of all other models.
	DropEmbeddings(ctx context.Context, except string) (int, error)
}
