package engine

import (
	"image"
	"image/color"
)

// layOver mixes what is on the canvas with the picture below it: strength is how much of
// the canvas is seen, where the mask, if there is one, is white.
func layOver(canvas, below, mask *image.RGBA, strength float64, invert bool) {
	strength = min(max(strength, 0), 1)
	for i := 0; i < len(canvas.Pix); i += 4 {
		seen := strength
		if mask != nil {
			white := (float64(mask.Pix[i]) + float64(mask.Pix[i+1]) + float64(mask.Pix[i+2])) / (3 * 255)
			if invert {
				white = 1 - white
			}
			seen *= white
		}
		for c := range 3 {
			canvas.Pix[i+c] = uint8(float64(canvas.Pix[i+c])*seen + float64(below.Pix[i+c])*(1-seen) + 0.5)
		}
	}
}

// enlarged is a picture shown at a larger size without taking the memory of it.
type enlarged struct {
	of            *image.RGBA
	width, height int
}

// enlarge shows the picture at a size.
func enlarge(of *image.RGBA, width, height int) image.Image {
	if of.Bounds().Dx() == width && of.Bounds().Dy() == height {
		return of
	}
	return enlarged{of, width, height}
}

// ColorModel implements image.Image.
func (e enlarged) ColorModel() color.Model { return color.RGBAModel }

// Bounds implements image.Image.
func (e enlarged) Bounds() image.Rectangle { return image.Rect(0, 0, e.width, e.height) }

// Opaque spares the encoder a look at every pixel: canvases have no holes.
func (e enlarged) Opaque() bool { return true }

// At implements image.Image.
func (e enlarged) At(x, y int) color.Color {
	size := e.of.Bounds().Size()
	return e.of.RGBAAt(x*size.X/e.width, y*size.Y/e.height)
}
