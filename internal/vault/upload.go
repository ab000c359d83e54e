package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/minio/minio-go/v7"
)

// abortPatience bounds the removal of an upload that failed.
const abortPatience = 30 * time.Second

// upload sends a file to a bucket in parts. It holds one part.
type upload struct {
	s3   *S3
	ctx  context.Context //nolint:containedctx // lives as long as one Put
	key  string
	part int // bytes of a part

	id     string // empty until a second part is needed
	buffer []byte
	sent   []minio.CompletePart
}

// Write implements io.Writer.
func (u *upload) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		if len(u.buffer) == u.part {
			if err := u.send(); err != nil {
				return written, err
			}
		}
		n := min(len(p), u.part-len(u.buffer))
		u.buffer = append(u.buffer, p[:n]...)
		p = p[n:]
		written += n
	}
	return written, nil
}

// send sends what is held as the next part.
func (u *upload) send() error {
	core := minio.Core{Client: u.s3.client}
	if u.id == "" {
		err := u.s3.try(u.ctx, func() (err error) {
			u.id, err = core.NewMultipartUpload(u.ctx, u.s3.bucket, u.key, minio.PutObjectOptions{ContentType: "application/octet-stream"})
			return err
		})
		if err != nil {
			return err
		}
	}
	sum := sha256.Sum256(u.buffer)
	number := len(u.sent) + 1
	err := u.s3.try(u.ctx, func() error {
		part, err := core.PutObjectPart(u.ctx, u.s3.bucket, u.key, u.id, number, bytes.NewReader(u.buffer), int64(len(u.buffer)),
			minio.PutObjectPartOptions{Sha256Hex: hex.EncodeToString(sum[:]), DisableContentSha256: true})
		if err == nil {
			u.sent = append(u.sent, minio.CompletePart{PartNumber: number, ETag: part.ETag})
		}
		return err
	})
	u.buffer = u.buffer[:0]
	return err
}

// complete sends the rest and makes the file appear.
func (u *upload) complete() error {
	if u.id == "" {
		return u.s3.put(u.ctx, u.key, "application/octet-stream", u.buffer)
	}
	if err := u.send(); err != nil {
		return err
	}
	return u.s3.try(u.ctx, func() error {
		_, err := minio.Core{Client: u.s3.client}.CompleteMultipartUpload(u.ctx, u.s3.bucket, u.key, u.id, u.sent, minio.PutObjectOptions{})
		return err
	})
}

// abort makes the store forget the parts; what it does not forget now is swept later.
func (u *upload) abort() {
	if u.id == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(u.ctx), abortPatience)
	defer cancel()
	_ = u.s3.try(ctx, func() error { //nolint:errcheck // swept later
		return minio.Core{Client: u.s3.client}.AbortMultipartUpload(ctx, u.s3.bucket, u.key, u.id)
	})
}
