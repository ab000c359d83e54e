package safetensors

// Limits bounds what Read spends on one file. A field of zero or less takes its
// value from DefaultLimits.
type Limits struct {
	// HeaderBytes is the longest JSON header that is read. The size of the file
	// bounds it too.
	HeaderBytes int64
	// Tensors is the largest number of tensors in one file.
	Tensors int
	// Dimensions is the largest number of dimensions of one tensor.
	Dimensions int
	// NameBytes is the longest tensor name and the longest metadata key, decoded.
	NameBytes int
	// MetadataBytes is the largest sum of all decoded metadata keys and values.
	MetadataBytes int
	// MetadataEntries is the largest number of metadata keys.
	MetadataEntries int
	// Depth is how deep the JSON may nest before the finding is too_deep rather
	// than a wrong type. A valid header nests three deep.
	Depth int
}

// maxHeaderBytes keeps every position in a header within 32 bits.
const maxHeaderBytes = 1 << 30

// DefaultLimits are far above any adapter seen in the wild, whose headers are a
// few MiB at most, and low enough that the most hostile file costs about 0.1 s
// and 70 MiB for a moment.
func DefaultLimits() Limits {
	return Limits{
		HeaderBytes:     16 << 20,
		Tensors:         100_000,
		Dimensions:      8,
		NameBytes:       1024,
		MetadataBytes:   4 << 20,
		MetadataEntries: 100_000,
		Depth:           4,
	}
}

// effective fills the fields that were left out and clamps the header length.
func (l Limits) effective() Limits {
	d := DefaultLimits()
	if l.HeaderBytes > 0 {
		d.HeaderBytes = min(l.HeaderBytes, maxHeaderBytes)
	}
	pick := func(field *int, given int) {
		if given > 0 {
			*field = given
		}
	}
	pick(&d.Tensors, l.Tensors)
	pick(&d.Dimensions, l.Dimensions)
	pick(&d.NameBytes, l.NameBytes)
	pick(&d.MetadataBytes, l.MetadataBytes)
	pick(&d.MetadataEntries, l.MetadataEntries)
	pick(&d.Depth, l.Depth)
	return d
}
