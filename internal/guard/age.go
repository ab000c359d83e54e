package guard

import (
	"errors"
	"io"
	"strings"
	"sync"

	"filippo.io/age"

	"loramanager/internal/lora"
)

// onePassword lets one passphrase be stretched at a time, for the memory it takes.
var onePassword sync.Mutex

const (
	ageMagic = "age-encryption.org/v1\n"
	// ageWork is the work a password costs, as a power of two: 256 MiB and about a second.
	// A hostile file may ask for no more than ageMaxWork, which is 1 GiB.
	ageWork    = 18
	ageMaxWork = 20

	maxRecipients = 20
)

// AgeKeys are what an archive is encrypted for and opened with: a passphrase, or public
// keys (age1...) to encrypt and private ones (AGE-SECRET-KEY-1...) to open.
type AgeKeys struct {
	Passphrase Secret
	Recipients []string
	Identities []Secret

	// Work is the work factor of the passphrase as a power of two; 18 when it is 0.
	Work int
}

// Empty reports whether there is neither a passphrase nor a key.
func (k AgeKeys) Empty() bool {
	return k.Passphrase == "" && len(k.Recipients) == 0 && len(k.Identities) == 0
}

// EncryptAge returns a writer that encrypts to another; closing it writes the end and
// leaves the other open. Invalid, with the field, when the keys cannot be used.
func EncryptAge(to io.Writer, keys AgeKeys) (io.WriteCloser, error) {
	recipients, err := keys.recipients()
	if err != nil {
		return nil, err
	}
	if keys.Passphrase != "" {
		onePassword.Lock()
		defer onePassword.Unlock()
	}
	return age.Encrypt(to, recipients...)
}

func (k AgeKeys) recipients() ([]age.Recipient, error) {
	switch {
	case k.Passphrase != "" && len(k.Recipients) > 0:
		return nil, lora.FieldErrorf(lora.Invalid, "recipients", "Encrypt either with a passphrase or for recipients: a file has one or the other.")
	case k.Passphrase != "":
		r, err := age.NewScryptRecipient(k.Passphrase.Reveal())
		if err != nil {
			return nil, &lora.Error{Code: lora.Invalid, Field: "passphrase", Message: "The passphrase cannot be used.", Err: err}
		}
		r.SetWorkFactor(k.work())
		return []age.Recipient{r}, nil
	case len(k.Recipients) == 0 || len(k.Recipients) > maxRecipients:
		return nil, lora.FieldErrorf(lora.Invalid, "recipients", "Encryption needs a passphrase, or 1 to %d recipients.", maxRecipients)
	}
	list, err := age.ParseRecipients(strings.NewReader(strings.Join(k.Recipients, "\n")))
	if err != nil {
		return nil, &lora.Error{Code: lora.Invalid, Field: "recipients", Message: "A recipient is not a public key of age, which begins with age1.", Err: err}
	}
	return list, nil
}

// Check says, as EncryptAge would, whether something can be encrypted with the keys.
func (k AgeKeys) Check() error {
	_, err := k.recipients()
	return err
}

func (k AgeKeys) work() int {
	if k.Work > 0 {
		return k.Work
	}
	return ageWork
}

// IsAge reports whether a file begins as one that age has encrypted.
func IsAge(from io.ReaderAt) bool {
	var head [len(ageMagic)]byte
	_, err := from.ReadAt(head[:], 0)
	return err == nil && string(head[:]) == ageMagic
}

// OpenAge returns the decrypted content of an encrypted file and its size. It reads in
// pieces of 64 KiB, each authenticated: a changed byte is an error where it lies, and a
// missing end is one here. Invalid, with the field passphrase, when the keys do not open it.
func OpenAge(from io.ReaderAt, size int64, keys AgeKeys) (io.ReaderAt, int64, error) {
	var identities []age.Identity
	if keys.Passphrase != "" {
		id, err := age.NewScryptIdentity(keys.Passphrase.Reveal())
		if err != nil {
			return nil, 0, &lora.Error{Code: lora.Invalid, Field: "passphrase", Message: "The passphrase cannot be used.", Err: err}
		}
		id.SetMaxWorkFactor(ageMaxWork)
		identities = append(identities, id)
		onePassword.Lock()
		defer onePassword.Unlock()
	}
	for _, secret := range keys.Identities {
		ids, err := age.ParseIdentities(strings.NewReader(secret.Reveal()))
		if err != nil {
			return nil, 0, lora.FieldErrorf(lora.Invalid, "identities", "A key is not a private key of age, which begins with AGE-SECRET-KEY-1.")
		}
		identities = append(identities, ids...)
	}
	if len(identities) == 0 {
		return nil, 0, lora.FieldErrorf(lora.Invalid, "passphrase", "The archive is encrypted. Give its passphrase, or a private key it was encrypted for.")
	}
	plain, plainSize, err := age.DecryptReaderAt(from, size, identities...)
	var noMatch *age.NoIdentityMatchError
	switch {
	case errors.As(err, &noMatch):
		return nil, 0, &lora.Error{Code: lora.Invalid, Field: "passphrase", Message: "The archive is encrypted, and neither the passphrase nor a key given opens it.", Err: err}
	case err != nil:
		return nil, 0, &lora.Error{Code: lora.Invalid, Message: "The encrypted archive is damaged, a part of it is missing, or its passphrase asks for more work than is allowed.", Err: err}
	}
	return plain, plainSize, nil
}
