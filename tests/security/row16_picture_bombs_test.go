package security

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"loramanager/tests/harness"
)

const pngStart = "\x89PNG\r\n\x1a\n"

func pngHead(width, height uint32, depth, colour, interlace byte) []byte {
	ihdr := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	return append([]byte(pngStart), chunk("IHDR", append(ihdr, depth, colour, 0, 0, interlace))...)
}

// pngBomb is a PNG that says it is large and has next to no pixels.
func pngBomb(width, height uint32, depth, colour, interlace byte) []byte {
	out := append(pngHead(width, height, depth, colour, interlace), chunk("IDAT", []byte{0x78, 0x9c, 0x01})...)
	return append(out, chunk("IEND", nil)...)
}

// pngWhole is a PNG with all its pixels, all of them black.
func pngWhole(t testing.TB, width, height uint32) []byte {
	t.Helper()
	var pixels bytes.Buffer
	w := zlib.NewWriter(&pixels)
	if _, err := io.CopyN(w, zeros{}, int64(height)*(1+3*int64(width))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	out := append(pngHead(width, height, 8, 2, 0), chunk("IDAT", pixels.Bytes())...)
	return append(out, chunk("IEND", nil)...)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func gifBomb(screenW, screenH, w, h uint16) []byte {
	out := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16([]byte("GIF89a"), screenW), screenH)
	out = append(out, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x2c, 0, 0, 0, 0)
	out = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(out, w), h)
	return append(out, 0, 2, 1, 0x4c, 0, 0x3b)
}

func jpegBomb(start byte, width, height uint16, components byte) []byte {
	out := []byte{0xff, 0xd8, 0xff, start, 0, 8 + 3*components, 8}
	out = append(binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(out, height), width), components)
	for i := range components {
		out = append(out, i+1, 0x11, 0)
	}
	return append(out, 0xff, 0xda, 0, 2, 0, 0xff, 0xd9)
}

func riffOf(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func riffChunk(kind string, data []byte) []byte {
	return append(binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(data))), data...)
}

func lossless(w, h uint32) []byte {
	return riffChunk("VP8L", append(binary.LittleEndian.AppendUint32([]byte{0x2f}, (w-1)|(h-1)<<14), make([]byte, 9)...))
}

func lossy(w, h uint16) []byte {
	data := binary.LittleEndian.AppendUint16([]byte{0x10, 0, 0, 0x9d, 0x01, 0x2a}, w)
	return riffChunk("VP8 ", append(binary.LittleEndian.AppendUint16(data, h), make([]byte, 10)...))
}

func pictureBombs() map[string][]byte {
	small := riffChunk("VP8X", make([]byte, 10)) // a canvas of one pixel
	return map[string][]byte{
		"34 bytes of GIF for 4 GiB.gif":        gifBomb(1, 1, 65535, 65535),
		"GIF with a screen as large.gif":       gifBomb(65535, 65535, 65535, 65535),
		"GIF that is a strip.gif":              gifBomb(65535, 10, 65535, 10),
		"GIF without pixels.gif":               gifBomb(0, 0, 0, 0),
		"PNG of 2^31.png":                      pngBomb(1<<31-1, 1<<31-1, 8, 6, 0),
		"PNG of 2^32.png":                      pngBomb(1<<32-1, 1<<32-1, 8, 6, 0),
		"PNG whose product wraps to one.png":   pngBomb(1<<31, 1<<31, 8, 6, 0),
		"PNG of 65,535.png":                    pngBomb(65535, 65535, 8, 2, 0),
		"PNG of one bit.png":                   pngBomb(16384, 16384, 1, 0, 0),
		"PNG interlaced of 16 bits.png":        pngBomb(10000, 6000, 16, 6, 1),
		"PNG that is a strip.png":              pngBomb(1_000_000, 1, 8, 6, 0),
		"PNG without a width.png":              pngBomb(0, 10, 8, 6, 0),
		"JPEG of 65,535.jpg":                   jpegBomb(0xc0, 65535, 65535, 3),
		"JPEG progressive.jpg":                 jpegBomb(0xc2, 10000, 6000, 3),
		"JPEG in CMYK.jpg":                     jpegBomb(0xc0, 10000, 10000, 4),
		"JPEG without a height.jpg":            jpegBomb(0xc0, 100, 0, 3),
		"WebP lossless.webp":                   riffOf(lossless(16384, 16384)),
		"WebP behind a small canvas.webp":      riffOf(small, lossless(16384, 16384)),
		"WebP lossy.webp":                      riffOf(lossy(16383, 16383)),
		"WebP lossy behind a small canvas.jpg": riffOf(small, lossy(16383, 16383)), // and under another name
		"WebP of endless chunks.webp":          riffOf(bytes.Repeat(riffChunk("JUNK", nil), 100_000)),
		"WebP in motion.webp":                  riffOf(small, riffChunk("ANIM", make([]byte, 6))),
		"65 MiB of nothing.png":                make([]byte, 65*mib),
	}
}

