package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// S3Options say where a bucket is. Endpoint and Bucket are required.
type S3Options struct {
	Endpoint  string // host, or host:port
	TLS       bool
	Region    string // us-east-1 when empty
	Bucket    string // must exist
	Prefix    string // put before all names, such as "backups"
	AccessKey string
	SecretKey guard.Secret
	// Transport makes the requests; nil takes one that keeps connections and gives up when
	// the store does not begin to answer within a minute.
	Transport http.RoundTripper
}

// S3 is a Vault in a bucket of an S3-compatible store.
type S3 struct {
	client *minio.Client
	bucket string
	prefix string
}

const (
	mib = 1 << 20
	// attempts is how often a request is made; the pause between two begins with
	// firstPause and doubles.
	attempts   = 6
	firstPause = 200 * time.Millisecond
	// partSize is how much of a file is sent with one request and held in memory. A store
	// takes 10,000 parts of a file; larger files get larger parts.
	partSize  = 16 * mib
	partCount = 9_000
	// unknownPart is the part of a file of unknown size, up to 600 GB.
	unknownPart = 64 * mib
	// uploadAge is how old an upload must be to be taken for interrupted: a large backup
	// over a slow line may take days.
	uploadAge = 7 * 24 * time.Hour
)

// OpenS3 returns a Vault in a bucket. It asks nothing of the store yet. It fails with
// Invalid when the options name no store.
func OpenS3(o S3Options) (*S3, error) {
	if o.Bucket == "" {
		return nil, lora.FieldErrorf(lora.Invalid, "bucket", "Name the bucket backups are kept in.")
	}
	if o.Region == "" {
		o.Region = "us-east-1" // as stores without regions are called
	}
	client, err := minio.New(o.Endpoint, &minio.Options{
		Creds:  credentials.NewStaticV4(o.AccessKey, o.SecretKey.Reveal(), ""),
		Secure: o.TLS, Region: o.Region, Transport: o.Transport, MaxRetries: 1,
	})
	if err != nil {
		return nil, &lora.Error{Code: lora.Invalid, Field: "endpoint", Message: "The address of the backup store must be host or host:port.", Err: err}
	}
	return &S3{client: client, bucket: o.Bucket, prefix: strings.Trim(o.Prefix, "/")}, nil
}

func (s *S3) key(name string) string { return path.Join(s.prefix, name) }

// below is what the keys of the vault begin with.
func (s *S3) below() string {
	if s.prefix == "" {
		return ""
	}
	return s.prefix + "/"
}

// Put implements Vault. The file is sent in parts, one at a time, each of which is held
// until the store has it; it appears when all are there.
func (s *S3) Put(ctx context.Context, name string, size int64, write func(io.Writer) error) error {
	if err := checkName(name); err != nil {
		return err
	}
	switch _, err := s.stat(ctx, name); {
	case err == nil:
		return taken(name)
	case lora.CodeOf(err) != lora.NotFound:
		return err
	}
	u := &upload{s3: s, ctx: ctx, key: s.key(name), part: partsOf(size)}
	count := &counter{ctx: ctx, to: u}
	err := write(count)
	if err == nil && size >= 0 && count.n != size {
		err = wrongSize(name, count.n, size)
	}
	if err == nil {
		err = u.complete()
	}
	if err != nil {
		u.abort()
	}
	return err
}

func partsOf(size int64) int {
	if size < 0 {
		return unknownPart
	}
	return int(max(partSize, (size/partCount+mib-1)/mib*mib))
}

func (s *S3) stat(ctx context.Context, name string) (info minio.ObjectInfo, err error) {
	err = s.try(ctx, func() error {
		info, err = s.client.StatObject(ctx, s.bucket, s.key(name), minio.StatObjectOptions{})
		return err
	})
	return info, err
}

// try makes a request, again and later each time when what failed may pass. The client
// makes none a second time by itself: it would send a body again that the connection
// which broke is still reading.
func (s *S3) try(ctx context.Context, request func() error) error {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		err := request()
		if err == nil || attempt == attempts || !mayPass(err) || ctx.Err() != nil {
			return s.fail(err)
		}
		select {
		case <-ctx.Done():
			return s.fail(err)
		case <-time.After(pause):
			pause *= 2
		}
	}
}

