package images

import (
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"math/bits"

	"golang.org/x/image/draw"

	"loramanager/internal/guard"
)

// background lies under transparent parts.
var background = color.RGBA{R: 0x80, G: 0x80, B: 0x80, A: 0xff}

const (
	quality = 82
	// tallest is how many times as high as wide a thumbnail may be.
	tallest = 3
)

func encode(w io.Writer, img image.Image) error {
	return jpeg.Encode(w, img, &jpeg.Options{Quality: quality})
}

// reduce returns p upright, opaque and at most width pixels across.
func reduce(p guard.Picture, width int) *image.RGBA {
	return reduceInto(p, image.Pt(width, width*tallest))
}

// reduceInto returns p upright, opaque and at most as large as limit.
func reduceInto(p guard.Picture, limit image.Point) *image.RGBA {
	size := p.Image.Bounds().Size()
	if turned := p.Orientation >= 5; turned {
		limit = image.Pt(limit.Y, limit.X)
	}
	target := fit(size, limit)
	small := flatten(shrink(p.Image, boxFactor(size, target)))
	if small.Rect.Size() != target {
		scaled := image.NewRGBA(image.Rectangle{Max: target})
		draw.CatmullRom.Scale(scaled, scaled.Rect, small, small.Rect, draw.Src, nil)
		small = scaled
	}
	return upright(small, p.Orientation)
}

// fit returns the largest size of the same proportions within limit, never larger
// than size itself.
func fit(size, limit image.Point) image.Point {
	scale := min(1, float64(limit.X)/float64(size.X), float64(limit.Y)/float64(size.Y))
	return image.Pt(max(1, int(math.Round(float64(size.X)*scale))), max(1, int(math.Round(float64(size.Y)*scale))))
}

// boxFactor returns the largest power of two by which size can be divided without
// falling below target.
func boxFactor(size, target image.Point) int {
	factor := 1
	for size.X/(2*factor) >= target.X && size.Y/(2*factor) >= target.Y {
		factor *= 2
	}
	return factor
}

// shrink averages squares of factor x factor pixels, a power of two. The source is
// turned into RGBA a few rows at a time: converting first makes the averaging cheap,
// and a whole converted copy of a large picture would cost more than the result.
// The rows and columns left over at the right and bottom, fewer than factor, are cut.
func shrink(src image.Image, factor int) *image.RGBA {
	bounds := src.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, bounds.Dx()/factor, bounds.Dy()/factor))
	if factor == 1 {
		draw.Draw(out, out.Rect, src, bounds.Min, draw.Src)
		return out
	}
	band := image.NewRGBA(image.Rect(0, 0, out.Rect.Dx()*factor, factor))
	sums := make([]uint32, 4*out.Rect.Dx())
	shift := 2 * bits.TrailingZeros(uint(factor)) //nolint:gosec // a power of two, not negative
	half := uint32(1) << shift / 2
	for y := range out.Rect.Dy() {
		draw.Draw(band, band.Rect, src, bounds.Min.Add(image.Pt(0, y*factor)), draw.Src)
		clear(sums)
		for row := range factor {
			addRow(sums, band.Pix[row*band.Stride:(row+1)*band.Stride], factor)
		}
		line := out.Pix[y*out.Stride : (y+1)*out.Stride]
		for i, sum := range sums {
			line[i] = uint8((sum + half) >> shift) //nolint:gosec // the average of bytes is a byte
		}
	}
	return out
}

// addRow adds each pixel of row to the square it belongs to.
func addRow(sums []uint32, row []uint8, factor int) {
	for i := 0; i < len(sums); i += 4 {
		square := sums[i : i+4 : i+4]
		pixels := row[i*factor : (i+4)*factor]
		for len(pixels) >= 4 {
			square[0] += uint32(pixels[0])
			square[1] += uint32(pixels[1])
			square[2] += uint32(pixels[2])
			square[3] += uint32(pixels[3])
			pixels = pixels[4:]
		}
	}
}

// flatten lays img on the background. It comes before the interpolation, whose
// overshoot would give see-through pixels impossible colours.
func flatten(img *image.RGBA) *image.RGBA {
	if img.Opaque() {
		return img
	}
	out := image.NewRGBA(img.Rect)
	draw.Draw(out, out.Rect, image.NewUniform(background), image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, img, img.Rect.Min, draw.Over)
	return out
}

// upright turns and mirrors img as EXIF's orientation asks for.
func upright(img *image.RGBA, orientation int) *image.RGBA {
	if orientation <= 1 || orientation > 8 {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch orientation {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			out.SetRGBA(tx, ty, img.RGBAAt(x, y))
		}
	}
	return out
}
