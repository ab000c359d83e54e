package guard

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"runtime"
	"testing"
	"testing/synctest"

	"loramanager/internal/lora"
)

func pngChunk(kind string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(out, kind...)
	out = append(out, data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

func pngOf(width, height uint32, depth, colour, interlace byte) []byte {
	ihdr := binary.BigEndian.AppendUint32(nil, width)
	ihdr = binary.BigEndian.AppendUint32(ihdr, height)
	ihdr = append(ihdr, depth, colour, 0, 0, interlace)
	out := append([]byte(pngSignature), pngChunk("IHDR", ihdr)...)
	out = append(out, pngChunk("IDAT", []byte{0x78, 0x9c, 0x01})...)
	return append(out, pngChunk("IEND", nil)...)
}

func gifOf(screenW, screenH, left, top, w, h uint16) []byte {
	out := []byte("GIF89a")
	for _, v := range []uint16{screenW, screenH} {
		out = binary.LittleEndian.AppendUint16(out, v)
	}
	out = append(out, 0x80, 0, 0, 0, 0, 0, 255, 255, 255) // palette of two
	out = append(out, 0x2c)
	for _, v := range []uint16{left, top, w, h} {
		out = binary.LittleEndian.AppendUint16(out, v)
	}
	return append(out, 0, 2, 1, 0x4c, 0, 0x3b)
}

func jpegOf(sof byte, width, height uint16, components int) []byte {
	out := []byte{0xff, 0xd8, 0xff, sof, 0, byte(8 + 3*components), 8}
	out = binary.BigEndian.AppendUint16(out, height)
	out = binary.BigEndian.AppendUint16(out, width)
	out = append(out, byte(components))
	for i := range components {
		out = append(out, byte(i+1), 0x11, 0)
	}
	return append(out, 0xff, 0xda, 0, 2, 0, 0xff, 0xd9)
}

func webpOf(chunks ...[]byte) []byte {
	body := []byte("WEBP")
	for _, c := range chunks {
		body = append(body, c...)
	}
	out := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body)))
	return append(out, body...)
}

func riff(kind string, data []byte) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(data)))
	return append(out, data...)
}

func vp8l(w, h uint32) []byte {
	return riff("VP8L", append(binary.LittleEndian.AppendUint32([]byte{0x2f}, (w-1)|(h-1)<<14), make([]byte, 9)...))
}

func vp8(w, h uint16) []byte {
	data := []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a}
	data = binary.LittleEndian.AppendUint16(data, w)
	return riff("VP8 ", append(binary.LittleEndian.AppendUint16(data, h), make([]byte, 10)...))
}

var vp8x1x1 = riff("VP8X", make([]byte, 10))

func TestPromise4_PictureBombsAreRefusedBeforeTheyAllocate(t *testing.T) { // not parallel: it measures memory
	bombs := map[string][]byte{
		"GIF of 34 bytes with a frame of 4 gigapixels": gifOf(1, 1, 0, 0, 65535, 65535),
		"GIF with screen and frame of 4 gigapixels":    gifOf(65535, 65535, 0, 0, 65535, 65535),
		"GIF with a frame beside the screen":           gifOf(100, 100, 90, 0, 20, 20),
		"GIF with an empty screen":                     gifOf(0, 0, 0, 0, 65535, 1),
		"GIF with an empty frame":                      gifOf(10, 10, 0, 0, 0, 0),
		"GIF that is one long strip":                   gifOf(65535, 10, 0, 0, 65535, 10),
		"GIF without a frame":                          append(gifOf(10, 10, 0, 0, 1, 1)[:19], 0x3b),
		"PNG of 2^31 sides":                            pngOf(1<<31-1, 1<<31-1, 8, 6, 0),
		"PNG of 2^32 sides":                            pngOf(1<<32-1, 1<<32-1, 8, 6, 0),
		"PNG of 65,535 sides":                          pngOf(65535, 65535, 8, 2, 0),
		"PNG of one bit, 16,384 sides":                 pngOf(16384, 16384, 1, 0, 0),
		"PNG of 16 bits interlaced, 60 megapixels":     pngOf(10000, 6000, 16, 6, 1),
		"PNG of zero width":                            pngOf(0, 10, 8, 6, 0),
		"PNG that is one long strip":                   pngOf(1_000_000, 1, 8, 6, 0),
		"JPEG of 65,535 sides":                         jpegOf(0xc0, 65535, 65535, 3),
		"JPEG progressive of 60 megapixels":            jpegOf(0xc2, 10000, 6000, 3),
		"JPEG in CMYK of 100 megapixels":               jpegOf(0xc0, 10000, 10000, 4),
		"JPEG without a height":                        jpegOf(0xc0, 100, 0, 3),
		"WebP lossless of 16,384 sides":                webpOf(vp8l(16384, 16384)),
		"WebP that hides it behind a small canvas":     webpOf(vp8x1x1, vp8l(16384, 16384)),
		"WebP lossy of 16,383 sides":                   webpOf(vp8(16383, 16383)),
		"WebP lossy behind a small canvas":             webpOf(vp8x1x1, vp8(16383, 16383)),
		"WebP with endless chunks":                     webpOf(bytes.Repeat(riff("JUNK", nil), 100)),
		"animated WebP":                                webpOf(vp8x1x1, riff("ANIM", make([]byte, 6))),
	}
	if len(bombs) < 20 {
		t.Fatalf("only %d bombs", len(bombs))
	}
	decoder := NewDecoder(Default())
	for name, data := range bombs {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := decoder.Decode(t.Context(), bytes.NewReader(data), func(Picture) error {
				t.Error("it was decoded")
				return nil
			})
			runtime.ReadMemStats(&after)
			if code := lora.CodeOf(err); code != lora.Invalid && code != lora.TooLarge {
				t.Errorf("%v", err)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 1*mib {
				t.Errorf("%d KiB were allocated", grown/kib)
			}
		})
	}
}

