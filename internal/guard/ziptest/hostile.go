package ziptest

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
)

// Archive is one that must be refused.
type Archive struct {
	Name       string // what is wrong with it
	File       string // name it is sent under
	Data       []byte
	Passphrase string // given with it; empty when none is
	Says       string // part of the reason that is expected, in any case
}

// zeros is a number of zero bytes.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func packedZeros(n int64) []byte { return Deflate(io.LimitReader(zeros{}, n)) }

func ptr[T any](v T) *T { return &v }

// Hostile are archives that must be refused, each for another reason.
func Hostile() []Archive {
	var all []Archive
	for _, list := range [][]Archive{names(), kinds(), bombs(), lies(), structure(), seals(), encrypted()} {
		all = append(all, list...)
	}
	for i := range all {
		if all[i].File == "" {
			all[i].File = "export.zip"
		}
	}
	return all
}

func names() []Archive {
	one := func(what, name, says string) Archive {
		return Archive{Name: what, Data: with(Entry{Name: name, Content: []byte("x")}), Says: says}
	}
	return []Archive{
		one("a name that climbs out", "../../evil.json", "unsafe"),
		one("a name that climbs out half-way", "adapters/../../evil.json", "unsafe"),
		one("an absolute name", "/etc/cron.d/evil", "unsafe"),
		one("a name with a drive", "C:evil.json", "unsafe"),
		one("a name with a drive and a slash", "c:/evil.json", "unsafe"),
		one("a name with backslashes", `..\..\evil.json`, "unsafe"),
		one("a name of a network share", `\\host\share\evil`, "unsafe"),
		one("a name with an empty part", "adapters//evil.json", "unsafe"),
		one("a name with a dot for a part", "adapters/./evil.json", "unsafe"),
		one("a name with a NUL byte", "evil.json\x00.png", "unsafe"),
		one("a name with control characters", "evil\r\n.json", "unsafe"),
		one("a name that is not UTF-8", "evil\xff\xfe.json", "unsafe"),
		one("a very long name", strings.Repeat("long/", 5_000)+"evil.json", "unsafe"),
		one("a very long part of a name", strings.Repeat("l", 300), "unsafe"),
		one("a very deep name", strings.Repeat("d/", 100)+"evil", "unsafe"),
		one("an empty name", "", "without a name"),
		{Name: "another name in the header", Data: with(Entry{Name: "good.json", LocalName: "evil.json", Content: []byte("x")}), Says: "another name"},
	}
}

func kinds() []Archive {
	return []Archive{
		{Name: "a link", Data: with(Entry{Name: "link.json", Content: []byte("/etc/passwd"), Mode: 0o120777}), Says: "link"},
		{Name: "a device", Data: with(Entry{Name: "zero.json", Mode: 0o020666}), Says: "device"},
		{Name: "a pipe", Data: with(Entry{Name: "pipe.json", Mode: 0o010666}), Says: "device"},
		{Name: "a folder with content", Data: with(Entry{Name: "folder/", Content: []byte("content"), Mode: 0o040755}), Says: "folder"},
		{Name: "a ZIP password", Data: with(Entry{Name: "secret.json", Content: []byte("x"), Flags: 1}), Says: "password"},
		{Name: "a method that nobody knows", Data: with(Entry{Name: "new.json", Content: []byte("x"), Method: 97}), Says: "method"},
		{Name: "a member of another volume", Data: with(Entry{Name: "far.json", Content: []byte("x"), Disk: 3}), Says: "volume"},
		{Name: "a member twice", Data: with(Entry{Name: "a.json"}, Entry{Name: "a.json"}), Says: "twice"},
		{Name: "a member twice in another case", Data: with(Entry{Name: "a.json"}, Entry{Name: "A.JSON"}), Says: "twice"},
		{Name: "a member that is a folder too", Data: with(Entry{Name: "a"}, Entry{Name: "a/", Mode: 0o040755}), Says: "twice"},
	}
}

