package enginetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"

	"loramanager/internal/guard"
)

// Picture draws a PNG of the given size, in pixels, in a colour that follows from mark.
func Picture(width, height int, mark string) []byte {
	data, err := guard.EncodePNG(plain(width, height, mark))
	if err != nil {
		panic(err) // memory cannot be written to
	}
	return data
}

func plain(width, height int, mark string) *image.RGBA {
	sum := sha256.Sum256([]byte(mark))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.RGBA{sum[0], sum[1], sum[2], 255}), image.Point{}, draw.Src)
	return img
}

// headerEnd is where the second chunk of a PNG begins.
const headerEnd = 8 + 12 + 13

// WithText puts a text chunk into a PNG.
func WithText(png []byte, key, text string) []byte {
	content := append([]byte("tEXt"+key+"\x00"), text...)
	var out bytes.Buffer
	out.Write(png[:headerEnd])
	out.Write(binary.BigEndian.AppendUint32(nil, uint32(len(content)-4))) //nolint:gosec // texts of tests
	out.Write(content)
	out.Write(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(content)))
	out.Write(png[headerEnd:])
	return out.Bytes()
}