// mayPass says whether asking again can help: the store is busy, something between here
// and there broke, or a body was damaged on its way.
func mayPass(err error) bool {
	var answer minio.ErrorResponse
	if !errors.As(err, &answer) {
		return true // no answer at all
	}
	switch answer.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return answer.Code == "XAmzContentSHA256Mismatch" || answer.Code == "BadDigest" || answer.Code == "RequestTimeout" || answer.Code == "IncompleteBody"
}

// Replace implements Vault.
func (s *S3) Replace(ctx context.Context, name string, data []byte) error {
	if err := checkName(name); err != nil {
		return err
	}
	return s.put(ctx, s.key(name), "application/json", data)
}

// put sends a body whose digest is signed, so that damage on the way is refused. Signing
// it in chunks instead, as the client does by itself, is what some stores get wrong.
func (s *S3) put(ctx context.Context, key, kind string, data []byte) error {
	sum := sha256.Sum256(data)
	return s.try(ctx, func() error {
		_, err := minio.Core{Client: s.client}.PutObject(ctx, s.bucket, key, bytes.NewReader(data), int64(len(data)), "", hex.EncodeToString(sum[:]),
			minio.PutObjectOptions{ContentType: kind, DisableContentSha256: true})
		return err
	})
}

// Open implements Vault.
func (s *S3) Open(ctx context.Context, name string) (File, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	info, err := s.stat(ctx, name)
	if err != nil {
		return nil, err
	}
	return &object{ctx: ctx, s3: s, key: s.key(name), etag: info.ETag, size: info.Size}, nil
}

// Delete implements Vault.
func (s *S3) Delete(ctx context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	return ignoreMissing(s.try(ctx, func() error {
		return s.client.RemoveObject(ctx, s.bucket, s.key(name), minio.RemoveObjectOptions{})
	}))
}

// List implements Vault.
func (s *S3) List(ctx context.Context, visit func(name string, size int64, modified time.Time) error) error {
	var found []minio.ObjectInfo
	err := s.try(ctx, func() error {
		var err error
		found, err = s.list(ctx)
		return err
	})
	if err != nil {
		return err
	}
	for _, object := range found {
		name := strings.TrimPrefix(object.Key, s.below())
		if name == "" || strings.Contains(name, "/") {
			continue // a folder, or a file in one
		}
		if err := visit(name, object.Size, object.LastModified); err != nil {
			return err
		}
	}
	return nil
}

// list reads the whole list, so that it can be read again: a vault holds few files.
func (s *S3) list(ctx context.Context) (found []minio.ObjectInfo, err error) {
	for object := range s.client.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.below()}) {
		if object.Err != nil {
			err = object.Err // the channel is closed after it
			continue
		}
		found = append(found, object)
	}
	return found, err
}

// Free implements Vault: a store does not say.
func (s *S3) Free() (int64, bool) { return 0, false }

// Sweep implements Vault.
func (s *S3) Sweep(ctx context.Context, now time.Time) error {
	var errs []error
	for upload := range s.client.ListIncompleteUploads(ctx, s.bucket, s.below(), true) {
		switch {
		case upload.Err != nil:
			errs = append(errs, s.fail(upload.Err))
		case now.Sub(upload.Initiated) > uploadAge:
			errs = append(errs, s.fail(s.client.RemoveIncompleteUpload(ctx, s.bucket, upload.Key)))
		}
	}
	return errors.Join(errs...)
}

// fail translates an answer of the store into the house's words.
func (s *S3) fail(err error) error {
	if err == nil {
		return nil
	}
	e := &lora.Error{Code: lora.Unavailable, Message: "The backup store cannot be reached just now.", Err: err}
	switch answer := minio.ToErrorResponse(err); {
	case answer.Code == minio.NoSuchBucket:
		e.Message = "The backup store has no bucket " + guard.DisplayName(s.bucket) + ". Create it, or name another one."
	case answer.Code == minio.NoSuchKey || answer.StatusCode == http.StatusNotFound:
		e.Code, e.Message = lora.NotFound, "There is no such backup file."
	case answer.StatusCode == http.StatusInsufficientStorage, answer.Code == "XMinioStorageFull", strings.Contains(answer.Code, "QuotaExceeded"):
		e.Code, e.Message = lora.StorageFull, "The backup store is full."
	case answer.Code == minio.PreconditionFailed || answer.StatusCode == http.StatusPreconditionFailed:
		e.Message = "The backup file was changed while it was read."
	case answer.StatusCode == http.StatusForbidden || answer.StatusCode == http.StatusUnauthorized:
		e.Message = "The backup store refuses the key. Check the access key, the secret key and what they may do."
	}
	return e
}
