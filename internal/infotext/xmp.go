package infotext

import (
	"encoding/xml"
	"strings"
)

const (
	dublinCore  = "http://purl.org/dc/elements/1.1/"
	maxKeywords = 1000
	// maxTokens bounds the work on one XMP text.
	maxTokens = 100_000
)

// readXMP reads dc:subject as keywords and dc:description: that is a prompt only when it
// has parameters, for otherwise it is what anybody says about a picture.
func readXMP(text string) (Facts, bool) {
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict = false
	var f Facts
	var description strings.Builder
	within := ""
	for range maxTokens {
		token, err := d.Token()
		if err != nil {
			break
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Space == dublinCore {
				within = t.Name.Local
			}
		case xml.EndElement:
			if t.Name.Space == dublinCore {
				within = ""
			}
		case xml.CharData:
			value := strings.TrimSpace(string(t))
			switch {
			case within == "subject" && len(f.Keywords) < maxKeywords && oneLine(value) != "":
				f.Keywords = append(f.Keywords, value)
			case within == "description":
				description.Write(t)
			}
		}
	}
	if isParameters(description.String()) {
		keywords := f.Keywords
		f = readA1111(description.String())
		f.Keywords = keywords
		return f, true
	}
	return f, len(f.Keywords) > 0
}
