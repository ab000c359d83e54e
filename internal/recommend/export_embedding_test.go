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
