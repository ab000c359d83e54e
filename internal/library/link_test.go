package library_test

import (
	"fmt"
	"os"
	"testing"
)

func TestOnlyLinksThatSomebodyMissesAreReported(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.put("outside/file", []byte("secret"))
	k.put("loras/a.safetensors", adapter("a"))
	for _, name := range []string{"a.png", "a.json", "b.safetensors", "SDXL v1.0", "styles", "notes.txt", "other.png", "run.py", "gone.yaml"} {
		if err := os.Symlink(k.path("outside/file"), k.path("loras", name)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 30 {
		k.put(fmt.Sprintf("loras/many/%02d.txt", i), []byte("x"))
		if err := os.Symlink(k.path("outside"), k.path("loras/many", fmt.Sprintf("folder%02d", i))); err != nil {
			t.Fatal(err)
		}
	}
	k.addRoot("loras")
	check(t, "codes", k.codes(k.scan()), []string{
		"loras/SDXL v1.0: link_outside", "loras/a.json: link_outside", "loras/a.png: link_outside",
		"loras/b.safetensors: link_outside", "loras/many: link_outside", "loras/styles: link_outside",
	})
}
