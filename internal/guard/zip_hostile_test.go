package guard_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"loramanager/internal/guard"
	"loramanager/internal/guard/ziptest"
	"loramanager/internal/lora"
)

// readAll takes an archive as an import does: opened, decrypted where it must be, and
// everything in it read.
func readAll(data []byte, passphrase string) error {
	var from io.ReaderAt = bytes.NewReader(data)
	size := int64(len(data))
	if guard.IsAge(from) {
		var err error
		if from, size, err = guard.OpenAge(from, size, guard.AgeKeys{Passphrase: guard.Secret(passphrase)}); err != nil {
			return err
		}
	}
	z, err := guard.OpenZip(from, size, guard.Default())
	if err != nil {
		return err
	}
	return z.Verify(context.Background(), func(int64) {})
}

func TestPromise12_PlainAndSealedArchivesAreTaken(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{"plain": ziptest.Plain(), "sealed": ziptest.Sealed()} {
		if err := readAll(data, ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPromise12_HostileArchivesAreRefusedWithTheirReason(t *testing.T) {
	t.Parallel()
	for _, a := range ziptest.Hostile() {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			err := readAll(a.Data, a.Passphrase)
			if code := lora.CodeOf(err); code != lora.Invalid && code != lora.TooLarge {
				t.Fatalf("%v", err)
			}
			if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(a.Says)) {
				t.Errorf("says %q, not %q", err, a.Says)
			}
			if shown := err.Error(); len(shown) > 400 || strings.ContainsAny(shown, "\x00\r\n") {
				t.Errorf("the sentence is not fit to be shown: %.500q", shown)
			}
		})
	}
}

func TestPromise12_EncryptedArchivesThatWereChangedAreRefused(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	keys := guard.AgeKeys{Passphrase: "open sesame", Work: 10}
	w, err := guard.EncryptAge(&out, keys)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(ziptest.Sealed()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := readAll(out.Bytes(), "open sesame"); err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]struct {
		data       []byte
		passphrase string
	}{
		"a wrong passphrase": {out.Bytes(), "open barley"},
		"no passphrase":      {out.Bytes(), ""},
		"cut off":            {out.Bytes()[:out.Len()-5], "open sesame"},
		"cut off early":      {out.Bytes()[:200], "open sesame"},
		"a byte changed":     {flip(out.Bytes(), out.Len()-50), "open sesame"},
	} {
		if err := readAll(try.data, try.passphrase); lora.CodeOf(err) != lora.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func flip(data []byte, at int) []byte {
	data = bytes.Clone(data)
	data[at] ^= 1
	return data
}

func TestPromise11_ForRecipientsOnlyTheirKeyOpens(t *testing.T) {
	t.Parallel()
	const public = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
	const private = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
	var out bytes.Buffer
	w, err := guard.EncryptAge(&out, guard.AgeKeys{Recipients: []string{public}})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(w, "secret")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	from := bytes.NewReader(out.Bytes())
	if _, _, err := guard.OpenAge(from, from.Size(), guard.AgeKeys{Passphrase: "x"}); lora.CodeOf(err) != lora.Invalid {
		t.Errorf("%v", err)
	}
	plain, size, err := guard.OpenAge(from, from.Size(), guard.AgeKeys{Identities: []guard.Secret{private}})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(io.NewSectionReader(plain, 0, size)); err != nil || string(text) != "secret" {
		t.Errorf("%s %v", text, err)
	}
}
