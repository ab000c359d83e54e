package vector

import (
	"math"
	"runtime"
	"sync"

	"gonum.org/v1/gonum/blas/blas32"
)

// blockRows is how many rows are allocated together: a growing matrix copies nothing.
const blockRows = 1024

// parallelRows is from how many rows on a measurement is worth a second goroutine.
const parallelRows = 8 * blockRows

// Matrix holds one vector of unit length per row, or none. Rows are numbered by whoever
// uses it. Reading from several goroutines is safe while nobody writes.
type Matrix struct {
	dims   int
	blocks [][]float32
	filled []uint64 // one bit per row that has a vector
	count  int
}

// NewMatrix returns an empty matrix of vectors of dims dimensions, which is at least 1.
func NewMatrix(dims int) *Matrix { return &Matrix{dims: dims} }

// Dims is the number of dimensions of each vector.
func (m *Matrix) Dims() int { return m.dims }

// Count is the number of rows that have a vector.
func (m *Matrix) Count() int { return m.count }

// Bytes is what the vectors take in memory.
func (m *Matrix) Bytes() int64 {
	return int64(len(m.blocks))*blockRows*int64(m.dims)*4 + int64(len(m.filled))*8
}

// Set gives a row its vector, scaled to unit length. A vector without direction (of zeros,
// or with NaN or infinite parts) or of another length clears the row; Set reports whether
// the row has a vector now.
func (m *Matrix) Set(row int, vec []float32) bool {
	if len(vec) != m.dims || !finite(vec) {
		m.Clear(row)
		return false
	}
	m.Grow(row + 1)
	target := m.at(row)
	copy(target, vec)
	if !Normalize(target) {
		m.Clear(row)
		return false
	}
	if m.filled[row/64]&(1<<(row%64)) == 0 {
		m.filled[row/64] |= 1 << (row % 64)
		m.count++
	}
	return true
}

// Clear takes a row's vector away.
func (m *Matrix) Clear(row int) {
	if !m.Has(row) {
		if row/blockRows < len(m.blocks) {
			clear(m.at(row))
		}
		return
	}
	clear(m.at(row))
	m.filled[row/64] &^= 1 << (row % 64)
	m.count--
}

// Has reports whether a row has a vector.
func (m *Matrix) Has(row int) bool {
	return row >= 0 && row/64 < len(m.filled) && m.filled[row/64]&(1<<(row%64)) != 0
}

// Row returns a row's vector, or nil. It must not be changed.
func (m *Matrix) Row(row int) []float32 {
	if !m.Has(row) {
		return nil
	}
	return m.at(row)
}

func (m *Matrix) at(row int) []float32 {
	from := row % blockRows * m.dims
	return m.blocks[row/blockRows][from : from+m.dims : from+m.dims]
}

// Cosines writes the cosine of every row with a vector of unit length into into, row by
// row; rows without a vector, and all of them when vec has another length, get NaN.
func (m *Matrix) Cosines(vec []float32, into []float32) {
	if len(vec) != m.dims {
		fill(into, float32(math.NaN()))
		return
	}
	workers := min(runtime.GOMAXPROCS(0), 2)
	if len(into) < parallelRows || workers < 2 {
		m.cosines(vec, into, 0)
		return
	}
	half := len(into) / 2 / 64 * 64
	var wait sync.WaitGroup
	wait.Go(func() { m.cosines(vec, into[:half], 0) })
	m.cosines(vec, into[half:], half)
	wait.Wait()
}

func (m *Matrix) cosines(vec, into []float32, from int) {
	nan := float32(math.NaN())
	query := blas32.Vector{N: m.dims, Data: vec, Inc: 1}
	for i := range into {
		if !m.Has(from + i) {
			into[i] = nan
			continue
		}
		into[i] = blas32.Dot(blas32.Vector{N: m.dims, Data: m.at(from + i), Inc: 1}, query)
	}
}

// Dot is the product of two vectors of the same length; for unit vectors their cosine.
func Dot(a, b []float32) float32 {
	if len(a) != len(b) || len(a) == 0 {
		return 0
	}
	return blas32.Dot(blas32.Vector{N: len(a), Data: a, Inc: 1}, blas32.Vector{N: len(b), Data: b, Inc: 1})
}

// Normalize scales a vector to unit length in place. It reports false, and leaves the
// vector as it is, when the vector has no direction.
func Normalize(vec []float32) bool {
	var sum float64
	for _, x := range vec {
		sum += float64(x) * float64(x)
	}
	if !(sum > 0) || math.IsInf(sum, 0) {
		return false
	}
	scale := 1 / math.Sqrt(sum)
	for i, x := range vec {
		vec[i] = float32(float64(x) * scale)
	}
	return true
}

// finite reports whether all parts are numbers.
func finite(vec []float32) bool {
	for _, x := range vec {
		if x != x || x > math.MaxFloat32 || x < -math.MaxFloat32 {
			return false
		}
	}
	return true
}

func fill(into []float32, value float32) {
	for i := range into {
		into[i] = value
	}
}

// Grow makes room for rows, so that setting them allocates nothing.
func (m *Matrix) Grow(rows int) {
	for len(m.blocks)*blockRows < rows {
		m.blocks = append(m.blocks, make([]float32, blockRows*m.dims))
	}
	for len(m.filled)*64 < rows {
		m.filled = append(m.filled, 0)
	}
}
