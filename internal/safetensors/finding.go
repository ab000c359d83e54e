package safetensors

import (
	"fmt"
	"unicode/utf8"
)

// The codes of all findings. They are stable: they end up in reports, in the
// API and in saved searches.
const (
	CodeEmptyFile        = "empty_file"
	CodeTooShort         = "too_short"
	CodeLFSPointer       = "lfs_pointer"
	CodeHTMLPage         = "html_page"
	CodeJSONPage         = "json_page"
	CodePickle           = "pickle"
	CodeGGUF             = "gguf"
	CodeHeaderLengthZero = "header_length_zero"
	CodeHeaderTooLarge   = "header_too_large"
	CodeHeaderBeyondFile = "header_beyond_file"

	CodeBOM             = "bom"
	CodeNotAnObject     = "not_an_object"
	CodeInvalidUTF8     = "invalid_utf8"
	CodeNULByte         = "nul_byte"
	CodeLoneSurrogate   = "lone_surrogate"
	CodeInvalidJSON     = "invalid_json"
	CodeTextAfterHeader = "text_after_header"

	CodeDuplicateKey      = "duplicate_key"
	CodeCaseVariantKey    = "case_variant_key"
	CodeUnknownField      = "unknown_field"
	CodeMissingField      = "missing_field"
	CodeWrongType         = "wrong_type"
	CodeTooDeep           = "too_deep"
	CodeTooManyTensors    = "too_many_tensors"
	CodeTooManyDimensions = "too_many_dimensions"
	CodeNameTooLong       = "name_too_long"
	CodeMetadataNotObject = "metadata_not_object"
	CodeMetadataNotString = "metadata_not_string"
	CodeMetadataTooLarge  = "metadata_too_large"

	CodeUnknownDType        = "unknown_dtype"
	CodeNegativeOrHugeShape = "negative_or_huge_shape"
	CodeInvalidOffsets      = "invalid_offsets"
	CodeOffsetsReversed     = "offsets_reversed"
	CodePartialByte         = "partial_byte"
	CodeSizeOverflow        = "size_overflow"
	CodeSizeMismatch        = "size_mismatch"
	CodeOffsetsOverlap      = "offsets_overlap"
	CodeOffsetsHole         = "offsets_hole"
	CodeTruncated           = "truncated"
	CodeTrailingData        = "trailing_data"
)

// Error is one finding: why a file was refused.
type Error struct {
	// Code is one of the Code constants.
	Code string
	// Message is one sentence for the user.
	Message string
	// Subject is the tensor or metadata key it is about, shortened to 120 bytes,
	// or "". It is the file's own text and must be treated as hostile.
	Subject string
	// Offset is where in the file it was seen, in bytes; 0 when the finding is
	// about the file as a whole.
	Offset int64
}

// Error returns the code and the user's sentence.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Advice says what the user can do about the finding, in one or two sentences.
func (e *Error) Advice() string { return advice[e.Code] }

const (
	adviceDownload = "Download the file again and compare its size or SHA-256 with what the site shows."
	adviceResave   = "The program that wrote the file did not follow the format; ask the author for a corrected file or save it again with a current trainer."
	adviceHostile  = "Real adapters never look like this. Treat the file as hostile: do not load it, and get the adapter from a source you trust."
	adviceLimits   = "This is far more than any adapter needs. Do not load the file unless you know why it looks like this."
)

// advice has one entry for each code; a test holds the two together.
var advice = map[string]string{
	CodeEmptyFile:        adviceDownload,
	CodeTooShort:         adviceDownload,
	CodeLFSPointer:       "Run \"git lfs pull\" in the repository, or download the file itself from the site's file page.",
	CodeHTMLPage:         "Open the download link in a browser: you may have to log in or accept a licence. Then download the file again.",
	CodeJSONPage:         "Open the file in a text editor to read what the site answered; often an API key was missing. Then download the file again.",
	CodePickle:           "Pickle files can run any program when they are loaded. Do not load it; look for a real .safetensors version.",
	CodeGGUF:             "Rename it to .gguf if your engine reads that format, or look for a .safetensors version.",
	CodeHeaderLengthZero: "A download that was reserved on disk but never filled looks like this. " + adviceDownload,
	CodeHeaderTooLarge:   "Either this is not a safetensors file at all or it was made to exhaust memory. " + adviceDownload,
	CodeHeaderBeyondFile: adviceDownload,

	CodeBOM:             adviceResave,
	CodeNotAnObject:     adviceDownload,
	CodeInvalidUTF8:     adviceDownload,
	CodeNULByte:         adviceResave,
	CodeLoneSurrogate:   adviceResave,
	CodeInvalidJSON:     adviceDownload,
	CodeTextAfterHeader: adviceHostile,

	CodeDuplicateKey:      adviceHostile,
	CodeCaseVariantKey:    adviceHostile,
	CodeUnknownField:      adviceResave,
	CodeMissingField:      adviceResave,
	CodeWrongType:         adviceResave,
	CodeTooDeep:           adviceHostile,
	CodeTooManyTensors:    adviceLimits,
	CodeTooManyDimensions: adviceLimits,
	CodeNameTooLong:       adviceLimits,
	CodeMetadataNotObject: adviceResave,
	CodeMetadataNotString: adviceResave,
	CodeMetadataTooLarge:  adviceLimits,

	CodeUnknownDType:        "The file may need a newer version of this program, or it is damaged.",
	CodeNegativeOrHugeShape: adviceHostile,
	CodeInvalidOffsets:      adviceHostile,
	CodeOffsetsReversed:     adviceHostile,
	CodePartialByte:         adviceResave,
	CodeSizeOverflow:        adviceHostile,
	CodeSizeMismatch:        adviceResave,
	CodeOffsetsOverlap:      adviceHostile,
	CodeOffsetsHole:         adviceHostile,
	CodeTruncated:           "The download stopped early. " + adviceDownload,
	CodeTrailingData:        "Something was appended to the file. Do not load it before you know what; downloading it again is safest.",
}

// maxSubject is the longest Subject in bytes.
const maxSubject = 120

// clip shortens a name for a message, at a character boundary.
func clip[T string | []byte](name T) string {
	if len(name) <= maxSubject {
		return string(name)
	}
	s := string(name[:maxSubject-len("…")])
	for s != "" {
		if r, n := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || n != 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return s + "…"
}

// byteCount writes a number of bytes so that both people and scripts can use it.
func byteCount(n int64) string {
	switch {
	case n == 1:
		return "1 byte"
	case n < 1<<20:
		return fmt.Sprintf("%d bytes", n)
	default:
		return fmt.Sprintf("%d bytes (%.1f MiB)", n, float64(n)/(1<<20))
	}
}
