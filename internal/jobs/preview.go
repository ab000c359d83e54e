package jobs

// WithoutPreview returns the update for clients that did not ask for previews.
func (u ProgressUpdate) WithoutPreview() any {
	u.PreviewImage = nil
	return u
}
