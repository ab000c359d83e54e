package main

import (
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/httpapi"
)

// newLogger writes text for people and JSON for machines. Every line of a request has its
// id, and no line has a secret of the configuration.
func newLogger(c *Config, io streams) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo // the flag allows no other words
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: c.hideSecrets()}
	format := c.LogFormat
	if c.Environment == "production" {
		format = "json"
	}
	var h slog.Handler = slog.NewJSONHandler(io.err, options)
	if format == "text" || (format == "auto" && io.progress) {
		h = slog.NewTextHandler(io.err, options)
	}
	return slog.New(httpapi.LogHandler(h))
}

// shortestHidden is the length from which a secret is looked for in lines: shorter ones
// are found in ordinary words.
const shortestHidden = 6

// secretTexts are the secrets of the configuration as they could turn up in what others
// say: whole, and the passwords of addresses by themselves.
func (c *Config) secretTexts() (texts []string) {
	add := func(text string) {
		if len(text) >= shortestHidden {
			texts = append(texts, text, url.QueryEscape(text), url.PathEscape(text))
		}
	}
	fields := reflect.ValueOf(*c)
	for i := range fields.NumField() {
		var text string
		switch value := fields.Field(i).Interface().(type) {
		case guard.Secret:
			text = value.Reveal()
			add(text)
		case string:
			text = value
		}
		if u, err := url.Parse(text); err == nil && u.User != nil {
			password, _ := u.User.Password()
			add(password)
		}
	}
	return texts
}

// hideSecrets is the last of several rails: secrets are a type that prints as [hidden], but
// a driver may repeat an address it was given in an error.
func (c *Config) hideSecrets() func([]string, slog.Attr) slog.Attr {
	texts := c.secretTexts()
	if len(texts) == 0 {
		return nil
	}
	pairs := make([]string, 0, 2*len(texts))
	for _, text := range texts {
		pairs = append(pairs, text, "[hidden]")
	}
	hide := strings.NewReplacer(pairs...)
	return func(_ []string, a slog.Attr) slog.Attr {
		switch a.Value.Kind() {
		case slog.KindString:
			return slog.String(a.Key, hide.Replace(a.Value.String()))
		case slog.KindAny:
			said := fmt.Sprint(a.Value.Any())
			if hidden := hide.Replace(said); hidden != said {
				return slog.String(a.Key, hidden)
			}
		}
		return a
	}
}
