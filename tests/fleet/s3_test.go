package fleet

import (
	"bytes"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"loramanager/tests/harness"
)

const bucket, accessKey, secretKey = "pictures", "fleet", "fleet-secret"

// gateway is the path of the S3-compatible store, built once.
var gateway = sync.OnceValues(func() (string, error) {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("loramanager-versitygw-%d", os.Getpid()))
	build := exec.Command("go", "build", "-o", path, "github.com/versity/versitygw/cmd/versitygw")
	build.Dir, build.Env = "tools", append(os.Environ(), "CGO_ENABLED=0")
	var out bytes.Buffer
	build.Stdout, build.Stderr = &out, &out
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("building versitygw: %w\n%s", err, out.String())
	}
	return path, nil
})

// removeGateway removes what gateway built.
func removeGateway() error {
	left, err := filepath.Glob(filepath.Join(os.TempDir(), fmt.Sprintf("loramanager-versitygw-%d", os.Getpid())))
	for _, path := range left {
		err = os.Remove(path)
	}
	return err
}

// bucketStore is an S3-compatible store with one bucket.
type bucketStore struct {
	t       *testing.T
	address string
	folder  string // where its objects lie
}

func startS3(t *testing.T) *bucketStore {
	t.Helper()
	path, err := gateway()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	s := &bucketStore{t: t, address: freeAddress(t), folder: filepath.Join(home, "objects", bucket)}
	facts := filepath.Join(home, "facts")
	for _, dir := range []string{s.folder, facts} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command(path, "--port", s.address, "--quiet", "--health", "/health", "posix", "--sidecar", facts, filepath.Dir(s.folder)) //nolint:gosec // our own
	command.Env = []string{"ROOT_ACCESS_KEY=" + accessKey, "ROOT_SECRET_KEY=" + secretKey}
	var log bytes.Buffer
	command.Stdout, command.Stderr = &log, &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if t.Failed() {
			t.Logf("versitygw said:\n%s", log.String())
		}
	})
	harness.Eventually(t, time.Minute, "versitygw is ready", func() bool { return healthy("http://" + s.address) })
	return s
}

func (s *bucketStore) environment() []string {
	return []string{
		"LORAMANAGER_PICTURES_S3_ENDPOINT=http://" + s.address, "LORAMANAGER_PICTURES_S3_BUCKET=" + bucket,
		"LORAMANAGER_PICTURES_S3_ACCESS_KEY=" + accessKey, "LORAMANAGER_PICTURES_S3_SECRET_KEY=" + secretKey,
	}
}

var digest = regexp.MustCompile(`[0-9a-f]{64}`)

// objects are the digests that objects of the bucket are named after.
func (s *bucketStore) objects() map[string]bool {
	s.t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(s.folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			found[digest.FindString(filepath.Base(path))] = true
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

func freeAddress(t *testing.T) string {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// healthy reports whether /health of an address says 200.
func healthy(base string) bool {
	client := http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(base + "/health")
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}
