package trace

import (
	"strings"
	"testing"
)

func TestOnlyAWellFormedParentIsKept(t *testing.T) {
	t.Parallel()
	const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for name, c := range map[string]struct {
		parent string
		want   bool
	}{
		"as the standard has it":      {good, true},
		"not sampled":                 {good[:54] + "0", true},
		"empty":                       {"", false},
		"another version":             {"01" + good[2:], false},
		"upper case":                  {strings.ToUpper(good), false},
		"no trace":                    {"00-" + strings.Repeat("0", 32) + good[35:], false},
		"no span":                     {good[:36] + strings.Repeat("0", 16) + good[52:], false},
		"a line break":                {good[:54] + "\n", false},
		"something behind it":         {good + "-x", false},
		"dashes where digits must be": {good[:10] + "-" + good[11:], false},
	} {
		if got := validParent(c.parent); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
