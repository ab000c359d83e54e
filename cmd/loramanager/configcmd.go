package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"

	"loramanager/internal/guard"
)

type configCmd struct {
	Show  configShowCmd  `cmd:"" default:"withargs" help:"Print every setting, its value and where that came from; secrets are hidden."`
	Check configCheckCmd `cmd:"" help:"Say whether a server would start with these settings. Exit code 2 when not."`
}

type configShowCmd struct {
	JSON bool `help:"Print it as JSON."`
	All  bool `help:"Also what is not set."`
}

// shownSetting is one setting as it counts.
type shownSetting struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source string `json:"source"` // flag, $NAME, a file, default, derived, or empty when it is not set
}

// Run prints the settings. Ones that cannot work are printed as well, with the reason.
func (c *configShowCmd) Run(config *Config, io streams, src *sources, kctx *kong.Context) error {
	problem := config.finish()
	var shown []shownSetting
	for _, flag := range kctx.Model.Flags {
		if flag.Name == "help" {
			continue
		}
		s := shownSetting{flag.Name, valueText(flag.Target), sourceOf(kctx, src, flag)}
		if s.Source == "" && s.Value != "" && s.Value != "false" && s.Value != "0" {
			s.Source = "derived"
		}
		if c.All || s.Source != "" {
			shown = append(shown, s)
		}
	}
	if c.JSON {
		if err := json.NewEncoder(io.out).Encode(shown); err != nil {
			return err
		}
	} else {
		for _, s := range shown {
			_, _ = fmt.Fprintf(io.out, "%-42s %-40s %s\n", s.Name, guard.DisplayName(s.Value), guard.DisplayName(s.Source))
		}
	}
	if problem != nil {
		return exitCode(fail(io, exitUsage, problem))
	}
	return nil
}

// sourceOf says which of the four sources won.
func sourceOf(kctx *kong.Context, src *sources, flag *kong.Flag) string {
	for _, step := range kctx.Path {
		if step.Flag == flag && !step.Resolved {
			return "flag"
		}
	}
	for _, name := range namesOf(flag) {
		if _, ok := src.environ[name]; ok {
			return "$" + name
		}
	}
	if value, ok := src.file[flag.Name]; ok && value != nil {
		return src.path
	}
	if flag.HasDefault {
		return "default"
	}
	return ""
}

// valueText writes a value for people: lists with commas, secrets hidden, and addresses
// without the passwords that may be in them.
func valueText(v reflect.Value) string {
	if secret, ok := v.Interface().(guard.Secret); ok {
		if secret.Reveal() == "" {
			return ""
		}
		return secret.String()
	}
	if v.Kind() == reflect.Slice {
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = valueText(v.Index(i))
		}
		return strings.Join(parts, ", ")
	}
	text := fmt.Sprint(v.Interface())
	if u, err := url.Parse(text); err == nil && u.User != nil {
		return u.Redacted()
	}
	return text
}

type configCheckCmd struct{}

// Run checks the settings and touches nothing else.
func (configCheckCmd) Run(config *Config, io streams, src *sources) error {
	if err := config.finish(); err != nil {
		return exitCode(fail(io, exitUsage, err))
	}
	for _, name := range src.reservedInUse() {
		_, _ = fmt.Fprintf(io.err, "loramanager: %s has no effect\n", name)
	}
	_, err := fmt.Fprintln(io.out, "The configuration is in order.")
	return err
}
