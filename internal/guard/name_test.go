package guard

import (
	"strings"
	"testing"

	"loramanager/internal/lora"
)

// traversals is the list of names that must never become a path.
var traversals = []string{
	"", ".", "..", "../", "../x", "../../etc/passwd", "a/..", "a/../b", "a/../../b", "a/b/../../../c",
	"./..", "/", "//", "/etc/passwd", "//server/share/x", "a//b", "a/", "/a", "a/./b",
	"\x00", "a\x00b", "a.safetensors\x00.png", "..\x00/x",
	`..\`, `..\..\windows\win.ini`, `a\b`, `a\..\b`, `\`, `\\server\share\x`, `\\?\C:\x`, `\\.\pipe\x`, `/\evil`,
	"C:", "C:/", "c:/x", `C:\x`, "c:x", "file.txt:stream", "file.txt::$DATA", "file:///etc/passwd",
	"con", "CON", "con.safetensors", "con .txt", "a/nul", "prn.x.y", "aux/x", "COM1", "com9.txt", "lpt1.safetensors", "COM¹", "conin$", "CLOCK$",
	"%2e%2e", "%2e%2e/x", "%2E%2E%2Fx", "..%2fx", "a%2fb", "a%5cb", "a%00", "%252e%252e", "%c0%ae%c0%ae", "%u2215",
	"a∕b", "..∕x", "a⁄b", "a／b", "a＼b", "a∖b", "．．", "‥", "․․", "…",
	"a.", "a..", "a ", " a", "a/b./c", "...", ". .", "a. ",
	"a\nb", "a\rb", "a\tb", "a\x1b[31m", "a\x7f", "a\u202eb", "a\u2066b", "a\u200eb", "a\ufeff", "a\u0085b",
	"a\xff", "\xc0\xae\xc0\xae/x", "a?b", "a*b", "a<b", `a"b`, "a|b",
	strings.Repeat("a", 256), strings.Repeat("a/", 64) + "a", strings.Repeat("abcdefg/", 600) + "a",
}

func TestPromise1_NamesThatCouldLeadOutOfAFolderAreRefused(t *testing.T) {
	t.Parallel()
	if len(traversals) < 60 {
		t.Fatalf("only %d payloads", len(traversals))
	}
	root := openTemp(t)
	for _, rel := range traversals {
		t.Run(DisplayName(cutBytes(rel, 40)), func(t *testing.T) {
			err := CheckRel(rel)
			if lora.CodeOf(err) != lora.Invalid {
				t.Fatalf("CheckRel(%q) = %v, want Invalid", rel, err)
			}
			if strings.ContainsAny(err.Error(), "\x00\n\r\x1b\u202e") {
				t.Errorf("the message carries control characters: %q", err.Error())
			}
			if err := root.MkdirAll(rel); err == nil && rel != "." && rel != "a//b" && rel != "a/" && rel != "a/./b" {
				t.Errorf("MkdirAll(%q) was accepted", rel)
			}
		})
	}
}

func TestCheckRelAcceptsTheNamesPeopleUse(t *testing.T) {
	t.Parallel()
	for _, rel := range []string{
		"a.safetensors", "styles/ink v1.2.safetensors", "日本語/モデル.safetensors", "Ünï-çødé.pt", "a..b/c",
		".trash/x", "50% off.safetensors", "concept.safetensors", "com10.txt", "console/x", "a'b(c)[d]{e}&f=g,h;i.png",
		"👩‍🎨 art.safetensors", "~user", "-rf", "a…b", strings.Repeat("a", 255), strings.Repeat("a/", 63) + "a",
	} {
		if err := CheckRel(rel); err != nil {
			t.Errorf("CheckRel(%q) = %v", rel, err)
		}
	}
}

func TestDisplayNameEscapesWhatTheEyeCannotTrust(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain name.safetensors": "plain name.safetensors",
		"日本語 👩‍🎨":                "日本語 👩‍🎨",
		"a\r\nb":                 `a\r\nb`,
		"a\x1b[31mred":           `a\x1b[31mred`,
		"a\u202egnp.exe":         `a\u202egnp.exe`,
		"caf\xe9":                `caf\xe9`,
		"a\u2028b":               `a\u2028b`,
		"a\u0085b":               `a\x85b`,
		"\ufeffbom":              `\ufeffbom`,
		"real \ufffd rune":       "real \ufffd rune",
	} {
		if got := DisplayName(in); got != want {
			t.Errorf("DisplayName(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzCheckRel(f *testing.F) {
	for _, rel := range traversals {
		f.Add(rel)
	}
	f.Fuzz(func(t *testing.T, rel string) {
		if CheckRel(rel) != nil {
			return
		}
		for part := range strings.SplitSeq(rel, "/") {
			if part == "" || part == "." || part == ".." || strings.ContainsAny(part, "\\:\x00") {
				t.Fatalf("%q was accepted", rel)
			}
		}
	})
}
