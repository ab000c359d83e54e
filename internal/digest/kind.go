package digest

import (
	"strings"

	"loramanager/internal/lora"
)

// Kind names one digest of a file. Values are lower-case hexadecimal.
type Kind string

// The kinds. The first six are computed from the file, the others only ever claimed.
const (
	SHA256 Kind = "sha256" // whole file, 64 digits
	AutoV1 Kind = "autov1" // SHA256 of 64 KiB at 1 MiB, first 8 digits; files of at least 2 MiB
	AutoV2 Kind = "autov2" // first 10 digits of SHA256
	AutoV3 Kind = "autov3" // SHA256 of everything behind the header, 64 digits, often cut to 12
	BLAKE3 Kind = "blake3" // whole file, 64 digits
	CRC32  Kind = "crc32"  // whole file, IEEE, 8 digits, most significant first

	SSHS       Kind = "sshs"        // sshs_model_hash: AutoV3 as the trainer computed it
	SSHSLegacy Kind = "sshs_legacy" // AutoV1 of the trainer's temporary file
	ModelSpec  Kind = "modelspec"   // SHA256 over the tensors in the trainer's order
)

// Set holds the digests computed from one file. A kind that is not defined for the
// file is empty.
type Set struct {
	SHA256 string
	AutoV1 string
	AutoV2 string
	AutoV3 string
	BLAKE3 string
	CRC32  string
}

// Map returns the digests that are there, by kind.
func (s Set) Map() map[Kind]string {
	out := map[Kind]string{}
	for kind, value := range map[Kind]string{
		SHA256: s.SHA256, AutoV1: s.AutoV1, AutoV2: s.AutoV2, AutoV3: s.AutoV3, BLAKE3: s.BLAKE3, CRC32: s.CRC32,
	} {
		if value != "" {
			out[kind] = value
		}
	}
	return out
}

// Digests of no bytes at all. Trainers have embedded them after a failed read.
const (
	emptySHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	emptyBLAKE3 = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
)

// Normalize brings a digest that somebody typed or wrote into the stored form: no
// spaces, no "0x", lower case. It refuses, as Invalid with field "digest", what has
// not 8, 10, 12 or 64 hexadecimal digits and what is the digest of nothing.
func Normalize(token string) (string, error) {
	s := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(token)), "0x")
	switch len(s) {
	case 8, 10, 12, 64:
	default:
		return "", invalid("A digest has 8, 10, 12 or 64 hexadecimal digits; this has %d.", len(s))
	}
	same := true
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "", invalid("A digest has only the digits 0-9 and a-f.")
		}
		same = same && s[i] == s[0]
	}
	if same || strings.HasPrefix(emptySHA256, s) || strings.HasPrefix(emptyBLAKE3, s) {
		return "", invalid("This is the digest of an empty file; it identifies nothing.")
	}
	return s, nil
}

func invalid(format string, args ...any) error {
	return lora.FieldErrorf(lora.Invalid, "digest", format, args...)
}
