package guard

import (
	"bytes"
	"image"
	"image/png"
	"io"

	"loramanager/internal/lora"
)

// EncodePNG writes a picture of our own making as PNG.
func EncodePNG(img image.Image) ([]byte, error) {
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&out, img); err != nil {
		return nil, &lora.Error{Code: lora.Internal, Message: "The picture could not be written.", Err: err}
	}
	return out.Bytes(), nil
}

// MeasurePicture reads the format ("png", "jpeg", "gif" or "webp") and the size, in
// pixels, from a picture's headers without decoding it. Errors are *lora.Error.
func MeasurePicture(r io.ReadSeeker) (format string, width, height int, err error) {
	s, err := measure(r)
	return s.format, s.width, s.height, err
}
