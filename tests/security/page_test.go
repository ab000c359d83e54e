package security

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

// sources are the files of the program itself whose names end in one of some ways, with
// their texts, by path.
func sources(t *testing.T, endings ...string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, top := range []string{"../../internal", "../../cmd", "../../web/src"} {
		err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			isTest := strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".spec.ts") || strings.HasSuffix(path, "testing.ts") || strings.Contains(filepath.Dir(path), "test")
			if isTest || !slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(path, e) }) {
				return nil
			}
			source, err := os.ReadFile(path)
			found[path] = string(source)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found) < 100 {
		t.Fatalf("%d sources were found", len(found))
	}
	return found
}

func TestThePageOfSecuritySaysWhatTheProgramDoes(t *testing.T) {
	t.Parallel()
	page := strings.Join(strings.Fields(text(t, "../../docs/security.md")), " ")
	for _, c := range []struct{ file, value, says string }{
		{"internal/accounts/password_rule.go", `minPassword = (\d+)`, "%s to 256 characters"},
		{"internal/accounts/password_rule.go", `maxPassword = (\d+)`, "10 to %s characters"},
		{"internal/accounts/password_hash.go", `usualCost = cost\{memory: (\d+) \* 1024`, "(%s MiB,"},
		{"internal/accounts/password_hash.go", `usualCost = .*passes: (\d+)`, "MiB, %s passes"},
		{"internal/accounts/password_hash.go", `maxHashing = (\d+)`, "hashing passwords (%s)"},
		{"internal/accounts/tries.go", `wrongByAddress = (\d+)`, "%s wrong tries a minute from an address"},
		{"internal/accounts/tries.go", `wrongByName\s+= (\d+)`, "%s in 15 minutes from an address at a name"},
		{"internal/accounts/tries.go", `wrongWhileHot\s+= (\d+)`, "%s once a name was tried"},
		{"internal/accounts/tries.go", `hotName\s+= (\d+)`, "was tried %s times"},
		{"internal/accounts/tries.go", `hotCode\s+= (\d+)`, "After %s wrong codes"},
		{"internal/accounts/tries.go", `wrongProofs\s+= (\d+)`, "%s wrong proofs of the own password"},
		{"internal/accounts/tries.go", `tryMinutes\s+= (\d+)`, "10 in %s minutes"},
		{"internal/accounts/login.go", `secondTries = (\d+)`, "%s codes for one login"},
		{"internal/accounts/session.go", `freshFor = (\d+) \* time.Minute`, "less than %s minutes ago"},
		{"internal/accounts/totp.go", `totpPeriod = (\d+)`, "six figures, %s s"},
		{"cmd/loramanager/config.go", `SESSION_HOURS".*default:"(\d+)"`, "at most after %s ("},
		{"cmd/loramanager/config.go", `SESSION_IDLE_HOURS".*default:"(\d+)"`, "ends after %s hours"},
		{"cmd/loramanager/config.go", `AUDIT_DAYS".*default:"(\d+)"`, "`audit-days` (%s)"},
		{"internal/guard/limits.go", `UploadBytes:\s+(\d+) \* gib`, "%s GiB each by upload"},
		{"internal/guard/limits.go", `PictureBytes:\s+(\d+) \* mib`, "%s MiB, 64 million pixels"},
		{"internal/guard/limits.go", `PixelBudget:\s+(\d+) \* mib`, "pictures (%s MiB of pixels)"},
		{"internal/guard/limits.go", `JSONBodyBytes:\s+(\d+) \* mib`, "schema of the operation | %s MiB"},
	} {
		found := regexp.MustCompile(c.value).FindStringSubmatch(text(t, "../../"+c.file))
		if found == nil {
			t.Errorf("%s has nothing like %s", c.file, c.value)
			continue
		}
		if says := fmt.Sprintf(c.says, found[1]); !strings.Contains(page, says) {
			t.Errorf("%s says %s; docs/security.md does not say %q", c.file, found[0], says)
		}
	}
}