func testImage(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, color.RGBA{uint8(x), uint8(y), 90, 255})
		}
	}
	return img
}

func encodings(t testing.TB, w, h int) map[string][]byte {
	t.Helper()
	var p, j, g bytes.Buffer
	img := testImage(w, h)
	if err := errors.Join(png.Encode(&p, img), jpeg.Encode(&j, img, nil), gif.Encode(&g, img, nil)); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"png": p.Bytes(), "jpeg": j.Bytes(), "gif": g.Bytes()}
}

func TestSoundPicturesAreDecoded(t *testing.T) {
	t.Parallel()
	decoder := NewDecoder(Default())
	all := encodings(t, 40, 30)
	all["webp"] = []byte("RIFF\x1c\x00\x00\x00WEBPVP8L\x0f\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00\x00")
	for format, data := range all {
		err := decoder.Decode(t.Context(), bytes.NewReader(data), func(p Picture) error {
			if p.Format != format || p.Orientation != 1 {
				t.Errorf("%s is taken for %s, orientation %d", format, p.Format, p.Orientation)
			}
			if size := p.Image.Bounds().Size(); format != "webp" && size != image.Pt(40, 30) {
				t.Errorf("%s has size %v", format, size)
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestPromise5_DamagedPicturesAreErrorsNotPanics(t *testing.T) {
	t.Parallel()
	decoder := NewDecoder(Default())
	for format, data := range encodings(t, 64, 64) {
		for cut := 0; cut < len(data); cut += 1 + len(data)/97 {
			flipped := bytes.Clone(data)
			flipped[cut] ^= 0xff
			for _, bad := range [][]byte{data[:cut], flipped} {
				err := decoder.Decode(t.Context(), bytes.NewReader(bad), func(Picture) error { return nil })
				if code := lora.CodeOf(err); code != "" && code != lora.Invalid && code != lora.TooLarge {
					t.Errorf("%s at %d: %v", format, cut, err)
				}
			}
		}
	}
	_, err := decode(bytes.NewReader(nil), shape{format: "png"})
	wantCode(t, err, lora.Invalid)
}

func TestExifOrientationIsRead(t *testing.T) {
	t.Parallel()
	plain := encodings(t, 8, 8)["jpeg"]
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		mark := "MM"
		if order == binary.AppendByteOrder(binary.LittleEndian) {
			mark = "II"
		}
		tiff := order.AppendUint16([]byte(mark), 42)
		tiff = order.AppendUint32(tiff, 8)
		tiff = order.AppendUint16(tiff, 1)
		tiff = order.AppendUint16(tiff, 0x0112)
		tiff = order.AppendUint16(tiff, 3)
		tiff = order.AppendUint32(tiff, 1)
		tiff = order.AppendUint16(tiff, 6)
		tiff = order.AppendUint32(tiff, 0)
		app1 := append([]byte("Exif\x00\x00"), tiff...)
		data := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(app1)+2))...)
		data = append(append(data, app1...), plain[2:]...)
		err := NewDecoder(Default()).Decode(t.Context(), bytes.NewReader(data), func(p Picture) error {
			if p.Orientation != 6 {
				t.Errorf("%s: orientation %d", mark, p.Orientation)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestPromise4_PicturesShareOneBudget(t *testing.T) {
	t.Parallel()
	data := encodings(t, 100, 100)["png"]
	limits := Default()
	limits.PixelBudget = 70_000 // one picture of 40,000 bytes, not two
	synctest.Test(t, func(t *testing.T) {
		decoder := NewDecoder(limits)
		release := make(chan struct{})
		go func() {
			_ = decoder.Decode(t.Context(), bytes.NewReader(data), func(Picture) error { <-release; return nil })
		}()
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		second := make(chan error, 1)
		go func() {
			second <- decoder.Decode(ctx, bytes.NewReader(data), func(Picture) error { return nil })
		}()
		synctest.Wait()
		select {
		case err := <-second:
			t.Fatalf("the second picture did not wait: %v", err)
		default:
		}
		cancel()
		wantCode(t, <-second, lora.Unavailable)
		close(release)
		synctest.Wait()
		wantCode(t, decoder.Decode(t.Context(), bytes.NewReader(data), func(Picture) error { return nil }), "")
	})
}

func TestPictureFilesOverTheByteLimitAreRefused(t *testing.T) {
	t.Parallel()
	limits := Default()
	limits.PictureBytes = 100
	err := NewDecoder(limits).Decode(t.Context(), bytes.NewReader(encodings(t, 40, 30)["png"]), func(Picture) error { return nil })
	wantCode(t, err, lora.TooLarge)
}

func FuzzDecode(f *testing.F) {
	f.Add(pngOf(4, 4, 8, 6, 1))
	f.Add(gifOf(4, 4, 0, 0, 4, 4))
	f.Add(jpegOf(0xc2, 8, 8, 3))
	f.Add(webpOf(vp8x1x1, vp8l(4, 4)))
	f.Add(webpOf(vp8(4, 4)))
	limits := Default()
	limits.PicturePixels = 1 << 16
	decoder := NewDecoder(limits)
	f.Fuzz(func(t *testing.T, data []byte) {
		err := decoder.Decode(t.Context(), bytes.NewReader(data), func(p Picture) error {
			if size := p.Image.Bounds().Size(); size.X*size.Y > 1<<16 {
				t.Fatalf("decoded %v", size)
			}
			return nil
		})
		if lora.CodeOf(err) == lora.Internal {
			t.Fatal(err)
		}
	})
}
