package security

import (
	"bytes"
	"fmt"
	"image/color"
	"strings"
	"testing"

	"loramanager/tests/harness"
)

const script = "<script>window.__page=1</script>"

// pages are files that a browser could run, under names of pictures and videos.
func pages(t *testing.T) map[string][]byte {
	t.Helper()
	picture := plain(t, color.RGBA{0, 128, 0, 255})
	html := "<!doctype html><html><body>" + script + "</body></html>"
	svg := `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>window.__page=1</script></svg>`
	return map[string][]byte{
		"html.png":        []byte(html),
		"html.jpg":        []byte(html),
		"html.gif":        []byte(html),
		"html.webp":       []byte(html),
		"html.mp4":        []byte(html),
		"html.webm":       []byte(html),
		"svg.png":         []byte(svg),
		"svg.webp":        []byte("<?xml version=\"1.0\"?>" + svg),
		"xhtml.jpeg":      []byte(`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>window.__page=1</script></html>`),
		"xslt.png":        []byte(`<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="#"?><x>` + script + `</x>`),
		"pdf.png":         []byte("%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj"),
		"script.png":      []byte("window.__page=1"),
		"utf7.png":        []byte("+ADw-script+AD4-window.__page=1+ADw-/script+AD4-"),
		"utf16.png":       append([]byte{0xff, 0xfe}, wide(html)...),
		"mht.jpg":         []byte("MIME-Version: 1.0\nContent-Type: text/html\n\n" + html),
		"gif-script.gif":  []byte("GIF89a/*\x00\x00*/=1;window.__page=1;" + script),
		"gif-html.gif":    append([]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00\x21\xfe\xff"), html...),
		"png-html.png":    append(bytes.Clone(picture), html...),
		"png-zip.png":     append(bytes.Clone(picture), "PK\x05\x06"+strings.Repeat("\x00", 18)...),
		"png-text.png":    withChunk(picture, "tEXt", []byte("Comment\x00"+script)),
		"jpeg-html.jpg":   []byte("\xff\xd8\xff\xfe\x00\x40" + html),
		"webp-html.webp":  []byte("RIFF\xff\x00\x00\x00WEBP" + html),
		"mp4-html.mp4":    []byte("\x00\x00\x00\x18ftypisom\x00\x00\x00\x00" + html),
		"webm-html.webm":  []byte("\x1a\x45\xdf\xa3" + html),
		"mp4-short.mp4":   []byte("\x00\x00"),
		"html-first.webm": []byte("<!--\x1a\x45\xdf\xa3-->" + html),
	}
}

func wide(text string) []byte {
	var out []byte
	for _, c := range []byte(text) {
		out = append(out, c, 0)
	}
	return out
}

func TestRow10_NoPreviewCanRunAsAPage(t *testing.T) {
	t.Parallel()
	root, files := t.TempDir(), pages(t)
	for name, data := range files {
		stem, _, _ := strings.Cut(name, ".")
		write(t, root, fmt.Sprintf("%s-%s/%s", stem, strings.TrimPrefix(name, stem+"."), name), data)
		write(t, root, fmt.Sprintf("%s-%s/%s.safetensors", stem, strings.TrimPrefix(name, stem+"."), stem), good(t, map[string]string{"x": name}, 1))
	}
	s := harness.Start(t, harness.Options{})
	s.AddRoot(root)
	shown := 0
	for _, a := range s.Adapters("") {
		if a.Preview == nil {
			t.Errorf("%s/%s has no preview, so nothing was tried", a.Folder, a.FileName)
		}
		for _, query := range []string{"", "?w=160", "?w=640&v=1", "?n=0", "?n=1"} {
			for _, header := range []string{"Accept: text/html", "Sec-Fetch-Dest: document", "Range: bytes=0-99", "Accept: */*"} {
				r := s.Ask("GET", "/api/v1/adapters/"+a.ID+"/preview"+query, "", header)
				if r.Status < 300 {
					shown++
				}
				wantNoPage(t, a.Folder+query, r)
			}
		}
	}
	if shown == 0 {
		t.Error("nothing was shown at all, not even the pictures that are fine")
	}
}

// wantNoPage checks a reply that may hold a stranger's bytes.
func wantNoPage(t *testing.T, what string, r *harness.Reply) {
	t.Helper()
	if r.Header.Get("X-Content-Type-Options") != "nosniff" || r.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
		t.Errorf("%s: headers %v", what, r.Header)
	}
	if r.Status >= 500 {
		t.Errorf("%s: %d %s", what, r.Status, r.Body)
	}
	if r.Status >= 400 {
		if r.Header.Get("Content-Type") == "application/problem+json" {
			r.Problem(t)
		} else if r.Status != 416 || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain") {
			t.Errorf("%s: %d as %q", what, r.Status, r.Header.Get("Content-Type"))
		}
		return
	}
	kind := r.Header.Get("Content-Type")
	if csp := r.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") || !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("%s: %s comes with the policy %q", what, kind, csp)
	}
	switch kind {
	case "image/jpeg", "image/png", "image/webp":
		if bytes.Contains(r.Body, []byte("__page")) || bytes.Contains(r.Body, []byte("PK\x05\x06")) {
			t.Errorf("%s: the picture was not written anew", what)
		}
	case "video/mp4", "video/webm":
		if !bytes.HasPrefix(r.Body[min(4, len(r.Body)):], []byte("ftyp")) && !bytes.HasPrefix(r.Body, []byte{0x1a, 0x45, 0xdf, 0xa3}) {
			t.Errorf("%s: %.40q is sent as %s", what, r.Body, kind)
		}
	default:
		t.Errorf("%s: comes as %q", what, kind)
	}
}

// Files that lie in a library and are no preview cannot be asked for at all.
func TestRow10_OtherFilesOfALibraryAreNotServed(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, root, "a.safetensors", good(t, nil, 1))
	for _, name := range []string{"a.svg", "a.html", "a.xml", "a.htm", "a.xhtml", "a.pdf", "a.js", "a.avif", "a.txt", "a.preview.svg", "index.html"} {
		write(t, root, name, []byte(script))
	}
	s := harness.Start(t, harness.Options{})
	s.AddRoot(root)
	a := s.ByFile()["a.safetensors"]
	if d := readDetail(t, s, a.ID); len(d.Previews) != 0 || a.Preview != nil {
		t.Errorf("previews: %+v", d.Previews)
	}
	for _, path := range []string{"/a.svg", "/a.html", "/a.safetensors", "/assets/a.svg", "/library/a.html", "/api/v1/adapters/" + a.ID + "/preview", "/api/v1/adapters/" + a.ID + "/a.html"} {
		if r := s.Ask("GET", path, ""); bytes.Contains(r.Body, []byte("__page")) {
			t.Errorf("%s shows the file", path)
		}
	}
}
