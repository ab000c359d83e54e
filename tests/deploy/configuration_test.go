package deploy

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ofOthers are variables that other programs read, or that only fill in Compose files.
var ofOthers = []string{
	"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "LORAMANAGER_IMAGE", "LORAMANAGER_URL", "SDNEXT_IMAGE", "SDNEXT_ARGS", "SDNEXT_PORT",
	"LORAS", "SHARED", "SITE", "SERVERS", "WORKERS", "API_PORT", "WEB_PORT", "HTTP_PORT", "HTTPS_PORT",
	"TARGETOS", "TARGETARCH", "BUILDPLATFORM", "VERSION", "COMMIT", "CGO_ENABLED", "GOOS", "GOARCH",
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	tableRow = regexp.MustCompile("(?m)^\\| `[a-z0-9-]+` \\| ([^|]+) \\|")
	quoted   = regexp.MustCompile("`([A-Z0-9_]+)`")
	// A variable is set by NAME: or NAME= at the beginning of a line or after ENV, by
	// "name: NAME" in the chart, and read by ${NAME...} in Compose files.
	mention = regexp.MustCompile(`(?m)(?:^[\s#-]*(?:Environment=|ENV |name: )?|\$\{| )([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)(?:[:=]|:?[-?][^\s]*\}|\}|$)`)
)

func TestEveryVariableIsInTheTableOfTheConfiguration(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, row := range tableRow.FindAllStringSubmatch(read(t, "../../docs/configuration.md"), -1) {
		for _, name := range quoted.FindAllStringSubmatch(row[1], -1) {
			known[name[1]] = true
		}
	}
	if len(known) < 60 {
		t.Fatalf("only %d variables in docs/configuration.md", len(known))
	}
	found := map[string]bool{}
	for _, file := range []string{"Dockerfile", "docker-compose.dev.yml", "compose.yml", ".env.docker.example", "helm/loramanager/templates/_helpers.tpl", "helm/loramanager/templates/server.yaml", "helm/loramanager/templates/worker.yaml"} {
		for _, m := range mention.FindAllStringSubmatch(read(t, filepath.Join(folder, file)), -1) {
			if name := m[1]; strings.Contains(name, "_") || known[name] {
				found[name] = true
				if !known[name] && !slices.Contains(ofOthers, name) {
					t.Errorf("%s: %s is not in docs/configuration.md", file, name)
				}
			}
		}
	}
	for _, name := range []string{"DATABASE_URL", "API_KEY", "LORAMANAGER_LISTEN", "ENVIRONMENT", "IMPORT_PATH"} {
		if !found[name] {
			t.Errorf("%s was not found in deploy/: does this test still read it?", name)
		}
	}
}

// started matches what the files call of the program.
var started = regexp.MustCompile(`(?:ENTRYPOINT|CMD|command:|test:|args:|ExecStart=/usr/bin/loramanager|-- /loramanager) ?\[?(?:"CMD", )?"?(?:/loramanager"?,? ?)?"?([a-z-]+)"?`)

func TestEveryCommandThatIsStartedExists(t *testing.T) {
	t.Parallel()
	help, err := exec.CommandContext(t.Context(), "go", "run", "-C", "../..", "./cmd/loramanager", "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	called := map[string]bool{}
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		for line := range strings.Lines(read(t, path)) {
			for _, other := range []string{"caddy", "redis", "npm", "go\"", "pg_isready", "SDNEXT", "air"} {
				if strings.Contains(line, other) {
					line = ""
				}
			}
			if m := started.FindStringSubmatch(line); m != nil {
				called[m[1]] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for command := range called {
		if !regexp.MustCompile(`(?m)^  ` + regexp.QuoteMeta(command) + `\b`).Match(help) {
			t.Errorf("something in deploy/ starts loramanager %s, which is no command of:\n%s", command, help)
		}
	}
	for _, want := range []string{"serve", "worker", "ping", "doctor"} {
		if !called[want] {
			t.Errorf("nothing starts %s: does this test still read the files? %v", want, called)
		}
	}
}
