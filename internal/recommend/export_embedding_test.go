package recommend

// SetRoom changes what the vectors of a model may take in memory, before Run.
func (r *Recommender) SetRoom(bytes, dims, least, sample int) {
	r.lane.fit.room = room{bytes: bytes, dims: dims, least: least, sample: sample}
}

// DimsInMemory is how many dimensions the vectors of a model have in the index.
func (r *Recommender) DimsInMemory() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.index.space.vectors.Dims()
}

// EachText tells what a model would be given of every adapter.
func (r *Recommender) EachText(each func(id, text, digest string)) {
	for from, more := 0, true; more; from += lookPart {
		var due []worded
		due, more = r.lookAtWords(from, nil)
		for _, w := range due {
			each(w.id, w.text, w.hex)
		}
	}
}
