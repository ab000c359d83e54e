package images

import (
	"bytes"
	"context"
	"image"

	"loramanager/internal/guard"
)

// previewSide is the longest side of a preview of work in progress, in pixels.
const previewSide = 512

// Preview turns an engine's preview of work in progress into a small JPEG drawn anew,
// which browsers may be shown: nothing of the engine's bytes is in it. Errors are those
// of guard's decoder.
func (p *Pictures) Preview(ctx context.Context, picture []byte) ([]byte, error) {
	var out bytes.Buffer
	err := p.decoder.Decode(ctx, bytes.NewReader(picture), func(decoded guard.Picture) error {
		return encode(&out, reduceInto(decoded, image.Pt(previewSide, previewSide)))
	})
	if err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
