package inspect

import (
	"sync"

	"loramanager/internal/lora"
)

// module is one changed layer of a model with the tensors that belong to it.
type module struct {
	name, path string
	prefix     *prefix
	part       part
	tensors    [roleCount]int32 // index into Header.Tensors plus one; 0 is none
	method     string           // the unsupported method, if any
}

// file is a header sorted into modules. It is reused between calls.
type file struct {
	h       *lora.Header
	modules []module
	byName  map[string]int32
	// what is no module
	raw      int    // tensors of a plain model
	rawName  string // the first of them
	control  int    // Control-LoRA style pairs
	bundled  int    // tensors of embedded textual inversions
	odd      string // a name that proves another kind of file
	oddKind  string
	dialects map[string]int
	buf      []byte
	groups   map[groupKey]int32
	found    []group
	foreign  foreign
	geo      []geometry // of modules, in their order
}

var files = sync.Pool{New: func() any {
	return &file{byName: map[string]int32{}, dialects: map[string]int{}, groups: map[groupKey]int32{}}
}}

func openFile(h *lora.Header) *file {
	f := files.Get().(*file) // the pool holds nothing else
	f.h = h
	f.sort()
	return f
}

// close hands the memory back. The pool must not keep a hostile giant or the header alive.
func (f *file) close() {
	if cap(f.modules) > 8192 || cap(f.buf) > 1<<16 {
		return
	}
	clear(f.modules)
	clear(f.byName)
	clear(f.dialects)
	clear(f.groups)
	clear(f.found)
	*f = file{modules: f.modules[:0], byName: f.byName, dialects: f.dialects, groups: f.groups, buf: f.buf[:0], found: f.found[:0], geo: f.geo[:0]}
	files.Put(f)
}

// sort assigns every tensor to its module.
func (f *file) sort() {
	last := int32(-1)
	for i := range f.h.Tensors {
		name := f.h.Tensors[i].Name
		if f.special(name) {
			continue
		}
		k := splitKey(name)
		if k.role == roleNone || k.module == "" {
			f.plain(name)
			continue
		}
		if k.control {
			f.control++
		}
		if last < 0 || f.modules[last].name != k.module {
			last = f.module(&k)
		}
		m := &f.modules[last]
		if k.role == roleUnsupported {
			m.method = k.method
		}
		if m.tensors[k.role] == 0 {
			m.tensors[k.role] = int32(i) + 1 //nolint:gosec // a header has far fewer than 2^31 tensors
		}
		if k.role == roleDown || k.role == roleDiff || k.role == roleHadaW1A || k.role == roleLokrW1 || k.role == roleLokrW1A || k.role == roleOFT {
			if d := dialectOf(m.prefix, &k); d != "" {
				f.dialects[d]++
			}
		}
	}
	f.dropPlainModules()
}

func (f *file) module(k *key) int32 {
	if i, ok := f.byName[k.module]; ok {
		return i
	}
	i := int32(len(f.modules)) //nolint:gosec // see above
	p, path := splitPrefix(k.module)
	f.modules = append(f.modules, module{name: k.module, path: path, prefix: p, part: p.part})
	f.byName[k.module] = i
	return i
}

func (f *file) plain(name string) {
	if f.raw == 0 {
		f.rawName = name
	}
	f.raw++
}

// dropPlainModules takes out what has only a weight or bias: layers of an ordinary model, not of an adapter.
func (f *file) dropPlainModules() {
	kept := f.modules[:0]
	for i := range f.modules {
		m := &f.modules[i]
		if m.isPlain() {
			n := 0
			for _, t := range []role{roleWeight, roleBias, roleScalar, roleRescale} {
				if m.tensors[t] != 0 {
					n++
				}
			}
			if f.raw == 0 {
				f.rawName = m.name
			}
			f.raw += n
			continue
		}
		kept = append(kept, *m)
	}
	clear(f.modules[len(kept):])
	f.modules = kept
}

func (m *module) isPlain() bool {
	for r := roleDown; r < roleCount; r++ {
		switch r {
		case roleWeight, roleBias, roleScalar, roleRescale:
			continue
		}
		if m.tensors[r] != 0 {
			return false
		}
	}
	return true
}

func (m *module) has(r role) bool { return m.tensors[r] != 0 }

// shape of the tensor in a role, or nil.
func (f *file) shape(m *module, r role) []int64 {
	if i := m.tensors[r]; i != 0 {
		return f.h.Tensors[i-1].Shape
	}
	return nil
}

// at returns one dim of a shape, 0 when it has none.
func at(shape []int64, i int) int64 {
	if i >= 0 && i < len(shape) {
		return shape[i]
	}
	return 0
}
