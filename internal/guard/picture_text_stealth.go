package guard

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"image"
	"strings"
)

// The signatures of texts hidden in the lowest bits of pixels. Those ending in "comp"
// are followed by gzip, the others by UTF-8.
const (
	alphaText, alphaGzip   = "stealth_pnginfo", "stealth_pngcomp"
	colourText, colourGzip = "stealth_rgbinfo", "stealth_rgbcomp"
)

// bitReader walks the pixels of a picture column by column and yields the lowest bits.
type bitReader struct {
	next func() (bit byte, ok bool)
}

// bytes reads n bytes, most significant bit first; nil when the picture ends before.
func (b bitReader) bytes(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		for range 8 {
			bit, ok := b.next()
			if !ok {
				return nil
			}
			out[i] = out[i]<<1 | bit
		}
	}
	return out
}

// hiddenText returns the text hidden in the alpha or the colours of img, or nothing:
// 15 bytes of signature, the number of bits as 32 bits big-endian, the text.
func hiddenText(img image.Image) string {
	var pixels []byte
	var stride int
	size := img.Bounds().Size()
	switch img := img.(type) {
	case *image.NRGBA:
		pixels, stride = img.Pix, img.Stride
		if text := hiddenIn(bitsOf(pixels, stride, size, 3, 4), size.X*size.Y, alphaText, alphaGzip); text != "" {
			return text
		}
	case *image.RGBA: // a PNG without alpha
		pixels, stride = img.Pix, img.Stride
	default:
		return ""
	}
	return hiddenIn(bitsOf(pixels, stride, size, 0, 3), 3*size.X*size.Y, colourText, colourGzip)
}

// bitsOf walks channels first to last-1 of pixels of four bytes.
func bitsOf(pixels []byte, stride int, size image.Point, first, last int) bitReader {
	x, y, channel := 0, 0, first
	return bitReader{func() (byte, bool) {
		if x >= size.X {
			return 0, false
		}
		bit := pixels[y*stride+4*x+channel] & 1
		if channel++; channel == last {
			channel = first
			if y++; y == size.Y {
				x, y = x+1, 0
			}
		}
		return bit, true
	}}
}

func hiddenIn(bits bitReader, available int, plain, packed string) string {
	signature := string(bits.bytes(len(plain)))
	if signature != plain && signature != packed {
		return ""
	}
	head := bits.bytes(4)
	if head == nil {
		return ""
	}
	count := int64(binary.BigEndian.Uint32(head))
	if count <= 0 || count > int64(available) || count/8 > maxTextBytes {
		return ""
	}
	data := bits.bytes(int(count / 8))
	if data == nil {
		return ""
	}
	if signature == plain {
		return strings.TrimRight(string(data), "\x00")
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return ""
	}
	text, err := readText(z)
	if err != nil {
		return ""
	}
	return string(text)
}
