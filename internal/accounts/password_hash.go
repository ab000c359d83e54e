package accounts

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"loramanager/internal/lora"
)

// cost is what one hash takes: KiB of memory, passes over it, and threads.
type cost struct {
	memory, passes uint32
	threads        uint8
}

// usualCost is well above what RFC 9106 (4) recommends where memory is scarce: the same
// 64 MiB and 3 passes, on 2 threads as small computers have no 4.
var usualCost = cost{memory: 64 * 1024, passes: 3, threads: 2}

// Bounds of what a hash from the database may cost and hold.
const (
	maxMemory  = 256 * 1024 // KiB
	maxPasses  = 16
	maxThreads = 16
	maxPHC     = 512 // characters
	saltBytes  = 16
	hashBytes  = 32
	maxBytes   = 64 // of salt and hash
	minBytes   = 8
)

// maxHashing and maxWaiting bound how many hashes are computed and waited for at once: each
// takes 64 MiB.
const (
	maxHashing = 4
	maxWaiting = 64
)

// hasher hashes passwords with argon2id.
type hasher struct {
	cost    cost
	turns   chan struct{}
	waiting atomic.Int64
	made    atomic.Int64 // hashes so far
}

func newHasher(c cost) *hasher {
	return &hasher{cost: c, turns: make(chan struct{}, min(maxHashing, runtime.GOMAXPROCS(0)))}
}

// phc is a hash in the form of the password hashing competition:
// $argon2id$v=19$m=65536,t=3,p=2$salt$hash.
type phc struct {
	cost       cost
	salt, hash []byte
}

func (p phc) String() string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.cost.memory, p.cost.passes, p.cost.threads, b64(p.salt), b64(p.hash))
}

var errPHC = errors.New("the password's hash is not argon2id in PHC form, or costs too much")

func parsePHC(text string) (p phc, err error) {
	parts := strings.Split(text, "$")
	if len(text) > maxPHC || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, errPHC
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.cost.memory, &p.cost.passes, &p.cost.threads); err != nil {
		return phc{}, errPHC
	}
	var saltErr, hashErr error
	p.salt, saltErr = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	p.hash, hashErr = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	c := p.cost
	bounded := c.memory <= maxMemory && c.passes >= 1 && c.passes <= maxPasses && c.threads >= 1 && c.threads <= maxThreads && c.memory >= 8*uint32(c.threads) &&
		len(p.salt) >= minBytes && len(p.salt) <= maxBytes && len(p.hash) >= minBytes && len(p.hash) <= maxBytes
	if saltErr != nil || hashErr != nil || !bounded || p.String() != text {
		return phc{}, errPHC
	}
	return p, nil
}

// hash returns a password's hash in PHC form.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	p := phc{cost: h.cost, salt: make([]byte, saltBytes), hash: make([]byte, hashBytes)}
	_, _ = rand.Read(p.salt) // never fails
	var err error
	p.hash, err = h.key(ctx, password, p)
	return p.String(), err
}

// check reports whether a password has a hash, and whether the hash should be made anew
// because it cost less than one does now. An empty or broken hash costs the same as one that
// does not match.
func (h *hasher) check(ctx context.Context, password, text string) (right, anew bool, err error) {
	p, broken := parsePHC(text)
	if broken != nil {
		p = phc{cost: h.cost, salt: make([]byte, saltBytes), hash: make([]byte, hashBytes)}
	}
	key, err := h.key(ctx, password, p)
	if err != nil {
		return false, false, err
	}
	right = subtle.ConstantTimeCompare(key, p.hash) == 1 && broken == nil
	if broken != nil && text != "" {
		err = broken
	}
	return right, p.cost != h.cost, err
}

// key computes a hash when it is its turn.
func (h *hasher) key(ctx context.Context, password string, p phc) ([]byte, error) {
	if h.waiting.Add(1) > maxWaiting {
		h.waiting.Add(-1)
		return nil, lora.Errorf(lora.Unavailable, "Too many people are logging in at this moment. Try again in a few seconds.")
	}
	defer h.waiting.Add(-1)
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	h.made.Add(1)
	text := norm.NFC.Bytes([]byte(password))                                                                  // keyboards write the same letter in two ways
	return argon2.IDKey(text, p.salt, p.cost.passes, p.cost.memory, p.cost.threads, uint32(len(p.hash))), nil //nolint:gosec // 64 at most
}