func bombs() []Archive {
	zero := func(name string, size int64) Entry {
		return Entry{Name: name, Method: 8, Packed: packedZeros(size), Size: ptr(uint64(size)), CRC: ptr(uint32(0))} //nolint:gosec // positive
	}
	inner := Build("", zero("0.bin", 64<<20))
	nested := Entry{Name: "lib.zip", Content: bytes.Repeat(inner, 64), Deflate: true}
	count := Plain()
	count = claim64(count, 1<<24, 46<<24, 0)
	return []Archive{
		{Name: "weights that unpack to far more", Data: with(zero("adapters/x/files/0_x.safetensors", 8<<20)), Says: "far more"},
		{Name: "text that unpacks to far more", Data: with(zero("data/x.jsonl", 16<<20)), Says: "far more"},
		{Name: "archives within archives", Data: with(nested), Says: "far more"},
		{Name: "more members than are allowed", Data: count, Says: "members"},
		{Name: "members that share their bytes", Data: overlapping(), Says: "shares its bytes"},
	}
}

// overlapping has two lines in its directory for the same content.
func overlapping() []byte {
	manifest, metadata, file := Members()
	second := Entry{Name: "again.json", Content: []byte("x"), Offset: ptr(uint32(0))}
	return Build("", manifest, metadata, file, second)
}

func lies() []Archive {
	text := bytes.Repeat([]byte("lines of text. "), 1000)
	return []Archive{
		{Name: "content larger than it says", Data: with(Entry{Name: "a.json", Content: text, Deflate: true, Size: ptr(uint64(10))}), Says: "a.json"},
		{Name: "content smaller than it says", Data: with(Entry{Name: "a.json", Content: text, Deflate: true, Size: ptr(uint64(20_000))}), Says: "a.json"},
		{Name: "a stored member of two sizes", Data: with(Entry{Name: "a.json", Content: text, Size: ptr(uint64(10))}), Says: "two sizes"},
		{Name: "a size of 4 GiB", Data: with(Entry{Name: "a.json", Content: text, Deflate: true, Size: ptr(uint64(1 << 32))}), Says: "a.json"},
		{Name: "a stored size of 4 GiB", Data: with(Entry{Name: "a.json", Content: text, Size: ptr(uint64(1 << 32)), PackedLie: ptr(uint64(1 << 32))}), Says: "a.json"},
		{Name: "a size beyond all bounds", Data: with(Entry{Name: "a.json", Content: text, Size: ptr(uint64(1<<64 - 1)), PackedLie: ptr(uint64(1<<64 - 1))}), Says: "a.json"},
		{Name: "packed content smaller than it says", Data: with(Entry{Name: "a.json", Content: text, Deflate: true, PackedLie: ptr(uint64(3))}), Says: "a.json"},
		{Name: "more behind the end of deflate", Data: with(Entry{Name: "a.json", Content: text, Method: 8, Packed: append(Deflate(bytes.NewReader(text)), "hidden"...)}), Says: "a.json"},
		{Name: "a CRC that is wrong", Data: with(Entry{Name: "a.json", Content: text, CRC: ptr(uint32(1))}), Says: "a.json"},
		{Name: "deflate that is none", Data: with(Entry{Name: "a.json", Content: text, Method: 8, Packed: []byte("\xff\xff\xff\xff")}), Says: "a.json"},
		{Name: "a header beyond the end", Data: with(Entry{Name: "a.json", Content: text, Offset: ptr(uint32(1 << 30))}), Says: "a.json"},
	}
}

func structure() []Archive {
	plain := Plain()
	list := []Archive{
		{Name: "a text", File: "notes.zip", Data: []byte(strings.Repeat("This is not an archive. ", 50)), Says: "not an archive"},
		{Name: "an empty file", Data: nil, Says: "not an archive"},
		{Name: "an archive without members", Data: Build(""), Says: "no members"},
		{Name: "bytes before the archive", Data: append([]byte("#!/bin/sh\necho evil\n"), plain...), Says: "before the archive"},
		{Name: "bytes behind the archive", Data: append(bytes.Clone(plain), "and more"...), Says: "end record"},
		{Name: "a directory beyond the end", Data: end(plain, 16, 1<<31), Says: "directory"},
		{Name: "a directory larger than the file", Data: end(plain, 12, 1<<30), Says: "directory"},
		{Name: "fewer members than there are", Data: counted(plain, 2), Says: "more in it"},
		{Name: "more members than there are", Data: counted(plain, 40), Says: "directory"},
		{Name: "64-bit records that lie about the offset", Data: claim64(plain, 3, 300, 1<<61), Says: "directory"},
		{Name: "64-bit records that make no sense", Data: claim64(plain, 1<<63, 1<<63, 1<<63), Says: "makes no sense"},
	}
	for _, place := range []struct {
		name string
		keep int
	}{{"in its first header", 20}, {"in the middle", len(plain) / 2}, {"in its directory", len(plain) - 100}, {"before its last byte", len(plain) - 1}} {
		list = append(list, Archive{Name: "cut off " + place.name, Data: plain[:place.keep], Says: "not an archive"})
	}
	return list
}

