package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestNoLineOfTheLogHasASecretOfTheConfiguration(t *testing.T) {
	t.Parallel()
	c, err := parse(t, []string{
		"API_KEY=key-of-all", "DATABASE_URL=postgres://u:pass%20word@h/d", "REDIS_URL=redis://:redis-word@h/0",
		"SDNEXT_BASE_URL=http://u:engine-word@h:1", "SDNEXT_PASSWORD=short",
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"text", "json"} {
		c.LogFormat = format
		var out bytes.Buffer
		log := newLogger(&c, streams{err: &out})
		log.Error("cannot reach postgres://u:pass%20word@h/d", "error", errors.New("password pass word (pass%20word) is wrong"), "url", "redis://:redis-word@h/0", "header", []string{"key-of-all"})
		log.With("engine", "http://u:engine-word@h:1").Warn("a word that is kept: shortage")
		text := out.String()
		for _, secret := range []string{"pass word", "pass%20word", "redis-word", "key-of-all", "engine-word"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: %q is in the log:\n%s", format, secret, text)
			}
		}
		if !strings.Contains(text, "shortage") || !strings.Contains(text, "[hidden]") {
			t.Errorf("%s: too much was hidden:\n%s", format, text)
		}
	}
}
