package enginetest

import (
	"crypto/sha256"
	"image"
	"image/color"
	"image/draw"

	"loramanager/internal/guard"
)

// Picture draws a PNG of the given size, in pixels, in a colour that follows from mark.
func Picture(width, height int, mark string) []byte {
	sum := sha256.Sum256([]byte(mark))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.RGBA{sum[0], sum[1], sum[2], 255}), image.Point{}, draw.Src)
	data, err := guard.EncodePNG(img)
	if err != nil {
		panic(err) // memory cannot be written to
	}
	return data
}
