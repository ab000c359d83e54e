package engine

import (
	"image"
	"image/color"
	"image/draw"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	fixedpoint "golang.org/x/image/math/fixed"
)

// labelFont is the font of labels; the library embeds it, so reading it cannot fail.
var labelFont = sync.OnceValues(func() (*opentype.Font, error) { return opentype.Parse(goregular.TTF) })

// Sizes of the label, in pixels.
const (
	smallestLabel = 9
	largestLabel  = 28
	labelLines    = 3
)

// label writes what the picture is, the beginning of its prompt and a line of facts on a
// dark band at the lower edge. On pictures too small to be read it writes nothing.
func (s *scene) label(prompt, facts string) {
	bounds := s.canvas.Bounds()
	size := min(max(bounds.Dx()/28, smallestLabel), largestLabel)
	line := size * 4 / 3
	band := image.Rect(0, bounds.Dy()-labelLines*line-size, bounds.Dx(), bounds.Dy())
	parsed, err := labelFont()
	if err != nil || band.Min.Y < bounds.Dy()/3 {
		return
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: float64(size), DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return
	}
	defer func() { _ = face.Close() }()
	draw.Draw(s.canvas, band, image.NewUniform(color.NRGBA{A: 150}), image.Point{}, draw.Over)
	writer := font.Drawer{Dst: s.canvas, Src: image.White, Face: face}
	for i, text := range []string{sketchName, strings.Join(strings.Fields(prompt), " "), facts} {
		writer.Dot = fixedpoint.P(size, band.Min.Y+size/2+(i+1)*line-line/4)
		writer.DrawString(cut(&writer, printable(text), bounds.Dx()-2*size))
	}
}

// printable replaces what the font has no letters for.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= ' ' && r <= '~' || r >= 0xa1 && r <= 0x17f || r >= 0x391 && r <= 0x3c9 || r >= 0x410 && r <= 0x44f {
			return r
		}
		return '.'
	}, text)
}

// cut shortens a text to a width in pixels.
func cut(writer *font.Drawer, text string, width int) string {
	const longest = 400
	runes := []rune(text)
	if len(runes) > longest {
		runes = runes[:longest]
	}
	if writer.MeasureString(string(runes)).Ceil() <= width && len(runes) < longest {
		return text
	}
	for len(runes) > 0 && writer.MeasureString(string(runes)+"...").Ceil() > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "..."
}
