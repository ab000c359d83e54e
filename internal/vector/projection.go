package vector

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// Projection maps vectors to fewer dimensions so that products of vectors like those it
// was learned from change as little as they can.
type Projection struct {
	rows blas32.General // to × from, orthonormal
}

// rounds is how often the directions are turned towards the principal ones.
const rounds = 4

// Principal learns, from a sample of vectors of equal length, the projection to the given
// number of dimensions that keeps most of them: their principal directions without
// centring, by subspace iteration (Halko, Martinsson, Tropp 2011, algorithm 4.4). It is
// the same for the same sample. The sample must not be empty, nor its vectors shorter
// than to.
func Principal(sample [][]float32, to int) *Projection {
	from := len(sample[0])
	x := general(len(sample), from)
	for i, vec := range sample {
		copy(x.Data[i*from:(i+1)*from], vec)
	}
	q := general(to, from)
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same every time
	for i := range q.Data {
		q.Data[i] = float32(r.NormFloat64())
	}
	orthonormalize(q)
	y := general(x.Rows, to)
	for range rounds {
		blas32.Gemm(blas.NoTrans, blas.Trans, 1, x, q, 0, y) // how far each vector goes along each direction
		blas32.Gemm(blas.Trans, blas.NoTrans, 1, y, x, 0, q)
		orthonormalize(q)
	}
	return &Projection{rows: q}
}

// Apply returns the projection of a vector, which must have the length of the sample's.
func (p *Projection) Apply(vec []float32) []float32 {
	out := make([]float32, p.rows.Rows)
	blas32.Gemv(blas.NoTrans, 1, p.rows, blas32.Vector{N: len(vec), Data: vec, Inc: 1}, 0, blas32.Vector{N: len(out), Data: out, Inc: 1})
	return out
}

func general(rows, cols int) blas32.General {
	return blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float32, rows*cols)}
}

// orthonormalize makes the rows of a matrix orthogonal and of unit length (Gram-Schmidt,
// twice, which is enough in floating point). A row that depends on those before, as when
// there are fewer vectors than directions, becomes zero.
func orthonormalize(m blas32.General) {
	row := func(i int) blas32.Vector {
		return blas32.Vector{N: m.Cols, Data: m.Data[i*m.Stride : i*m.Stride+m.Cols], Inc: 1}
	}
	for i := range m.Rows {
		v := row(i)
		length := blas32.Nrm2(v)
		for range 2 {
			for j := range i {
				blas32.Axpy(-blas32.Dot(row(j), v), row(j), v)
			}
		}
		if rest := blas32.Nrm2(v); rest > 1e-5*length {
			blas32.Scal(1/rest, v)
		} else {
			clear(v.Data)
		}
	}
}
