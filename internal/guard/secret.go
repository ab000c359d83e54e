package guard

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
)

const hidden = "[hidden]"

// Secret is a password or key. Printing, logging or marshalling it shows only
// "[hidden]"; the text itself comes out through Reveal alone.
type Secret string

// Reveal returns the secret text. Every call is a place an auditor looks at.
func (s Secret) Reveal() string { return string(s) }

// Matches compares with a candidate in time that does not depend on where they
// differ. An empty secret matches nothing.
func (s Secret) Matches(candidate string) bool {
	a, b := sha256.Sum256([]byte(s)), sha256.Sum256([]byte(candidate))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && s != ""
}

// String implements fmt.Stringer.
func (s Secret) String() string { return hidden }

// Format implements fmt.Formatter, so that no verb, not even %x or %#v, shows the text.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// MarshalText implements encoding.TextMarshaler, which JSON uses too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