func TestThePageOfSecurityHasTheRights(t *testing.T) {
	t.Parallel()
	page := text(t, "../../docs/security.md")
	var before []lora.Permission
	for _, role := range lora.Roles {
		var added []string
		for _, p := range role.Permissions() {
			if !slices.Contains(before, p) {
				added = append(added, "`"+string(p)+"`")
			}
		}
		before = role.Permissions()
		if row := fmt.Sprintf("| %s | %s |", role, strings.Join(added, " ")); !strings.Contains(page, row) {
			t.Errorf("docs/security.md has no row %s", row)
		}
	}
}

// The inventory is complete, and chance that can be foretold stays where it draws
// pictures and samples.
func TestThePageOfSecurityListsAllCryptography(t *testing.T) {
	t.Parallel()
	_, inventory, _ := strings.Cut(text(t, "../../docs/security.md"), "\n## Cryptography\n")
	inventory, _, _ = strings.Cut(inventory, "\n## ")
	imported := regexp.MustCompile(`(?m)^\s*(?:import )?(?:\w+ )?"((?:crypto|golang\.org/x/crypto|golang\.org/x/oauth2|filippo\.io|github\.com/(?:go-webauthn|pquerna|coreos|zeebo))[^"]*|math/rand(?:/v2)?)"`)
	playful := regexp.MustCompile(`/(engine|sample|prompt|vector|store)/`)
	for path, source := range sources(t, ".go") {
		for _, m := range imported.FindAllStringSubmatch(source, -1) {
			switch name := m[1]; {
			case strings.HasPrefix(name, "math/rand"):
				if !playful.MatchString(path) {
					t.Errorf("%s draws numbers that can be foretold", path)
				}
			case name == "crypto/md5", name == "crypto/sha1", name == "crypto/des", name == "crypto/rc4":
				t.Errorf("%s uses %s", path, name)
			case !slices.ContainsFunc(listedNames(inventory), func(listed string) bool { return name == listed || strings.HasPrefix(name, listed+"/") }):
				t.Errorf("%s uses %s, which the inventory in docs/security.md does not list", path, name)
			}
		}
	}
}

func listedNames(inventory string) (names []string) {
	for _, m := range regexp.MustCompile("`([a-z0-9./-]+)`").FindAllStringSubmatch(inventory, -1) {
		names = append(names, m[1])
	}
	return names
}

// What the language keeps safe stays so: nothing reaches around its types, looks away from
// certificates, or writes pages from texts.
func TestNoSourceGivesUpWhatTheLanguageKeepsSafe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ ending, pattern, but string }{
		{".go", `(?m)^\s*(import )?"(unsafe|C|plugin|text/template|encoding/gob|net/http/cgi)"$`, ""},
		{".go", `tls\.Config\{|InsecureSkipVerify: true`, "websocket.AcceptOptions{InsecureSkipVerify: true}"}, // of origins, which are checked before
		{".ts", `\beval\(|new Function\(|innerHTML|document\.write|__proto__|\.constructor\[|window\.addEventListener\('message'`, ""},
		{".vue", `\beval\(|new Function\(|innerHTML|document\.write|__proto__|v-html="(?:[^h]|h[^t])`, ""},
	} {
		wrong := regexp.MustCompile(c.pattern)
		for path, source := range sources(t, ".go", ".ts", ".vue") {
			if c.but != "" {
				source = strings.ReplaceAll(source, c.but, "")
			}
			if found := wrong.FindString(source); found != "" && strings.HasSuffix(path, c.ending) && !strings.Contains(path, "api/generated") {
				t.Errorf("%s has %q", path, found)
			}
		}
	}
	for _, merger := range []string{`"lodash`, `"deepmerge`, `"merge`, `"qs"`} {
		if strings.Contains(text(t, "../../web/package.json"), merger) {
			t.Errorf("web/package.json has %s, which writes fields that strangers name", merger)
		}
	}
}