const pictureBudget = 600 * mib

func TestRow16_PictureBombsCostNothingAndBreakNothing(t *testing.T) {
	t.Parallel()
	root, bombs := t.TempDir(), pictureBombs()
	if len(bombs) < 20 {
		t.Fatalf("only %d bombs", len(bombs))
	}
	i := byte(0)
	for name, data := range bombs {
		i++
		write(t, root, name, data)
		write(t, root, name[:strings.LastIndexByte(name, '.')]+".safetensors", good(t, nil, i))
	}
	// The same inside the adapter's own header.
	for name, data := range map[string][]byte{"inner gif": gifBomb(1, 1, 65535, 65535), "inner png": pngBomb(65535, 65535, 8, 2, 0)} {
		write(t, root, name+".safetensors", good(t, map[string]string{"modelspec.thumbnail": "data:image/png;base64," + base64.StdEncoding.EncodeToString(data)}, 99))
	}
	s := harness.Start(t, harness.Options{})
	s.AddRoot(root)
	before, _ := s.Memory()
	s.ForgetPeak()
	adapters := s.Adapters("")
	var asking sync.WaitGroup
	for worker := range 4 {
		asking.Go(func() {
			for i, a := range adapters {
				for _, query := range []string{"", "?w=160", "?w=960"} {
					r := s.Ask("GET", "/api/v1/adapters/"+a.ID+"/preview"+query, "")
					if r.Status != 422 && r.Status != 413 && r.Status != 404 {
						t.Errorf("worker %d, %s: %d %.200s", worker, adapters[i].FileName, r.Status, r.Body)
					}
				}
			}
		})
	}
	asking.Wait()
	if after, known := s.Memory(); known {
		t.Logf("%d bombs, four at a time: memory rose by %d MiB", len(adapters), (after.Peak-before.Now)/mib)
		if after.Peak-before.Now > 256*mib {
			t.Error("a bomb went off")
		}
	}
	if len(adapters) != len(bombs)+2 {
		t.Errorf("%d adapters are listed", len(adapters))
	}
}

// Pictures as large as allowed, asked for all at once, share one budget.
func TestRow16_ManyLargePicturesShareOneBudget(t *testing.T) {
	t.Parallel()
	root, large := t.TempDir(), pngWhole(t, 7000, 6000)
	for i := range 5 {
		write(t, root, fmt.Sprintf("%d.png", i), large)
		write(t, root, fmt.Sprintf("%d.safetensors", i), good(t, nil, byte(i)))
	}
	s := harness.Start(t, harness.Options{})
	s.AddRoot(root)
	before, _ := s.Memory()
	s.ForgetPeak()
	var asking sync.WaitGroup
	for _, a := range s.Adapters("") {
		asking.Go(func() {
			if r := s.Ask("GET", "/api/v1/adapters/"+a.ID+"/preview?w=320", ""); r.Status != 200 && r.Status != 503 {
				t.Errorf("%s: %d %.200s", a.FileName, r.Status, r.Body)
			}
		})
	}
	asking.Wait()
	if after, known := s.Memory(); known {
		t.Logf("five pictures of 42 megapixels at once: memory rose by %d MiB", (after.Peak-before.Now)/mib)
		if after.Peak-before.Now > pictureBudget {
			t.Errorf("allowed are %d MiB", pictureBudget/mib)
		}
	}
}
