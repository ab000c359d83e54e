package lora

// Tensor is one entry of a safetensors header.
type Tensor struct {
	Name  string
	DType string  // as spelled in the file: "F16", "BF16", "F8_E4M3", ...
	Shape []int64 // empty for a scalar
	Begin int64   // byte offsets into the data section, End exclusive
	End   int64
}

// Header is the parsed, fully checked header of a safetensors file.
type Header struct {
	// Tensors in order of Begin.
	Tensors []Tensor
	// Metadata is the "__metadata__" object: strings only, never nil. Hostile text until sanitised.
	Metadata map[string]string
	// HeaderBytes is the declared length N of the JSON header; the data section starts at 8+N.
	HeaderBytes int64
	// FileBytes is the size of the whole file.
	FileBytes int64
}
