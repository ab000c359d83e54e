package inspect

import (
	"bytes"
	"encoding/base64"
	"strings"

	"loramanager/internal/lora"
)

const (
	thumbnailKey = "modelspec.thumbnail"
	// maxThumbnail bounds the decoded picture, in bytes.
	maxThumbnail = 8 << 20
)

// pictureMagic are the first bytes of the picture formats that are handed on.
var pictureMagic = []struct {
	mime   string
	offset int
	magic  string
}{
	{"image/jpeg", 0, "\xff\xd8\xff"},
	{"image/png", 0, "\x89PNG\r\n\x1a\n"},
	{"image/webp", 8, "WEBP"},
	{"image/gif", 0, "GIF8"},
	{"image/avif", 4, "ftypavif"},
}

// Thumbnail decodes the picture that modelspec.thumbnail holds as a data URI.
// The media type is told from the bytes, not from the claim. It reports false
// when there is none, when it exceeds 8 MiB, or when it is not a JPEG, PNG,
// WebP, GIF or AVIF. The bytes are not decoded further and remain untrusted.
func Thumbnail(h *lora.Header) (mime string, data []byte, ok bool) {
	head, body, found := strings.Cut(h.Metadata[thumbnailKey], ",")
	if !found || !strings.HasPrefix(head, "data:image/") || !strings.HasSuffix(head, ";base64") {
		return "", nil, false
	}
	body = strings.TrimRight(strings.TrimSpace(body), "=")
	if base64.RawStdEncoding.DecodedLen(len(body)) > maxThumbnail {
		return "", nil, false
	}
	data, err := base64.RawStdEncoding.DecodeString(body)
	if err != nil {
		return "", nil, false
	}
	for _, p := range pictureMagic {
		if len(data) > p.offset && bytes.HasPrefix(data[p.offset:], []byte(p.magic)) {
			return p.mime, data, true
		}
	}
	return "", nil, false
}
