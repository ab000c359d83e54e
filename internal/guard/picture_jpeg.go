package guard

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// measureJPEG walks the segments up to the frame header. Progressive pictures keep
// all coefficients in memory until the last scan, which is what makes them dear.
func measureJPEG(r *bufio.Reader) (shape, error) {
	if err := skip(r, 2); err != nil {
		return shape{}, err
	}
	s := shape{format: "jpeg", orientation: 1}
	for range 1024 {
		marker, length, err := jpegSegment(r)
		if err != nil {
			return shape{}, err
		}
		switch {
		case marker >= 0xc0 && marker <= 0xc2:
			err := jpegFrame(r, &s, marker, length)
			return s, err
		case marker == 0xe1 && length <= 64*kib:
			data := make([]byte, length)
			if _, err := io.ReadFull(r, data); err != nil {
				return shape{}, errTruncated
			}
			if o := exifOrientation(data); o != 0 {
				s.orientation = o
			}
			continue
		case marker == 0xd9 || marker == 0xda:
			return shape{}, errors.New("there is no frame header before the data")
		}
		if err := skip(r, int64(length)); err != nil {
			return shape{}, err
		}
	}
	return shape{}, errors.New("there is no frame header among the first 1024 segments")
}

// jpegSegment reads a marker and the length of its content (0 for markers without).
func jpegSegment(r *bufio.Reader) (marker byte, length int, err error) {
	prefix, err := readByte(r)
	if err != nil {
		return 0, 0, err
	}
	if prefix != 0xff {
		return 0, 0, errors.New("a segment does not begin with a marker")
	}
	for marker = 0xff; marker == 0xff; { // any number of fill bytes may come first
		if marker, err = readByte(r); err != nil {
			return 0, 0, err
		}
	}
	if marker == 0x01 || marker >= 0xd0 && marker <= 0xd9 {
		return marker, 0, nil
	}
	var b [2]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return 0, 0, errTruncated
	}
	length = int(binary.BigEndian.Uint16(b[:])) - 2
	if length < 0 {
		return 0, 0, errors.New("a segment has a negative length")
	}
	return marker, length, nil
}

func jpegFrame(r *bufio.Reader, s *shape, marker byte, length int) error {
	var b [6]byte
	if length < len(b) {
		return errTruncated
	}
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return errTruncated
	}
	s.height, s.width = int(binary.BigEndian.Uint16(b[1:])), int(binary.BigEndian.Uint16(b[3:]))
	// Full planes, plus the copy made when the colours are stored as RGB or CMYK.
	components := int64(b[5])
	if components == 0 || components > 4 {
		return errors.New("the number of colour components is wrong")
	}
	s.bytesPerPixel = components
	if components > 1 {
		s.bytesPerPixel += 4
	}
	if progressive := marker == 0xc2; progressive {
		samples := int64(0)
		sampling := make([]byte, 3*components)
		if _, err := io.ReadFull(r, sampling); err != nil {
			return errTruncated
		}
		var hMax, vMax int64 = 1, 1
		for i := 0; i < len(sampling); i += 3 {
			h, v := int64(sampling[i+1]>>4), int64(sampling[i+1]&15)
			hMax, vMax = max(hMax, h), max(vMax, v)
			samples += h * v
		}
		s.bytesPerPixel += (4*samples + hMax*vMax - 1) / (hMax * vMax) // a coefficient is an int32
	}
	return nil
}

// exifOrientation reads tag 0x0112 of the first directory; 0 means it is not there.
func exifOrientation(app1 []byte) int {
	if len(app1) < 14 || string(app1[:6]) != "Exif\x00\x00" {
		return 0
	}
	tiff := app1[6:]
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	offset := int64(order.Uint32(tiff[4:]))
	if offset+2 > int64(len(tiff)) {
		return 0
	}
	entries := tiff[offset+2:]
	for range order.Uint16(tiff[offset:]) {
		if len(entries) < 12 {
			return 0
		}
		if order.Uint16(entries) == 0x0112 {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
			return 0
		}
		entries = entries[12:]
	}
	return 0
}
