package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// sources finds the value of a flag that is not on the command line: in the
// environment, whose names count without regard to case, else in the file.
type sources struct {
	environ map[string]string // by upper-case name
	file    map[string]any    // by flag name
	path    string            // of the file, empty when there is none
}

func newSources(environ []string) *sources {
	s := &sources{environ: map[string]string{}}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if strings.TrimSpace(value) != "" {
			s.environ[strings.ToUpper(name)] = value
		}
	}
	return s
}

// Validate refuses keys of the file that name no flag, so that a typing error is not silently ignored.
func (s *sources) Validate(app *kong.Application) error {
	known := map[string]bool{}
	for _, flag := range app.Flags {
		known[flag.Name] = true
	}
	var unknown []string
	for key := range s.file {
		if !known[key] {
			unknown = append(unknown, key)
		}
	}
	sort.Strings(unknown)
	if len(unknown) > 0 {
		return fmt.Errorf("%s: unknown key %q; keys are the names of the flags, see docs/configuration.md", s.path, unknown[0])
	}
	return nil
}

// Resolve implements kong.Resolver.
func (s *sources) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range namesOf(flag) {
		if text, ok := s.environ[name]; ok {
			return fromText(flag, text)
		}
	}
	value, ok := s.file[flag.Name]
	if !ok || value == nil {
		return nil, nil //nolint:nilnil // kong's word for "not here"
	}
	if _, isList := value.([]any); isList || flag.Target.Kind() != reflect.Slice {
		return value, nil
	}
	return []any{value}, nil
}

func namesOf(flag *kong.Flag) []string {
	names := flag.Tag.Get("names")
	if names == "" {
		return nil
	}
	return strings.Split(names, ",")
}

// fromText reads a list as JSON or, except for paths, with commas between its parts.
func fromText(flag *kong.Flag, text string) (any, error) {
	if flag.Target.Kind() == reflect.Bool {
		return boolText(text)
	}
	if flag.Target.Kind() != reflect.Slice {
		return text, nil
	}
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		var items []any
		if err := json.Unmarshal([]byte(text), &items); err != nil {
			return nil, errors.New("looks like a JSON list but is none")
		}
		return items, nil
	}
	if flag.Tag.Sep == -1 {
		return []any{text}, nil
	}
	var items []any
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items, nil
}

func boolText(text string) (any, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "1", "true", "t", "yes", "y", "on":
		return "true", nil
	case "0", "false", "f", "no", "n", "off":
		return "false", nil
	}
	return nil, errors.New("is neither true nor false")
}

// readFile reads the configuration file. The default one need not exist.
func (s *sources) readFile(path string) error {
	explicit := path != ""
	if !explicit {
		dir, err := os.UserConfigDir()
		if err != nil {
			return nil //nolint:nilerr // no configuration folder, no default file
		}
		path = filepath.Join(dir, "loramanager", "config.yaml")
	}
	root, err := guard.OpenRoot(filepath.Dir(path))
	var text []byte
	if err == nil {
		text, err = root.ReadFile(filepath.Base(path), 1<<20)
		_ = root.Close()
	}
	if err != nil {
		if !explicit && lora.CodeOf(err) == lora.NotFound {
			return nil
		}
		return fmt.Errorf("configuration file %s: %w", path, err)
	}
	s.path = path
	if err := yaml.Unmarshal(text, &s.file); err != nil {
		return fmt.Errorf("configuration file %s: %w", path, err)
	}
	return nil
}

// reservedInUse names the variables that are set but belong to parts that do not exist yet.
func (s *sources) reservedInUse() []string {
	var names []string
	for _, name := range reserved {
		if _, ok := s.environ[name]; ok {
			names = append(names, name)
		}
	}
	return names
}
