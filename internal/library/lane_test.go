package library_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"loramanager/internal/library"
	"loramanager/internal/lora"
)

func (k *kit) hashed(id string) func() bool {
	return func() bool {
		a, err := k.store.Adapter(k.t.Context(), id)
		return err == nil && a.SHA256 != nil
	}
}

func TestTheLaneComputesDigestsAndGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	k := newKit(t, func(o *library.Options) { o.Digests = true })
	for i := range 20 {
		k.put(fmt.Sprintf("loras/%02d.safetensors", i), adapter(fmt.Sprint(i)))
	}
	k.put("loras/old.pt", []byte("\x80\x02}q\x00."))
	root := k.addRoot("loras")
	// An earlier run of the server got as far as this:
	f := k.known(root)["05.safetensors"]
	if err := k.store.SaveDigests(t.Context(), f.AdapterID, f.Stamp, map[string]string{"sha256": fmt.Sprintf("%064x", 7)}); err != nil {
		t.Fatal(err)
	}
	var read atomic.Int32
	k.SetBefore(func(op, _ string) {
		if op == "digest" {
			read.Add(1)
		}
	})
	if err := k.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.events.await(t, "end of the lane", func(e event) bool {
		p, ok := e.data.(library.DigestProgress)
		return ok && p.Pending == 0 && !p.Running
	})
	if n := read.Load(); n != 20 && n != 19 {
		t.Errorf("%d files were read", n)
	}
	a := k.at(root, "00.safetensors")
	if a.SHA256 == nil || len(*a.SHA256) != 64 {
		t.Errorf("digest: %v", a.SHA256)
	}
	check(t, "kept", *k.at(root, "05.safetensors").SHA256, fmt.Sprintf("%064x", 7))

	k.put("loras/00.safetensors", adapter("changed"))
	k.scan()
	k.until("new digest", k.hashed(a.ID))
	if after := k.at(root, "00.safetensors"); *after.SHA256 == *a.SHA256 {
		t.Error("the digest of the old content is still there")
	}
}

func TestTheLaneLeavesOutWhatItCannotReadNow(t *testing.T) {
	t.Parallel()
	k := newKit(t, func(o *library.Options) { o.Digests = true })
	k.put("loras/a.safetensors", adapter("a"))
	k.put("loras/b.safetensors", adapter("b"))
	root := k.addRoot("loras")
	k.put("loras/a.safetensors", adapter("not what the scan saw"))
	if err := k.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, b := k.at(root, "a.safetensors").ID, k.at(root, "b.safetensors").ID
	k.until("digest of b", k.hashed(b))
	check(t, "a", k.hashed(a)(), false)
	k.scan()
	k.until("digest of a", k.hashed(a))
	if err := k.RequestDigests(t.Context(), "no-such-adapter"); lora.CodeOf(err) != lora.NotFound {
		t.Errorf("unknown adapter: %v", err)
	}
}
