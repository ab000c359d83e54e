package guard

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"
)

func textsOf(t *testing.T, data []byte) map[string]string {
	t.Helper()
	facts, err := NewDecoder(Default()).Texts(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, text := range facts.Texts {
		found[text.Key] = text.Text
	}
	return found
}

func zTXt(key string, text []byte) []byte {
	return pngChunk("zTXt", slicesConcat([]byte(key), []byte{0, 0}, text))
}

func iTXt(key string, compressed byte, text []byte) []byte {
	return pngChunk("iTXt", slicesConcat([]byte(key), []byte{0, compressed, 0}, []byte("en\x00key\x00"), text))
}

func tEXt(key string, text []byte) []byte {
	return pngChunk("tEXt", slicesConcat([]byte(key), []byte{0}, text))
}

func slicesConcat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestEveryKindOfPNGTextIsReadAlsoBehindThePixels(t *testing.T) {
	t.Parallel()
	p := pictures(t)["png"]
	for name, c := range map[string]struct {
		chunk []byte
		want  string
	}{
		"Latin-1":              {tEXt("k", []byte("Gr\xfc\xdfe")), "Grüße"},
		"UTF-8 in tEXt":        {tEXt("k", []byte("猫")), "猫"},
		"deflated":             {zTXt("k", deflated("a cat")), "a cat"},
		"UTF-8":                {iTXt("k", 0, []byte("猫")), "猫"},
		"UTF-8, deflated":      {iTXt("k", 1, deflated("猫")), "猫"},
		"control characters":   {tEXt("k", []byte("a\x00\x07\x1b[31mb\n\tc")), "a[31mb\n\tc"},
		"broken UTF-8 in iTXt": {iTXt("k", 0, []byte("a\xffb")), "a\ufffdb"},
	} {
		for place, data := range map[string][]byte{"before": beforePixels(p, c.chunk), "behind": beforeIEND(p, c.chunk)} {
			if got := textsOf(t, data)["k"]; got != c.want {
				t.Errorf("%s, %s: %q", name, place, got)
			}
		}
	}
}

func TestPromise8_CraftedTextChunksStayWithinBudgets(t *testing.T) { // not parallel: it measures memory
	p := pictures(t)["png"]
	many := make([][]byte, 0, 5000)
	long, bomb := deflated(strings.Repeat("a", 200_000)), deflated(strings.Repeat("a", 32*mib))
	for i := range 5000 {
		many = append(many, zTXt(fmt.Sprint("k", i), long))
	}
	for name, c := range map[string]struct {
		data []byte
		most int // texts
	}{
		"a bomb in zTXt":                {beforePixels(p, zTXt("k", bomb)), 0},
		"a bomb in iTXt":                {beforePixels(p, iTXt("k", 1, bomb)), 0},
		"thousands of chunks":           {beforePixels(p, bytes.Join(many, nil)), 64},
		"2 MiB of tEXt":                 {beforePixels(p, tEXt("k", bytes.Repeat([]byte("a"), 2*mib))), 0},
		"an empty keyword":              {beforePixels(p, tEXt("", []byte("a"))), 0},
		"a keyword of 80 bytes":         {beforePixels(p, tEXt(strings.Repeat("k", 80), []byte("a"))), 0},
		"no separator":                  {beforePixels(p, pngChunk("tEXt", []byte("keyword"))), 0},
		"iTXt cut behind the keyword":   {beforePixels(p, pngChunk("iTXt", []byte("k\x00"))), 0},
		"iTXt cut before the text":      {beforePixels(p, pngChunk("iTXt", []byte("k\x00\x00\x00en"))), 0},
		"iTXt with an unknown flag":     {beforePixels(p, iTXt("k", 9, []byte("a"))), 0},
		"deflate cut short":             {beforePixels(p, zTXt("k", deflated("a cat")[:6])), 0},
		"deflate that is none":          {beforePixels(p, zTXt("k", []byte("a cat"))), 0},
		"a length beyond the end":       {append(bytes.Clone(p[:33]), 0xff, 0xff, 0xff, 0xff, 't', 'E', 'X', 't', 'k', 0, 'a'), 0},
		"a chunk cut by the end":        {beforePixels(p, tEXt("k", []byte("abc")))[:50], 1},
		"EXIF that points at itself":    {beforePixels(p, pngChunk("eXIf", []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x87\x69\x00\x04\x00\x00\x00\x01\x00\x00\x00\x08"))), 0},
		"EXIF with an offset far away":  {beforePixels(p, pngChunk("eXIf", []byte("MM\x00*\xff\xff\xff\xff"))), 0},
		"EXIF with a huge count":        {beforePixels(p, pngChunk("eXIf", []byte("II*\x00\x08\x00\x00\x00\x01\x00\x0e\x01\x02\x00\xff\xff\xff\xff\x08\x00\x00\x00"))), 0},
		"EXIF with 65,535 entries":      {beforePixels(p, pngChunk("eXIf", append([]byte("MM\x00*\x00\x00\x00\x08\xff\xff"), bytes.Repeat([]byte("\x01\x0e\x00\x02\x00\x00\x00\x02aa\x00\x00"), 65535)...))), 64},
		"COM segments without end":      {afterSOI(pictures(t)["jpeg"], bytes.Repeat(segment(0xfe, strings.Repeat("x", 60_000)), 300)), 64},
		"WebP with a chunk beyond it":   {append(webpPicture(), "EXIF\xff\xff\xff\xffMM\x00*"...), 0},
		"WebP with a negative RIFF end": {append([]byte("RIFF\x00\x00\x00\x00"), webpPicture()[8:]...), 0},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			// A PNG that is cut short has no pixels to search; the texts are what counts.
			facts, _ := NewDecoder(Default()).Texts(t.Context(), c.data)
			runtime.ReadMemStats(&after)
			if len(facts.Texts) > c.most {
				t.Errorf("%d texts were read", len(facts.Texts))
			}
			total := 0
			for _, text := range facts.Texts {
				total += len(text.Text)
			}
			if total > maxTextsTotal {
				t.Errorf("%d bytes of texts", total)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 96*mib {
				t.Errorf("%d MiB were allocated", grown/mib)
			}
		})
	}
}

func TestUserCommentsAreReadAsTheyWereMeant(t *testing.T) {
	t.Parallel()
	jis, err := japanese.ISO2022JP.NewEncoder().String("猫の絵")
	if err != nil {
		t.Fatal(err)
	}
	big, little := binary.BigEndian, binary.LittleEndian
	english, chinese := "a cat\nSteps: 20, Sampler: Euler", "水墨画风格的猫在屋顶上"
	for name, c := range map[string]struct{ value, want string }{
		"UTF-16, big-endian":               {codeUnicode + string(utf16Bytes(english, big)), english},
		"UTF-16, little-endian":            {codeUnicode + string(utf16Bytes(english, little)), english},
		"UTF-16 with a mark, little":       {codeUnicode + "\xff\xfe" + string(utf16Bytes(chinese, little)), chinese},
		"UTF-16 with a mark, big":          {codeUnicode + "\xfe\xff" + string(utf16Bytes(chinese, big)), chinese},
		"Chinese in UTF-16, big-endian":    {codeUnicode + string(utf16Bytes(chinese, big)), chinese},
		"Chinese in UTF-16, little-endian": {codeUnicode + string(utf16Bytes(chinese, little)), chinese},
		"UTF-8 that says UNICODE":          {codeUnicode + english, english},
		"ASCII":                            {codeASCII + english + "\x00\x00", english},
		"UTF-8 that says ASCII":            {codeASCII + "猫", "猫"},
		"JIS":                              {codeJIS + jis, "猫の絵"},
		"no code and UTF-8":                {codeNone + chinese, chinese},
		"no code and UTF-16":               {codeNone + string(utf16Bytes(english, little)), english},
		"no code at all":                   {english, english},
		"short":                            {"a cat", "a cat"},
		"nothing behind the code":          {codeUnicode, ""},
		"half a unit":                      {codeUnicode + string(utf16Bytes("cats and dogs", big)) + "x", "cats and dogs"},
	} {
		if got := userComment([]byte(c.value)); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestComfyUIsTagsInWebPAreFound(t *testing.T) {
	t.Parallel()
	block := layOut([]exifEntry{
		{tagMake, exifASCII, []byte("workflow:{\"w\":1}\x00")}, {tagModel, exifASCII, []byte("prompt:{\"p\":1}\x00")},
		{0x0131, exifASCII, []byte("a tool: its name\x00")},
	}, nil)
	for name, head := range map[string]string{"with EXIF's head": exifHead, "without": ""} {
		got := textsOf(t, inRIFF(webpPicture(), riff("EXIF", append([]byte(head), block...))))
		if got["workflow"] != `{"w":1}` || got["prompt"] != `{"p":1}` || got["Software"] != "a tool: its name" {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestXMPAndCommentsAreFoundAndKept(t *testing.T) {
	t.Parallel()
	data := afterSOI(pictures(t)["jpeg"], append(segment(0xe1, xmpHead+"<x/>"), segment(0xfe, "a comment\x00")...))
	got, err := NewDecoder(Default()).Rewrap(t.Context(), data, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, picture := range [][]byte{data, got.Data} {
		if found := textsOf(t, picture); found["XMP"] != "<x/>" || found["Comment"] != "a comment" {
			t.Errorf("%v", found)
		}
	}
	webp, err := NewDecoder(Default()).Rewrap(t.Context(), inRIFF(webpPicture(), riff("XMP ", []byte("<x/>"))), nil)
	if err != nil || textsOf(t, webp.Data)["XMP"] != "<x/>" {
		t.Errorf("%v", err)
	}
}

func FuzzPictureTexts(f *testing.F) {
	all := pictures(f)
	block, _ := exifOf([]PictureText{{Key: "parameters", Text: "a cat"}, {Key: "prompt", Text: "{}"}}, 6, maxSegment)
	f.Add(slicesConcat(all["png"][:33], tEXt("k", []byte("v")), zTXt("z", deflated("v")), iTXt("i", 1, deflated("v")), pngChunk("eXIf", block), all["png"][33:]))
	f.Add(afterSOI(all["jpeg"], append(segment(0xe1, exifHead+string(block)), segment(0xfe, "c")...)))
	f.Add(inRIFF(all["webp"], riff("EXIF", block), riff("XMP ", []byte("<x/>"))))
	limits := Default()
	limits.PicturePixels = 1 << 14
	decoder := NewDecoder(limits)
	f.Fuzz(func(t *testing.T, data []byte) {
		if facts, err := decoder.Texts(t.Context(), data); err == nil && len(facts.Texts) > maxTexts {
			t.Fatalf("%d texts", len(facts.Texts))
		}
		got, err := decoder.Rewrap(t.Context(), data, nil)
		if err != nil {
			return
		}
		again, err := decoder.Rewrap(t.Context(), got.Data, nil)
		if err != nil {
			t.Fatalf("what was rewrapped is refused: %v", err)
		}
		if again.Width != got.Width || again.Height != got.Height || again.Type != got.Type {
			t.Fatalf("%+v became %+v", got.PictureFacts, again.PictureFacts)
		}
	})
}
