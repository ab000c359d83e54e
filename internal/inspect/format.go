package inspect

import "loramanager/internal/lora"

// The formats of lora.Report that are not safetensors.
const (
	FormatPickle     = "pickle"
	FormatGGUF       = "gguf"
	FormatLFSPointer = "lfs_pointer"
	FormatHTML       = "html"
	FormatEmpty      = "empty"
	FormatUnknown    = "unknown"
)

// FormatFinding explains a file that is not safetensors: one of the Format
// constants, anything else counts as unknown. The caller recognises the format;
// nothing here opens the file.
func FormatFinding(format string) lora.Finding {
	switch format {
	case FormatPickle:
		return lora.Finding{
			Code: "unsafe_format", Severity: lora.Warning,
			Message: "This file can run programs when it is loaded (.pt, .ckpt and .bin are Python pickles), so it is listed but never loaded: only its digests are computed.",
			Advice:  "Look for a .safetensors version, or convert it with a tool you trust.",
		}
	case FormatGGUF:
		return lora.Finding{
			Code: "gguf", Severity: lora.Info,
			Message: "This is a GGUF file, which only some engines load as an adapter; its contents are not analysed.",
			Advice:  "Use it with an engine that reads GGUF adapters, or get a .safetensors version.",
		}
	case FormatLFSPointer:
		return lora.Finding{
			Code: "lfs_pointer", Severity: lora.Defect,
			Message: "This is a Git LFS pointer of a few lines, not the adapter itself.",
			Advice:  "Run \"git lfs pull\" in its repository, or download the file from its page.",
		}
	case FormatHTML:
		return lora.Finding{
			Code: "html", Severity: lora.Defect,
			Message: "This is a web page saved under the adapter's name, usually a login or error page.",
			Advice:  "Download the adapter again while logged in, or with an API key.",
		}
	case FormatEmpty:
		return lora.Finding{
			Code: "empty", Severity: lora.Defect,
			Message: "The file is empty.",
			Advice:  "Download the adapter again.",
		}
	}
	return lora.Finding{
		Code: "unknown_format", Severity: lora.Defect,
		Message: "The file is not in a format that adapters come in.",
		Advice:  "Download the adapter again, or remove the file if it is something else.",
	}
}
