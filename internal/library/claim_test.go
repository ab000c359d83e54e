package library_test

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"loramanager/internal/lora"
)

// describes is a JSON file of the first version that names the file it is about.
func describes(file, words string) []byte {
	return []byte(`{"name":"About ` + file + `","weight":0.7,"modelVersions":[{"name":"v3","trainedWords":["` + words + `"],"files":[
		{"name":"training.zip","sizeKB":1},{"name":"` + file + `","sizeKB":2,"primary":true}]},{"files":[{"name":"b.safetensors"}]}]}`)
}

// claimKit counts how many JSON files are read for what they claim.
func claimKit(t *testing.T) (*kit, *atomic.Int32) {
	k, read := newKit(t), &atomic.Int32{}
	k.SetBefore(func(op, _ string) {
		if op == "claim" {
			read.Add(1)
		}
	})
	return k, read
}

func TestASidecarOfAnotherNameBelongsToTheFileItNames(t *testing.T) {
	t.Parallel()
	k, read := claimKit(t)
	k.put("loras/s/real.safetensors", adapter("a"))
	k.put("loras/s/other.json", describes("real.safetensors", "ink"))
	k.put("loras/s/workflow.json", []byte(`{"nodes":[]}`))
	k.put("loras/s/broken.json", []byte(`{"modelVersions":`))
	k.put("loras/s/b.safetensors", adapter("b"))
	k.put("loras/s/b.json", []byte(`{"activation text":"mine","sd version":"SDXL"}`))
	k.put("loras/s/b notes.json", describes("b.safetensors", "theirs"))
	k.put("loras/elsewhere.json", describes("real.safetensors", "no"))
	root := k.addRoot("loras")
	a, b := k.at(root, "s/real.safetensors"), k.at(root, "s/b.safetensors")
	check(t, "claimed", []any{a.Name, *a.Version, a.Weight, a.TrainedWords, a.Sources["weight"]}, []any{"About real.safetensors", "v3", 0.7, []string{"ink"}, lora.FromSidecar})
	check(t, "its own comes first", []any{*b.ActivationText, *b.SDVersion, b.TrainedWords}, []any{"mine", "SDXL", []string{"theirs"}})

	before := read.Load()
	s := k.scan()
	check(t, "unchanged, and not read again", []any{s.Counts.Unchanged, s.Counts.Read, read.Load() - before}, []any{2, 0, 0})

	k.put("loras/s/other.json", describes("real.safetensors", "ink, water"))
	s = k.scan()
	check(t, "changed", []any{s.Counts.Updated, read.Load() - before, k.at(root, "s/real.safetensors").TrainedWords}, []any{1, 1, []string{"ink, water"}})
	if err := os.Remove(k.path("loras/s/other.json")); err != nil {
		t.Fatal(err)
	}
	k.scan()
	check(t, "gone with its sidecar", k.at(root, "s/real.safetensors").TrainedWords, []string{})
}

func TestPromise1_AClaimedSidecarGoesWhereItsAdapterGoes(t *testing.T) {
	t.Parallel()
	k, _ := claimKit(t)
	k.put("loras/s/real.safetensors", adapter("a"))
	k.put("loras/s/real notes.json", describes("real.safetensors", "ink"))
	root := k.addRoot("loras")
	id := k.at(root, "s/real.safetensors").ID
	if err := k.Move(t.Context(), id, root.ID, "new"); err != nil {
		t.Fatal(err)
	}
	check(t, "moved", k.files("loras"), []string{"new/real notes.json", "new/real.safetensors"})
	if err := k.Rename(t.Context(), id, "other"); err != nil {
		t.Fatal(err)
	}
	check(t, "renamed, so that it is known by its name", k.files("loras"), []string{"new/other.json", "new/other.safetensors"})
	k.scan()
	a := k.at(root, "new/other.safetensors")
	check(t, "still described", []any{a.ID, a.TrainedWords, strings.HasSuffix(*a.JSONFilePath, "loras/new/other.json")}, []any{id, []string{"ink"}, true})
}

func TestManyUnrelatedJSONFilesCostOneStatEach(t *testing.T) {
	t.Parallel()
	k, read := claimKit(t)
	k.put("loras/a.safetensors", adapter("a"))
	for i := range 2100 {
		k.put(fmt.Sprintf("loras/image%04d.json", i), []byte(`{"sampler_name":"euler"}`))
	}
	k.put("loras/alone/x.json", describes("x.safetensors", "x")) // no adapter is near
	k.addRoot("loras")
	if n := read.Load(); n != 2000 {
		t.Errorf("%d were read, the limit of a folder is 2,000", n)
	}
	k.scan()
	if n := read.Load(); n != 2000 {
		t.Errorf("the second scan read %d more", n-2000)
	}
}
