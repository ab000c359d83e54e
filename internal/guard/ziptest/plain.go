package ziptest

import "crypto/sha256"

const adapterID = "0b2f8f0e-58c1-4c53-9a3a-3f7f3c1f6d01"

var (
	metadataText = []byte(`{
  "name": "Ink lines",
  "file_path": "/loras/ink.safetensors",
  "tags": [
    "ink"
  ]
}`)
	weightsData  = weights()
	manifestText = []byte(`{"generated_at": "2026-11-23T04:39:54.698148+00:00", "adapter_count": 1, "adapters": [{"id": "` + adapterID +
		`", "name": "Ink lines", "version": null, "metadata_path": "adapters/` + adapterID + `/metadata.json", "files": [{"kind": "primary", ` +
		`"original_path": "/loras/ink.safetensors", "original_name": "ink.safetensors", "exists": true, "size": 4168, ` +
		`"archive_path": "adapters/` + adapterID + `/files/0_ink.safetensors"}]}]}`)
)

// weights is a safetensors file of one tensor, of bytes that do not pack.
func weights() []byte {
	const header = `{"lora_te.lora_down.weight":{"dtype":"F32","shape":[32,32],"data_offsets":[0,4096]}}`
	data := le.AppendUint64(nil, uint64(len(header)))
	data = append(data, header...)
	sum := sha256.Sum256([]byte(header))
	for range 128 {
		data = append(data, sum[:]...)
		sum = sha256.Sum256(sum[:])
	}
	return data
}

// Members are the members of an archive of one adapter as the prototype writes it.
func Members() (manifest, metadata, file Entry) {
	return Entry{Name: "manifest.json", Content: manifestText, Deflate: true},
		Entry{Name: "adapters/" + adapterID + "/metadata.json", Content: metadataText, Deflate: true},
		Entry{Name: "adapters/" + adapterID + "/files/0_ink.safetensors", Content: weightsData, Deflate: true}
}

// Plain is an archive of one adapter as the prototype writes it: no checksums, no seal.
func Plain() []byte {
	manifest, metadata, file := Members()
	return Build("", manifest, metadata, file)
}

// with is Plain with one more member.
func with(more ...Entry) []byte {
	manifest, metadata, file := Members()
	return Build("", append([]Entry{manifest, metadata, file}, more...)...)
}

// Sealed is the same archive with checksums and a seal, and files stored.
func Sealed() []byte { return sealedWith(nil) }

func sealedWith(change func(metadata, file, sums, manifest *Entry)) []byte {
	manifest, metadata, file := Members()
	manifest.Deflate, file.Deflate = false, false
	sums := Checksums(metadata, file)
	if change != nil {
		change(&metadata, &file, &sums, &manifest)
	}
	return BuildSealed(metadata, file, sums, manifest)
}
