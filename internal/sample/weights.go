package sample

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"sync"

	"loramanager/internal/inspect"
	"loramanager/internal/lora"
	"loramanager/internal/safetensors"
)

// template is the full list of tensors one kind of adapter has, in modules.
type template struct{ modules [][]lora.Tensor }

var templates sync.Map // inspect.Example's text -> func() (template, error)

// templateOf makes the tensor list of an example once.
func templateOf(e inspect.Example) (template, error) {
	make := sync.OnceValues(func() (template, error) {
		tensors, err := e.Tensors()
		if err != nil {
			return template{}, err
		}
		var t template
		last := ""
		for _, tensor := range tensors {
			module, _, _ := strings.Cut(tensor.Name, suffixOf(tensor.Name))
			if module != last || len(t.modules) == 0 {
				t.modules = append(t.modules, nil)
				last = module
			}
			at := len(t.modules) - 1
			t.modules[at] = append(t.modules[at], tensor)
		}
		return t, nil
	})
	once, _ := templates.LoadOrStore(e.String(), make)
	return once.(func() (template, error))()
}

// suffixOf returns the part of a tensor's name that is not its module's.
func suffixOf(name string) string {
	for _, s := range []string{".lora_", ".hada_", ".lokr_", ".dora_scale", ".alpha", ".diff", ".a1.", ".a2.", ".b1.", ".b2.", ".oft_"} {
		if at := strings.LastIndex(name, s); at > 0 {
			return name[at:]
		}
	}
	return name
}

const (
	// tensorText is about what one tensor takes of a header.
	tensorText = 120
	// smallModules bound the modules of adapters for trying out.
	fewestModules, mostModules = 8, 40
)

// tensors chooses the modules this adapter trains: neighbours, as when somebody trains
// some blocks, so that every base can be told by them.
func (c *character) tensors() ([]lora.Tensor, error) {
	t, err := templateOf(inspect.Example{Base: c.base.id, Dialect: pick(c.rng, c.base.dialects), Kind: c.kind, Rank: c.rank})
	if err != nil {
		return nil, err
	}
	count := fewestModules + c.rng.IntN(mostModules-fewestModules)
	if c.header > 0 {
		count = max(2, c.header*6/10/(tensorText*len(t.modules[0]))) // the rest is training data
	}
	count = min(count, len(t.modules))
	begin := c.rng.IntN(len(t.modules) - count + 1)
	var tensors []lora.Tensor
	for _, module := range t.modules[begin : begin+count] {
		tensors = append(tensors, module...)
	}
	return tensors, nil
}

// writeWeights writes the adapter's file.
func (w *writer) writeWeights(name string, c *character) error {
	tensors, err := c.tensors()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	file, err := w.create(name)
	if err != nil {
		return err
	}
	if w.o.Sparse {
		err = writeSparse(file, c.metadata(), c.data(tensors, true))
	} else {
		out := bufio.NewWriterSize(file, 256<<10)
		err = errors.Join(safetensors.Write(out, c.metadata(), c.data(tensors, false)), out.Flush())
	}
	return diskError(errors.Join(err, file.Close()))
}

// data gives each tensor its values.
func (c *character) data(tensors []lora.Tensor, sparse bool) []safetensors.TensorData {
	var values []byte
	if !sparse {
		values = c.values()
	}
	alpha := binary.LittleEndian.AppendUint16(nil, half(c.alpha))
	out := make([]safetensors.TensorData, len(tensors))
	for i, t := range tensors {
		size := t.End - t.Begin
		out[i] = safetensors.TensorData{Name: t.Name, DType: t.DType, Shape: t.Shape}
		switch {
		case sparse:
			out[i].Data = &zeros{left: size}
		case len(t.Shape) == 0:
			out[i].Data = bytes.NewReader(alpha)
		default:
			out[i].Data = io.LimitReader(&loop{data: values, at: c.rng.IntN(len(values)/2) * 2}, size)
		}
	}
	return out
}

// values are small random F16 numbers, as weights are.
func (c *character) values() []byte {
	values := make([]byte, 8192)
	for i := 0; i < len(values); i += 2 {
		binary.LittleEndian.PutUint16(values[i:], half(c.rng.NormFloat64()*0.02))
	}
	return values
}

// loop repeats data for ever.
type loop struct {
	data []byte
	at   int
}

func (l *loop) Read(p []byte) (int, error) {
	n := copy(p, l.data[l.at:])
	l.at = (l.at + n) % len(l.data)
	return n, nil
}

// half rounds to F16; the values here are normal numbers or zero.
func half(f float64) uint16 {
	if math.Abs(f) < 1.0/(1<<14) {
		return 0
	}
	fraction, exponent := math.Frexp(math.Abs(f)) // fraction in 0.5 to 1
	mantissa := int(math.Round((fraction*2 - 1) * 1024))
	biased := exponent - 1 + 15
	bits := uint16(biased*1024 + mantissa) //nolint:gosec // a carry from the mantissa is right
	if f < 0 {
		bits |= 1 << 15
	}
	return bits
}

// zeros is a stretch of zeros that a holePuncher does not write.
type zeros struct{ left int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), z.left))
	clear(p[:n])
	z.left -= int64(n)
	return n, nil
}

// holePuncher writes to a file and leaves holes for zeros.
type holePuncher struct {
	file *os.File
	end  int64
}

func (h *holePuncher) Write(p []byte) (int, error) {
	n, err := h.file.WriteAt(p, h.end)
	h.end += int64(n)
	return n, err
}

// ReadFrom is what io.Copy calls; safetensors hands each tensor over in a LimitReader.
func (h *holePuncher) ReadFrom(r io.Reader) (int64, error) {
	if limited, ok := r.(*io.LimitedReader); ok {
		if z, ok := limited.R.(*zeros); ok {
			n := min(z.left, limited.N)
			z.left -= n
			h.end += n
			return n, nil
		}
	}
	return io.Copy(struct{ io.Writer }{h}, r)
}

func writeSparse(file *os.File, metadata map[string]string, tensors []safetensors.TensorData) error {
	h := &holePuncher{file: file}
	if err := safetensors.Write(h, metadata, tensors); err != nil {
		return err
	}
	return file.Truncate(h.end)
}
