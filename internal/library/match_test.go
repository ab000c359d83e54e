package library_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"loramanager/internal/lora"
)

func TestPromise3_AMovedFileKeepsItsRecord(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(k *kit) (rootName, rel string){
		"renamed in its folder": func(k *kit) (string, string) {
			k.rename("one/sub/a.safetensors", "one/sub/b.safetensors")
			return "one", "sub/b.safetensors"
		},
		"moved to another folder": func(k *kit) (string, string) {
			k.rename("one/sub/a.safetensors", "one/x/y/a.safetensors")
			return "one", "x/y/a.safetensors"
		},
		"its folder was renamed": func(k *kit) (string, string) {
			k.rename("one/sub", "one/renamed")
			return "one", "renamed/a.safetensors"
		},
		"moved to another library folder": func(k *kit) (string, string) {
			k.rename("one/sub/a.safetensors", "two/a.safetensors")
			return "two", "a.safetensors"
		},
		"copied elsewhere and deleted here": func(k *kit) (string, string) {
			k.put("two/copy.safetensors", adapter("a"))
			_ = os.Remove(k.path("one/sub/a.safetensors"))
			return "two", "copy.safetensors"
		},
		"copied elsewhere while its drive is away": func(k *kit) (string, string) {
			k.put("two/a.safetensors", adapter("a"))
			k.rename("one", "away")
			return "two", "a.safetensors"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKit(t)
			k.put("one/sub/a.safetensors", adapter("a"))
			k.put("one/other.safetensors", adapter("other"))
			k.put("two/third.safetensors", adapter("third"))
			roots := map[string]lora.Root{"one": k.addRoot("one"), "two": k.addRoot("two")}
			id := k.at(roots["one"], "sub/a.safetensors").ID
			k.edit(id, `{"notes":"mine","weight":0,"rating":4}`)
			rootName, rel := move(k)
			s := k.scan()
			check(t, "counts", []int{s.Counts.Moved, s.Counts.Added}, []int{1, 0})
			a := k.at(roots[rootName], rel)
			check(t, "record", []any{a.ID, a.Notes, a.Weight, a.Rating, a.FileState}, []any{id, "mine", 0, 4, "ok"})
			if rootName == "two" {
				if _, still := k.known(roots["one"])["sub/a.safetensors"]; still {
					t.Error("the old place is still known")
				}
			}
		})
	}
}

func TestPromise3_WhatIsNotMovedIsNew(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.put("loras/a.safetensors", adapter("same"))
	root := k.addRoot("loras")
	id := k.at(root, "a.safetensors").ID

	k.put("loras/copy.safetensors", adapter("same"))
	s := k.scan()
	check(t, "a copy", []int{s.Counts.Added, s.Counts.Moved}, []int{1, 0})

	// Both vanish and one file with other name appears: nobody can say which it was.
	k.put("loras/new.safetensors", adapter("same"))
	for _, name := range []string{"a", "copy"} {
		if err := os.Remove(k.path("loras/" + name + ".safetensors")); err != nil {
			t.Fatal(err)
		}
	}
	s = k.scan()
	check(t, "ambiguous", []int{s.Counts.Added, s.Counts.Moved, s.Counts.Missing}, []int{1, 0, 2})

	// It comes back under its old name in another folder: the name decides.
	k.put("loras/found/a.safetensors", adapter("same"))
	s = k.scan()
	check(t, "by name", []int{s.Counts.Added, s.Counts.Moved}, []int{0, 1})
	check(t, "record", k.at(root, "found/a.safetensors").ID, id)
}

func TestAFileReplacedInPlaceKeepsItsRecordAndLosesItsDigests(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.put("loras/a.safetensors", adapter("one"))
	root := k.addRoot("loras")
	a := k.at(root, "a.safetensors")
	k.edit(a.ID, `{"active":true,"tags":["kept"]}`)
	f := k.known(root)["a.safetensors"]
	if err := k.store.SaveDigests(t.Context(), a.ID, f.Stamp, map[string]string{"sha256": fmt.Sprintf("%064x", 5)}); err != nil {
		t.Fatal(err)
	}
	k.put("loras/a.safetensors", adapter("two"))
	s := k.scan()
	check(t, "updated", s.Counts.Updated, 1)
	b := k.at(root, "a.safetensors")
	check(t, "record", []any{b.ID, b.Active, b.Tags, b.SHA256}, []any{a.ID, true, []string{"kept"}, nil})
}

func TestPromise7_WhatTheUserSetStaysWhenASidecarComesChangesOrGoes(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.put("loras/a.safetensors", adapter("a"))
	root := k.addRoot("loras")
	k.put("loras/a.json", []byte(`{"activation text":"hello","sd version":"SDXL"}`))
	check(t, "added", k.scan().Counts.Updated, 1)
	check(t, "text", k.at(root, "a.safetensors").ActivationText, "hello")
	k.edit(k.at(root, "a.safetensors").ID, `{"activation_text":"mine"}`)
	k.put("loras/a.json", []byte(`{"activation text":"changed","sd version":"SDXL","notes":"from the sidecar"}`))
	check(t, "changed", k.scan().Counts.Updated, 1)
	a := k.at(root, "a.safetensors")
	check(t, "user wins", []any{a.ActivationText, a.Notes}, []any{"mine", "from the sidecar"})
	if err := os.Remove(k.path("loras/a.json")); err != nil {
		t.Fatal(err)
	}
	check(t, "removed", k.scan().Counts.Updated, 1)
	check(t, "gone with it", k.at(root, "a.safetensors").Notes, "")
}

func TestAnotherDeviceNumberIsNoChange(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.put("loras/a.safetensors", adapter("a"))
	root := k.addRoot("loras")
	f := k.known(root)["a.safetensors"]
	when := time.Unix(0, f.Stamp.MtimeNS)
	// Another inode with the same size and time on the same device is another file.
	k.put("loras/b.safetensors", adapter("b"))
	if err := os.Chtimes(k.path("loras/b.safetensors"), when, when); err != nil {
		t.Fatal(err)
	}
	k.rename("loras/b.safetensors", "loras/a.safetensors")
	check(t, "swapped", k.scan().Counts.Updated, 1)
	check(t, "quick digest", k.known(root)["a.safetensors"].QuickDigest != f.QuickDigest, true)
}
