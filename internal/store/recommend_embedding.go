package store

import (
	"context"
	"encoding/binary"
	"errors"
	"math"

	"loramanager/internal/lora"
)

// PutEmbeddings keeps the vectors of a batch. Adapters that are gone meanwhile are left
// out. They can be computed again, so a power cut may take the last of them.
func (s *Store) PutEmbeddings(ctx context.Context, batch []lora.Embedding) error {
	return s.briefly(ctx, "keep embeddings", func(ctx context.Context, q querier) error {
		for i := range batch {
			e := &batch[i]
			_, err := q.exec(ctx, `INSERT INTO embedding (adapter_key, model, text_digest, vector, computed_at)
				SELECT key, CAST(? AS TEXT), CAST(? AS TEXT), ?, CAST(? AS BIGINT) FROM adapter WHERE key = ?
				ON CONFLICT (adapter_key, model) DO UPDATE SET text_digest = excluded.text_digest, vector = excluded.vector, computed_at = excluded.computed_at`,
				clean(e.Model), clean(e.TextDigest), packVector(e.Vector), e.ComputedAt.UnixMicro(), e.AdapterKey)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

const selectEmbedding = "SELECT e.adapter_key, a.id, e.model, e.text_digest, e.vector, e.computed_at FROM embedding e JOIN adapter a ON a.key = e.adapter_key "

func readEmbedding(r *record) (lora.Embedding, error) {
	e := lora.Embedding{AdapterKey: r.integer(), AdapterID: r.text(), Model: r.text(), TextDigest: r.text()}
	vector, err := unpackVector(r.blob())
	e.Vector, e.ComputedAt = vector, r.moment()
	return e, err
}

// Embeddings hands out all vectors of a model. An error of each ends it.
func (s *Store) Embeddings(ctx context.Context, model string, each func(lora.Embedding) error) error {
	err := querier{pool: s.reader}.each(ctx, selectEmbedding+"WHERE e.model = ?", []any{clean(model)}, func(r *record) error {
		e, err := readEmbedding(r)
		if err != nil {
			return err
		}
		return each(e)
	})
	return s.failed("read embeddings", err)
}

// Embedding returns the vector a model made of an adapter; NotFound when there is none.
func (s *Store) Embedding(ctx context.Context, id, model string) (e lora.Embedding, err error) {
	found, err := querier{pool: s.reader}.one(ctx, selectEmbedding+"WHERE a.id = ? AND e.model = ?", []any{clean(id), clean(model)}, func(r *record) (err error) {
		e, err = readEmbedding(r)
		return err
	})
	if err == nil && !found {
		err = lora.Errorf(lora.NotFound, "There is no embedding of this adapter yet.")
	}
	return e, s.failed("read an embedding", err)
}

// DropEmbeddings forgets the vectors of all models but one and returns how many they were.
func (s *Store) DropEmbeddings(ctx context.Context, except string) (n int, err error) {
	err = s.transact(ctx, func(q querier) error {
		n, err = q.exec(ctx, "DELETE FROM embedding WHERE model <> ?", clean(except))
		return err
	})
	return n, s.failed("forget embeddings", err)
}

func packVector(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

var errVector = errors.New("a stored vector is damaged")

func unpackVector(b []byte) ([]float32, error) {
	if len(b)%4 != 0 {
		return nil, errVector
	}
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v, nil
}
