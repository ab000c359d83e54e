package guard

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

var errTruncated = errors.New("the file ends inside its headers")

// measurePNG reads IHDR. Interlaced pictures are held twice while they are merged.
func measurePNG(r *bufio.Reader) (shape, error) {
	var b [33]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return shape{}, errTruncated
	}
	if string(b[12:16]) != "IHDR" {
		return shape{}, errors.New("IHDR is not the first chunk")
	}
	width, height := binary.BigEndian.Uint32(b[16:]), binary.BigEndian.Uint32(b[20:])
	if width > 1<<31-1 || height > 1<<31-1 {
		return shape{}, errors.New("a side has more than 31 bits")
	}
	s := shape{format: "png", width: int(width), height: int(height), bytesPerPixel: 4, orientation: 1}
	if depth := b[24]; depth == 16 {
		s.bytesPerPixel = 8
	}
	if interlaced := b[28] != 0; interlaced {
		s.bytesPerPixel *= 2
	}
	return s, nil
}

// measureGIF finds the first frame. Its size counts, not the screen's: the decoder
// allocates the frame, and a frame that does not fit the screen is a bomb.
func measureGIF(r *bufio.Reader) (shape, error) {
	var b [13]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return shape{}, errTruncated
	}
	screenW, screenH := int(binary.LittleEndian.Uint16(b[6:])), int(binary.LittleEndian.Uint16(b[8:]))
	if err := skipPalette(r, b[10]); err != nil {
		return shape{}, err
	}
	for {
		kind, err := readByte(r)
		if err != nil {
			return shape{}, err
		}
		switch kind {
		case 0x21: // extension: label, then sub-blocks
			if _, err := readByte(r); err != nil {
				return shape{}, err
			}
			if err := skipSubBlocks(r); err != nil {
				return shape{}, err
			}
		case 0x2c: // image descriptor
			var d [9]byte
			if _, err := io.ReadFull(r, d[:]); err != nil {
				return shape{}, errTruncated
			}
			left, top := int(binary.LittleEndian.Uint16(d[0:])), int(binary.LittleEndian.Uint16(d[2:]))
			w, h := int(binary.LittleEndian.Uint16(d[4:])), int(binary.LittleEndian.Uint16(d[6:]))
			if left+w > screenW || top+h > screenH {
				return shape{}, fmt.Errorf("a frame of %d x %d lies outside the screen of %d x %d", w, h, screenW, screenH)
			}
			return shape{format: "gif", width: w, height: h, bytesPerPixel: 2, orientation: 1}, nil
		default:
			return shape{}, errors.New("there is no frame")
		}
	}
}

func skipPalette(r *bufio.Reader, flags byte) error {
	if flags&0x80 == 0 {
		return nil
	}
	return skip(r, 3<<(flags&7+1))
}

func skipSubBlocks(r *bufio.Reader) error {
	for {
		n, err := readByte(r)
		if err != nil || n == 0 {
			return err
		}
		if err := skip(r, int64(n)); err != nil {
			return err
		}
	}
}

// measureWebP finds the bitstream chunk and reads its own size: the canvas size of an
// extended file may lie.
func measureWebP(r *bufio.Reader) (shape, error) {
	if err := skip(r, 12); err != nil {
		return shape{}, err
	}
	s := shape{format: "webp", orientation: 1}
	for range 64 {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return shape{}, errTruncated
		}
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		size += size & 1 // chunks are padded to even length
		var b [10]byte
		switch string(head[:4]) {
		case "VP8 ":
			if _, err := io.ReadFull(r, b[:]); err != nil {
				return shape{}, errTruncated
			}
			s.width, s.height = int(binary.LittleEndian.Uint16(b[6:])&0x3fff), int(binary.LittleEndian.Uint16(b[8:])&0x3fff)
			s.bytesPerPixel = 6 // planes, alpha, and the filter's work space
			return s, nil
		case "VP8L":
			if _, err := io.ReadFull(r, b[:5]); err != nil {
				return shape{}, errTruncated
			}
			bits := binary.LittleEndian.Uint32(b[1:])
			s.width, s.height = int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1
			s.bytesPerPixel = 8 // pixels and one transformed copy
			return s, nil
		case "ANIM", "ANMF":
			return shape{}, errors.New("animated WebP is not supported")
		}
		if err := skip(r, size); err != nil {
			return shape{}, err
		}
	}
	return shape{}, errors.New("there is no picture chunk among the first 64")
}

func readByte(r *bufio.Reader) (byte, error) {
	b, err := r.ReadByte()
	if err != nil {
		return 0, errTruncated
	}
	return b, nil
}

func skip(r *bufio.Reader, n int64) error {
	if _, err := io.CopyN(io.Discard, r, n); err != nil {
		return errTruncated
	}
	return nil
}
