package archive

import (
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"loramanager/internal/guard"
)

// What the members of an archive are called.
const (
	adaptersFolder  = "adapters/"
	metadataMember  = "/metadata.json"
	dataFolder      = "data/"
	dataSuffix      = ".jsonl"
	databaseFolder  = "database/"
	imagesFolder    = "images/"
	wildcardsFolder = "wildcards/"
	wildcardSuffix  = ".txt"
	elsewhereMember = "elsewhere.jsonl"
)

func metadataName(adapterID string) string { return adaptersFolder + adapterID + metadataMember }

// fileName is the member that holds a file of an adapter. The base name is there for
// people; what is not fit for every system is left out of it.
func fileName(adapterID string, index int, base string) string {
	return fmt.Sprintf("%s%s/files/%d_%s", adaptersFolder, adapterID, index, memberBase(base))
}

const maxMemberBase = 200

func memberBase(base string) string {
	clean := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || strings.ContainsRune(`\/:*?"<>|`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(base, "_"))
	clean = guard.DisplayName(clean)
	clean = strings.ReplaceAll(clean, `\`, "_") // of the escapes of hidden characters
	if len(clean) > maxMemberBase {
		ext := path.Ext(clean)
		if len(ext) > 32 {
			ext = ""
		}
		clean = strings.ToValidUTF8(clean[:maxMemberBase-len(ext)], "") + ext
	}
	return clean
}

var pictureExtensions = map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}

// pictureName is the member that holds a picture.
func pictureName(sha, contentType string) string {
	return imagesFolder + sha + pictureExtensions[contentType]
}
