package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
)

// parse reads a configuration the way the program does.
func parse(t *testing.T, environ []string, file string, args ...string) (Config, error) {
	t.Helper()
	src := newSources(environ)
	if file != "" {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := src.readFile(path); err != nil {
			return Config{}, err
		}
	}
	var c struct {
		Config `embed:""`
	}
	parser, err := kong.New(&c, kong.Resolvers(src))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		return c.Config, err
	}
	return c.Config, c.Config.finish()
}

func TestFlagsBeatEnvironmentBeatsFileBeatsDefault(t *testing.T) {
	t.Parallel()
	file := "listen: 127.0.0.1:1\nmax-sockets: 7\nroot: [/from/file]\n"
	env := []string{"LORAMANAGER_LISTEN=127.0.0.1:2", "IMPORT_PATH=/from/env, with comma"}
	for _, c := range []struct {
		name      string
		env, args []string
		file      string
		listen    string
		roots     []string
	}{
		{"the default", nil, nil, "", "127.0.0.1:8000", nil},
		{"the file beats the default", nil, nil, file, "127.0.0.1:1", []string{"/from/file"}},
		{"the environment beats the file", env, nil, file, "127.0.0.1:2", []string{"/from/env, with comma"}},
		{"flags beat everything", env, []string{"--listen=127.0.0.1:3", "--root=/a", "--root=/b"}, file, "127.0.0.1:3", []string{"/a", "/b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := parse(t, c.env, c.file, c.args...)
			if err != nil {
				t.Fatal(err)
			}
			if got.Listen != c.listen || !reflect.DeepEqual(got.Root, c.roots) {
				t.Errorf("listen %q roots %q, want %q %q", got.Listen, got.Root, c.listen, c.roots)
			}
		})
	}
}

func TestThePrototypesVariablesKeepWorking(t *testing.T) {
	t.Parallel()
	got, err := parse(t, []string{
		"backend_host=127.0.0.1", "BACKEND_PORT=9001", "API_KEY=secret", "IMPORT_POLL_SECONDS=10",
		`IMPORT_IGNORE_PATTERNS=["*.tmp","old/*"]`, "IMPORT_ON_STARTUP=no", "ENVIRONMENT= Production ",
		"CORS_ORIGINS=https://a.example, https://b.example", "CORS_ALLOW_CREDENTIALS=0", "BACKEND_URL=https://api.example/",
		"DATABASE_URL=sqlite:////var/lib/loras.db", "GENERATION_QUEUE_POLL_INTERVAL_MS=5", "REDIS_URL=redis://x", "MAX_EMPTY=", "SDNEXT_BASE_URL=http://127.0.0.1:7860/", "SDNEXT_OUTPUT_DIR=/pictures",
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	if got.Listen != "127.0.0.1:9001" || got.APIKey.Reveal() != "secret" || got.pollInterval() != 10*time.Second || got.ScanOnStart ||
		got.Environment != "production" || got.CORSCookies || got.QueuePollMS != 5 || got.DatabaseURL.Reveal() != "sqlite:////var/lib/loras.db" {
		t.Errorf("got %+v", got)
	}
	if want := []string{"*.tmp", "old/*"}; !reflect.DeepEqual(got.Ignore, want) {
		t.Errorf("ignore %q, want %q", got.Ignore, want)
	}
	if want := []string{"https://a.example", "https://b.example"}; !reflect.DeepEqual(got.CORSOrigins, want) {
		t.Errorf("origins %q, want %q", got.CORSOrigins, want)
	}
}

func TestWhatCannotWorkIsRefusedInOneSentence(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		env, args []string
		file      string
		want      string
	}{
		{"wide without a key", nil, []string{"--listen=0.0.0.0:8000"}, "", "set API_KEY"},
		{"wide on IPv6 without a key", nil, []string{"--listen=[::]:8000"}, "", "set API_KEY"},
		{"all interfaces by an empty host", nil, []string{"--listen=:8000"}, "", "set API_KEY"},
		{"every origin without a key", []string{"CORS_ORIGINS=*"}, nil, "", "set API_KEY"},
		{"an unknown environment", []string{"ENVIRONMENT=staging"}, nil, "", "ENVIRONMENT must be one of: development, test, production"},
		{"an interval of zero", []string{"GENERATION_WEBSOCKET_RETRY_INTERVAL_MS=0"}, nil, "", "must be greater than 0"},
		{"a broken list", []string{`CORS_ORIGINS=["a"`}, nil, "", "looks like a JSON list"},
		{"a word that is no boolean", []string{"LORAMANAGER_WATCH=perhaps"}, nil, "", "neither true nor false"},
		{"an unknown key in the file", nil, nil, "lisen: x\n", `unknown key "lisen"`},
		{"a base path that would break the page", nil, []string{`--base-path=/"><script>`}, "", "plain path"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(t, c.env, c.file, c.args...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a sentence with %q", err, c.want)
			}
		})
	}
}

func TestWideWithAKeyIsAllowed(t *testing.T) {
	t.Parallel()
	if _, err := parse(t, []string{"API_KEY=k"}, "", "--listen=0.0.0.0:8000"); err != nil {
		t.Fatal(err)
	}
}

func TestTheDocumentedTableIsTheStruct(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Config `embed:""`
	}
	parser, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, flag := range parser.Model.Flags {
		if flag.Name == "help" {
			continue
		}
		rows++
		value := flag.Default
		if value != "" {
			value = "`" + value + "`"
		}
		row := "| `" + flag.Name + "` | `" + strings.Join(namesOf(flag), "`, `") + "` | " + value + " | " + flag.Help + " |"
		if !strings.Contains(string(doc), row+"\n") {
			t.Errorf("docs/configuration.md lacks this row:\n%s", row)
		}
	}
	if n := strings.Count(string(doc), "\n| `"); n != rows {
		t.Errorf("docs/configuration.md has %d rows, the struct has %d keys", n, rows)
	}
	for _, name := range reserved {
		if !strings.Contains(string(doc), "`"+name+"`") {
			t.Errorf("docs/configuration.md does not name the reserved %s", name)
		}
	}
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	code := run(context.Background(), []string{"serve", "--listen=nonsense"},
		[]string{"API_KEY=topsecret", "DATABASE_URL=postgres://u:topsecret@h/d", "LORAMANAGER_CONFIG="}, streams{out: &out, err: &errs})
	if code != exitUsage || strings.Contains(out.String()+errs.String(), "topsecret") {
		t.Errorf("exit %d, printed %q %q", code, out.String(), errs.String())
	}
}
