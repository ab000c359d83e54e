package guard

import "time"

// Limits holds every budget for input from outside. Sizes are bytes unless the
// name says otherwise. The zero value allows nothing; start from Default.
type Limits struct {
	HeaderBytes       int64 // JSON header of one safetensors file
	SidecarBytes      int64 // one JSON file beside an adapter
	JSONBodyBytes     int64 // one request body
	ManifestBytes     int64 // manifest of an imported archive, read as a stream
	UploadBytes       int64 // one upload, streamed
	ArchiveEntries    int   // members of one archive
	ArchiveDirectory  int64 // directory of one archive, held in memory
	ArchiveBytes      int64 // all that the members of one archive hold, unpacked
	PictureBytes      int64 // encoded picture file
	PicturePixels     int64 // width x height of one picture
	PictureSide       int   // longest side of one picture, in pixels
	PixelBudget       int64 // memory all pictures being decoded may take together
	HTMLBytes         int   // one description before sanitising
	EngineReplyBytes  int64 // one answer of an engine
	EngineIdle        time.Duration
	PromptBytes       int // one prompt
	PageItems         int // items of one list page
	SocketFrameBytes  int64
	Sockets           int // live sockets of the whole server
	SocketsPerSession int
}

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
)

// Default returns the budgets the server uses when none are configured.
func Default() Limits {
	return Limits{
		HeaderBytes:       16 * mib,
		SidecarBytes:      4 * mib,
		JSONBodyBytes:     1 * mib,
		ManifestBytes:     512 * mib,
		UploadBytes:       20 * gib,
		ArchiveEntries:    500_000,
		ArchiveDirectory:  128 * mib,
		ArchiveBytes:      4096 * gib,
		PictureBytes:      64 * mib,
		PicturePixels:     64_000_000,
		PictureSide:       16_384,
		PixelBudget:       512 * mib,
		HTMLBytes:         256 * kib,
		EngineReplyBytes:  256 * mib,
		EngineIdle:        60 * time.Second,
		PromptBytes:       64 * kib,
		PageItems:         200,
		SocketFrameBytes:  4 * kib,
		Sockets:           1_000,
		SocketsPerSession: 20,
	}
}
