package security

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image/color"
	"slices"
	"strings"
	"sync"
	"testing"

	"loramanager/tests/harness"
)

func chunk(kind string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

const beforePixels = 8 + 25 // the signature and the first chunk

// withChunk puts a chunk before the pixels of a PNG.
func withChunk(picture []byte, kind string, data []byte) []byte {
	out := bytes.Clone(picture[:beforePixels])
	return append(append(out, chunk(kind, data)...), picture[beforePixels:]...)
}

// bombSize is what the compressed texts swell to; as a file each takes a thousandth.
const bombSize = 128 * mib

var bomb = sync.OnceValue(func() []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	block := make([]byte, mib)
	for range bombSize / len(block) {
		_, _ = w.Write(block) // into memory
	}
	_ = w.Close()
	return out.Bytes()
})

func craftedTexts(t *testing.T) map[string][]byte {
	t.Helper()
	picture, bomb := plain(t, color.RGBA{9, 9, 9, 255}), bomb()
	var many, bombs []byte
	for i := range 20_000 {
		many = append(many, chunk("tEXt", fmt.Appendf(nil, "k%d\x00%s", i, canary))...)
	}
	for range 200 {
		bombs = append(bombs, chunk("zTXt", append([]byte("prompt\x00\x00"), bomb...))...)
	}
	insert := func(chunks []byte) []byte {
		return append(append(bytes.Clone(picture[:beforePixels]), chunks...), picture[beforePixels:]...)
	}
	return map[string][]byte{
		"zTXt of 128 MiB":              withChunk(picture, "zTXt", append([]byte("prompt\x00\x00"), bomb...)),
		"iTXt of 128 MiB":              withChunk(picture, "iTXt", append([]byte("prompt\x00\x01\x00\x00\x00"), bomb...)),
		"iCCP of 128 MiB":              withChunk(picture, "iCCP", append([]byte("profile\x00\x00"), bomb...)),
		"200 zTXt of 128 MiB":          insert(bombs),
		"20,000 tEXt":                  insert(many),
		"tEXt of 8 MiB":                withChunk(picture, "tEXt", append([]byte("parameters\x00"), strings.Repeat(canary, 8*mib/len(canary))...)),
		"tEXt with a script":           withChunk(picture, "tEXt", []byte("parameters\x00"+canary+script)),
		"tEXt without an end of a key": withChunk(picture, "tEXt", []byte(canary)),
		"iTXt cut short":               withChunk(picture, "iTXt", []byte("k\x00\x01")),
		"zTXt of another method":       withChunk(picture, "zTXt", []byte("k\x00\x07"+canary)),
		"tEXt that is not UTF-8":       withChunk(picture, "tEXt", []byte("k\x00\xff\xfe\x00\x1b[31m"+canary)),
		"a length beyond the file":     insert([]byte("\x7f\xff\xff\xfftEXt" + canary)),
		"eXIf with a thousand loops":   withChunk(picture, "eXIf", append([]byte("II*\x00\x08\x00\x00\x00\xff\xff"), bytes.Repeat([]byte{0x69, 0x87, 4, 0, 1, 0, 0, 0, 8, 0, 0, 0}, 1000)...)),
	}
}

