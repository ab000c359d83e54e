package images

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path"
	"strings"

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
	Prefix    string // put before all names, such as "pictures"
	AccessKey string
	SecretKey guard.Secret
	// Transport makes the requests; nil takes one that keeps connections and gives up when
	// the store does not begin to answer within a minute.
	Transport http.RoundTripper
}

// S3 is a Shelf in a bucket of an S3-compatible store. An object there appears whole or
// not at all, and lasts once the store has said so.
type S3 struct {
	client *minio.Client
	bucket string
	prefix string
}

// retries is how often a request is tried; jobs have retries of their own.
const retries = 3

// OpenS3 returns a Shelf in a bucket. It asks nothing of the store yet. It fails with
// Invalid when the options name no store.
func OpenS3(o S3Options) (*S3, error) {
	if o.Bucket == "" {
		return nil, lora.FieldErrorf(lora.Invalid, "bucket", "Name the bucket pictures are kept in.")
	}
	if o.Region == "" {
		o.Region = "us-east-1" // as stores without regions are called
	}
	client, err := minio.New(o.Endpoint, &minio.Options{
		Creds:  credentials.NewStaticV4(o.AccessKey, o.SecretKey.Reveal(), ""),
		Secure: o.TLS, Region: o.Region, Transport: o.Transport, MaxRetries: retries,
	})
	if err != nil {
		return nil, &lora.Error{Code: lora.Invalid, Field: "endpoint", Message: "The address of the picture store must be host or host:port.", Err: err}
	}
	return &S3{client: client, bucket: o.Bucket, prefix: strings.Trim(o.Prefix, "/")}, nil
}

func (s *S3) key(name string) string { return path.Join(s.prefix, name) }

// Put implements Shelf.
func (s *S3) Put(ctx context.Context, name, contentType string, data []byte) error {
	if size, err := s.Size(ctx, name); err == nil && size == int64(len(data)) {
		return nil
	}
	_, err := s.client.PutObject(ctx, s.bucket, s.key(name), bytes.NewReader(data), int64(len(data)),
		minio.PutObjectOptions{ContentType: contentType, DisableMultipart: true, SendContentMd5: true})
	return s.fail(err)
}

// Open implements Shelf.
func (s *S3) Open(ctx context.Context, name string) (io.ReadSeekCloser, error) {
	object, err := s.client.GetObject(ctx, s.bucket, s.key(name), minio.GetObjectOptions{})
	if err != nil {
		return nil, s.fail(err)
	}
	if _, err := object.Stat(); err != nil { // only now the store is asked
		_ = object.Close()
		return nil, s.fail(err)
	}
	return object, nil
}

// Size implements Shelf.
func (s *S3) Size(ctx context.Context, name string) (int64, error) {
	info, err := s.client.StatObject(ctx, s.bucket, s.key(name), minio.StatObjectOptions{})
	if err != nil {
		return 0, s.fail(err)
	}
	return info.Size, nil
}

// Delete implements Shelf.
func (s *S3) Delete(ctx context.Context, name string) error {
	err := s.fail(s.client.RemoveObject(ctx, s.bucket, s.key(name), minio.RemoveObjectOptions{}))
	if lora.CodeOf(err) == lora.NotFound {
		return nil
	}
	return err
}

// Walk implements Shelf.
func (s *S3) Walk(ctx context.Context, visit func(name string, size int64) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	prefix := s.prefix
	if prefix != "" {
		prefix += "/"
	}
	var failed error
	for object := range s.client.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		switch {
		case failed != nil: // the channel is emptied, so that its writer ends
		case object.Err != nil:
			failed = s.fail(object.Err)
		default:
			failed = visit(strings.TrimPrefix(object.Key, prefix), object.Size)
		}
		if failed != nil {
			stop()
		}
	}
	return failed
}

// fail translates an answer of the store into the house's words.
func (s *S3) fail(err error) error {
	if err == nil {
		return nil
	}
	e := &lora.Error{Code: lora.Unavailable, Message: "The picture store cannot be reached just now.", Err: err}
	switch answer := minio.ToErrorResponse(err); {
	case answer.Code == minio.NoSuchBucket:
		e.Message = "The picture store has no bucket " + guard.DisplayName(s.bucket) + ". Create it, or name another one."
	case answer.Code == minio.NoSuchKey || answer.StatusCode == http.StatusNotFound:
		e.Code, e.Message = lora.NotFound, "There is no such picture."
	case answer.StatusCode == http.StatusInsufficientStorage, answer.Code == "XMinioStorageFull", strings.Contains(answer.Code, "QuotaExceeded"):
		e.Code, e.Message = lora.StorageFull, "The picture store is full."
	case answer.StatusCode == http.StatusForbidden || answer.StatusCode == http.StatusUnauthorized:
		e.Message = "The picture store refuses the key. Check the access key, the secret key and what they may do."
	}
	return e
}
