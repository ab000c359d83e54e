package safetensors

import "hash/maphash"

// span is a piece of the scanner's arena.
type span struct{ start, end uint32 }

// keySet finds duplicate keys. It is an open-addressing table of spans, so it
// holds no strings; its hash is seeded with a secret of this process, so nobody
// can write a file whose names collide.
type keySet struct {
	slots []keySlot // a power of two
	used  int
}

type keySlot struct {
	hash uint32 // 0 marks a free slot; real hashes are odd
	key  span
}

// keySeed is the secret of this process.
var keySeed = maphash.MakeSeed()

const (
	firstSlots = 1 << 10
	// keptSlots is the largest table worth keeping for the next file, since
	// every file has to clear it.
	keptSlots = 1 << 14
)

// reset empties the set.
func (k *keySet) reset() {
	if len(k.slots) > keptSlots {
		k.slots = nil
	}
	if k.used > 0 {
		clear(k.slots)
		k.used = 0
	}
}

// add puts a key into the set and is false when it is there already.
func (k *keySet) add(arena []byte, key span) bool {
	if k.used*2 >= len(k.slots) {
		k.grow()
	}
	text := arena[key.start:key.end]
	hash := uint32(maphash.Bytes(keySeed, text)>>32) | 1 //nolint:gosec // the upper half is meant
	mask := uint32(len(k.slots) - 1)                     //nolint:gosec // at most twice the number of keys
	for i := hash >> 1 & mask; ; i = (i + 1) & mask {
		s := &k.slots[i]
		if s.hash == 0 {
			*s = keySlot{hash, key}
			k.used++
			return true
		}
		if s.hash == hash && string(arena[s.key.start:s.key.end]) == string(text) {
			return false
		}
	}
}

func (k *keySet) grow() {
	old := k.slots
	k.slots = make([]keySlot, max(firstSlots, 2*len(old)))
	mask := uint32(len(k.slots) - 1) //nolint:gosec // see add
	for _, s := range old {
		if s.hash == 0 {
			continue
		}
		i := s.hash >> 1 & mask
		for k.slots[i].hash != 0 {
			i = (i + 1) & mask
		}
		k.slots[i] = s
	}
}