func TestRow17_TextsInPicturesCostLittleAndStayOutOfThumbnails(t *testing.T) {
	t.Parallel()
	root, files := t.TempDir(), craftedTexts(t)
	i := 0
	for what, data := range files {
		i++
		write(t, root, fmt.Sprintf("%02d.png", i), data)
		write(t, root, fmt.Sprintf("%02d.safetensors", i), good(t, map[string]string{"x": what}, byte(i)))
	}
	s := harness.Start(t, harness.Options{})
	s.AddRoot(root)
	before, _ := s.Memory()
	s.ForgetPeak()
	shown := 0
	for _, a := range s.Adapters("") {
		for _, path := range []string{"", "/preview?w=160"} {
			r := s.Ask("GET", "/api/v1/adapters/"+a.ID+path, "")
			if bytes.Contains(r.Body, []byte(canary)) || r.Status >= 500 {
				t.Errorf("%s%s: %d with the text inside: %.100s", a.FileName, path, r.Status, r.Body)
			}
			if strings.HasPrefix(r.Header.Get("Content-Type"), "image/") {
				shown++
			}
		}
	}
	if shown < 8 {
		t.Errorf("only %d pictures were shown; strange texts must not take the picture away", shown)
	}
	if after, known := s.Memory(); known && after.Peak-before.Now > 192*mib {
		t.Errorf("memory rose by %d MiB", (after.Peak-before.Now)/mib)
	}
}

// parts are the chunks of a PNG or the segments of a JPEG up to its pixels, by kind.
func parts(picture []byte) (kinds []string) {
	if rest, ok := bytes.CutPrefix(picture, []byte("\x89PNG\r\n\x1a\n")); ok {
		for len(rest) >= 12 {
			kinds = append(kinds, string(rest[4:8]))
			rest = rest[min(len(rest), 12+int(binary.BigEndian.Uint32(rest))):]
		}
		return kinds
	}
	for rest := picture[2:]; len(rest) >= 4 && rest[0] == 0xff; rest = rest[min(len(rest), 2+int(binary.BigEndian.Uint16(rest[2:]))):] {
		kinds = append(kinds, fmt.Sprintf("%X", rest[1]))
		if rest[1] == 0xda { // the pixels follow
			break
		}
	}
	return kinds
}

// isPixels reports parts that pixels need; everything else could carry a message.
func isPixels(kind string) bool {
	return slices.Contains([]string{"IHDR", "PLTE", "tRNS", "IDAT", "IEND", "DB", "C0", "C2", "C4", "DA"}, kind)
}

func TestRow17_ServedPicturesAreWrittenAnewWithoutTexts(t *testing.T) {
	t.Parallel()
	root, picture, bomb := t.TempDir(), plain(t, color.RGBA{9, 200, 9, 255}), bomb()
	exif := append([]byte("II*\x00\x08\x00\x00\x00\x01\x00\x0e\x01\x02\x00\x40\x00\x00\x00\x1a\x00\x00\x00\x00\x00\x00\x00"), strings.Repeat(canary, 8)...)
	for name, data := range map[string][]byte{
		"ztxt": withChunk(picture, "zTXt", append([]byte("prompt\x00\x00"), bomb...)),
		"itxt": withChunk(picture, "iTXt", append([]byte("prompt\x00\x01\x00\x00\x00"), bomb...)),
		"text": withChunk(picture, "iTXt", []byte("parameters\x00\x00\x00\x00\x00"+canary+script)),
		"exif": withChunk(picture, "eXIf", exif),
	} {
		if got := parts(data); len(got) != 4 || isPixels(got[1]) {
			t.Fatalf("%s: the crafted picture has the parts %v", name, got)
		}
		write(t, root, name+".png", data)
		write(t, root, name+".safetensors", good(t, map[string]string{"x": name}, 1))
	}
	s := harness.Start(t, harness.Options{})
	s.AddRoot(root)
	for _, a := range s.Adapters("") {
		for _, query := range []string{"", "?w=160", "?w=640"} {
			r := s.Ask("GET", "/api/v1/adapters/"+a.ID+"/preview"+query, "")
			if r.Status != 200 || len(r.Body) > 256*kib {
				t.Errorf("%s%s: %d with %d bytes", a.FileName, query, r.Status, len(r.Body))
				continue
			}
			kinds := parts(r.Body)
			if len(kinds) < 3 || slices.ContainsFunc(kinds, func(kind string) bool { return !isPixels(kind) }) {
				t.Errorf("%s%s: the served picture has the parts %v", a.FileName, query, kinds)
			}
		}
	}
}