// end changes 32 bits of the end record of an archive without a comment.
func end(data []byte, at int, value uint32) []byte {
	data = bytes.Clone(data)
	le.PutUint32(data[len(data)-22+at:], value)
	return data
}

func counted(data []byte, members uint16) []byte {
	data = bytes.Clone(data)
	le.PutUint16(data[len(data)-22+8:], members)
	le.PutUint16(data[len(data)-22+10:], members)
	return data
}

// claim64 puts 64-bit records before the end record of an archive.
func claim64(data []byte, members, size, offset uint64) []byte {
	body := bytes.Clone(data[:len(data)-22])
	at := uint64(len(body))
	record := append([]byte("PK\x06\x06"), 44, 0, 0, 0, 0, 0, 0, 0, 45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	for _, n := range []uint64{members, members, size, offset} {
		record = le.AppendUint64(record, n)
	}
	record = append(record, "PK\x06\x07\x00\x00\x00\x00"...)
	record = le.AppendUint32(le.AppendUint64(record, at), 1)
	record = append(record, "PK\x05\x06\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00"...)
	return append(body, record...)
}

func seals() []Archive {
	flipped := Sealed()
	flipped[len(flipped)-1] ^= 1
	bare := Sealed()
	le.PutUint16(bare[len(bare)-74:], 0)
	return []Archive{
		{Name: "a seal that is wrong", Data: flipped, Says: "seal"},
		{Name: "a seal that was taken off", Data: bare[:len(bare)-72], Says: "seal"},
		{Name: "a seal without checksums", Data: func() []byte {
			manifest, metadata, file := Members()
			return BuildSealed(manifest, metadata, file)
		}(), Says: "checksums"},
		{Name: "a checksum that is wrong", Data: sealedWith(func(_, file, sums, _ *Entry) {
			sums.Content = bytes.Replace(sums.Content, []byte("  "+file.Name), nil, 1)
			sums.Content = append(sums.Content[:len(sums.Content)-65], strings.Repeat("0", 64)+"  "+file.Name+"\n"...)
		}), Says: "0_ink.safetensors"},
		{Name: "a member without a checksum", Data: sealedWith(func(metadata, _, sums, _ *Entry) { *sums = Checksums(*metadata) }), Says: "checksums"},
		{Name: "a checksum without a member", Data: sealedWith(func(metadata, file, sums, _ *Entry) {
			*sums = Checksums(*metadata, *file, Entry{Name: "ghost"})
		}), Says: "ghost"},
		{Name: "a list of checksums that is none", Data: sealedWith(func(_, _, sums, _ *Entry) { sums.Content = []byte("hello\n") }), Says: "checksums"},
	}
}

func encrypted() []Archive {
	stanza := base64.RawStdEncoding.EncodeToString
	greedy := "age-encryption.org/v1\n-> scrypt " + stanza(make([]byte, 16)) + " 40\n" + stanza(make([]byte, 32)) + "\n--- " + stanza(make([]byte, 32)) + "\n"
	return []Archive{
		{Name: "a passphrase that costs the earth", File: "export.zip.age", Data: append([]byte(greedy), make([]byte, 200)...), Passphrase: "open sesame", Says: "more work"},
		{Name: "an encrypted file of which only the first line is there", File: "export.zip.age", Data: []byte("age-encryption.org/v1\n"), Passphrase: "open sesame", Says: "damaged"},
	}
}
