package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEverySettingIsShownWithWhereItCameFrom(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte("max-sockets: 7\nignore: ['*.tmp', old]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := command(t, []string{"API_KEY=topsecret", "DATABASE_URL=postgres://u:topsecret@h/d", "SDNEXT_BASE_URL=http://u:topsecret@h:7860"},
		"config", "--json", "--all", "--config="+file, "--port=9000", "--data=/srv/loras")
	if code != exitOK || strings.Contains(out+errs, "topsecret") {
		t.Fatalf("exit code %d: %s %s", code, out, errs)
	}
	var shown []shownSetting
	if err := json.Unmarshal([]byte(out), &shown); err != nil {
		t.Fatal(err)
	}
	got := map[string]shownSetting{}
	for _, s := range shown {
		got[s.Name] = s
	}
	for _, want := range []shownSetting{
		{"port", "9000", "flag"},
		{"max-sockets", "7", file},
		{"ignore", "*.tmp, old", file},
		{"api-key", "[hidden]", "$API_KEY"},
		{"database-url", "[hidden]", "$DATABASE_URL"},
		{"sdnext-base-url", "http://u:xxxxx@h:7860", "$SDNEXT_BASE_URL"},
		{"host", "127.0.0.1", "default"},
		{"listen", "127.0.0.1:9000", "derived"},
		{"pictures", filepath.Join("/srv/loras", "pictures"), "derived"},
		{"comfyui-url", "", ""},
	} {
		if got[want.Name] != want {
			t.Errorf("got %+v, want %+v", got[want.Name], want)
		}
	}
}

func TestAConfigurationIsCheckedWithoutAStart(t *testing.T) {
	t.Parallel()
	if code, out, errs := command(t, nil, "config", "check"); code != exitOK || !strings.Contains(out, "in order") {
		t.Errorf("exit code %d: %s %s", code, out, errs)
	}
	for _, args := range [][]string{{"config", "check"}, {"config"}} {
		code, out, errs := command(t, nil, append(args, "--listen=0.0.0.0:8000")...)
		if code != exitUsage || !strings.Contains(errs, "would let everyone on the network in") {
			t.Errorf("%v: exit code %d: %s %s", args, code, out, errs)
		}
	}
}
