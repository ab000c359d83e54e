package guard

import (
	"strings"
	"testing"
)

func TestNamesOfStrangersAreCleaned(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"ink wash v2":                    "ink wash v2",
		"人物 – été":                       "人物 – été",
		"../../../etc/cron.d/x":          "_.._.._etc_cron.d_x",
		`..\..\windows\x`:                `_.._windows_x`,
		"/etc/passwd":                    "_etc_passwd",
		`C:\x`:                           "C__x",
		"CON":                            "_CON",
		"com1.tar":                       "_com1.tar",
		"lpt\u00b9":                      "_lpt\u00b9",
		".hidden":                        "hidden",
		"trailing . .":                   "trailing",
		"  spaces  ":                     "spaces",
		"a\u202egnp":                     "a_gnp",
		"a\u2215b\uff0fc\u2044d":         "a_b_c_d",
		"a%2e%2e%2fb":                    "a_2e_2e_2fb",
		"line\nbreak\x00nul":             "line_break_nul",
		"not \xff UTF-8":                 "not _ UTF-8",
		"..":                             "",
		"\u2026":                         "",
		"///":                            "",
		"":                               "",
		strings.Repeat("ä", 300):         strings.Repeat("ä", 60),
		strings.Repeat("a.", 300):        strings.TrimSuffix(strings.Repeat("a.", 60), "."),
		"nul" + strings.Repeat(".", 200): "_nul",
	} {
		got := CleanName(name)
		if got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
		if got != "" && CheckRel(got) != nil {
			t.Errorf("%q becomes %q, which is refused", name, got)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	for _, seed := range []string{"a/b", "CON ", "..\u2024", "%25", strings.Repeat("ä", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := CleanName(name)
		if got == "" {
			return
		}
		if err := CheckRel(got + ".safetensors"); err != nil || strings.Contains(got, "/") || strings.HasPrefix(got, ".") || len(got) > cleanBytes+1 {
			t.Errorf("%q becomes %q: %v", name, got, err)
		}
		if again := CleanName(got); again != got {
			t.Errorf("%q becomes %q, and that %q", name, got, again)
		}
	})
}
