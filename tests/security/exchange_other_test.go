//go:build !linux

package security

import (
	"errors"
	"os"
)

// exchange puts a and b in each other's place, one after the other.
func exchange(a, b string) error {
	return errors.Join(os.Rename(a, b+".swap"), os.Rename(b, a), os.Rename(b+".swap", b))
}
