package guard

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func BenchmarkSafeHTML(b *testing.B) {
	html := "<p>A style for <strong>ink</strong> drawings. <a href=\"https://example.com/x\">More</a></p><ul><li>one</li><li>two</li></ul><img src=x>"
	for name, s := range map[string]string{"html of 4 KiB": strings.Repeat(html, 30), "plain text of 4 KiB": strings.Repeat("plain words here ", 240)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				SafeHTML(s)
			}
		})
	}
}

// BenchmarkOpen shows what confinement costs for each file of a scan.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	deep := filepath.Join(dir, "a", "b", "c")
	if err := os.MkdirAll(deep, 0o750); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(deep, "file"), []byte("x"), 0o600); err != nil {
		b.Fatal(err)
	}
	root, err := OpenRoot(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	b.Run("through the root", func(b *testing.B) {
		for b.Loop() {
			file, err := root.Open("a/b/c/file")
			if err != nil {
				b.Fatal(err)
			}
			_ = file.Close()
		}
	})
	b.Run("by plain path", func(b *testing.B) {
		for b.Loop() {
			file, err := os.Open(filepath.Join(deep, "file"))
			if err != nil {
				b.Fatal(err)
			}
			_ = file.Close()
		}
	})
}
