package engine_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"loramanager/internal/engine"
	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
)

// The test binary is its own sd-server: started with the arguments of one it behaves as
// the argument before them says.
func init() {
	if at := slices.Index(os.Args, "--keep-engine"); at > 0 {
		keepEngine(os.Args[at+1])
	}
	at := slices.Index(os.Args, "--listen-port")
	if at < 0 || !slices.Contains(os.Args, "--behave") {
		return
	}
	fmt.Fprintln(os.Stderr, "loading the model", os.Args[slices.Index(os.Args, "--model")+1])
	behave := os.Args[slices.Index(os.Args, "--behave")+1]
	marker := behave[strings.IndexByte(behave, ':')+1:]
	if behave == "broken" {
		fmt.Fprintln(os.Stderr, "ggml: the model cannot be read")
		os.Exit(3)
	}
	fake := enginetest.NewSDCpp(enginetest.SDCppOptions{StepTime: time.Millisecond})
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[at+1])
	if err != nil {
		os.Exit(5)
	}
	_ = os.WriteFile(marker+".port", []byte(os.Args[at+1]), 0o600)
	_ = os.WriteFile(marker+".environment", []byte(strings.Join(os.Environ(), "\n")), 0o600)
	_ = os.WriteFile(marker+".pid", fmt.Append(nil, os.Getpid()), 0o600)
	_ = http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := os.Stat(marker + ".died"); strings.HasPrefix(behave, "dies once") && err != nil && r.URL.Path == "/sdcpp/v1/img_gen" {
			_ = os.WriteFile(marker+".died", nil, 0o600)
			fmt.Fprintln(os.Stderr, "GGML_ASSERT failed")
			os.Exit(6)
		}
		fake.ServeHTTP(w, r)
	}))
	os.Exit(7)
}

// keepEngine is a server that keeps an engine and is killed meanwhile.
func keepEngine(marker string) {
	driver, err := engine.NewTestDriver(lora.EngineConfig{Name: "m", Kind: lora.SDCpp, Managed: &lora.ManagedEngine{
		Binary: os.Args[0], Model: "tiny.gguf", Args: []string{"--behave", "well:" + marker},
	}}, nil)
	if err == nil {
		_, err = driver.Describe(context.Background())
	}
	fmt.Println(err)
	select {}
}

func TestAManagedEngineDoesNotOutliveTheServer(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		return // elsewhere only Close ends it
	}
	marker := filepath.Join(t.TempDir(), "m")
	server := exec.Command(os.Args[0], "--keep-engine", marker)
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	said, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || said != "<nil>\n" {
		t.Fatalf("the server says %q: %v", said, err)
	}
	port, err := os.ReadFile(marker + ".port")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", "127.0.0.1:"+string(port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = server.Wait()
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := conn.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the engine still holds its connections a minute after the server was killed")
	}
}

func startManaged(t *testing.T, behave string) (engine.Driver, string) {
	t.Helper()
	marker := filepath.Join(t.TempDir(), "m")
	driver := driverFor(t, lora.EngineConfig{Name: "m", Kind: lora.SDCpp, Managed: &lora.ManagedEngine{
		Binary: os.Args[0], Model: "tiny.gguf", Args: []string{"--behave", behave + ":" + marker},
	}}, nil)
	if behave == "broken" {
		driver = driverFor(t, lora.EngineConfig{Name: "m", Kind: lora.SDCpp, Managed: &lora.ManagedEngine{
			Binary: os.Args[0], Model: "tiny.gguf", Args: []string{"--behave", behave},
		}}, nil)
	}
	engine.Hurry(driver, 3)
	return driver, marker
}

func TestAManagedEngineIsStartedUsedAndStopped(t *testing.T) {
	t.Parallel()
	driver, marker := startManaged(t, "well")
	if _, err := os.Stat(marker + ".pid"); err == nil {
		t.Fatal("the engine was started before anybody needed it")
	}
	d, err := driver.Describe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if d.Capabilities.CurrentModel.Value != "tiny" {
		t.Errorf("the engine loaded %q", d.Capabilities.CurrentModel.Value)
	}
	if news := run(t, driver, orderOf(nil)); len(news.pictures) != 1 {
		t.Errorf("got %d pictures", len(news.pictures))
	}
	pid, err := os.ReadFile(marker + ".pid")
	if err != nil {
		t.Fatal(err)
	}
	environment, err := os.ReadFile(marker + ".environment")
	if err != nil || strings.Contains(string(environment), "PWD=") || !strings.Contains(string(environment), "PATH=") {
		t.Errorf("the engine was given the environment %q", environment)
	}
	if err := driver.(interface{ Close() error }).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/proc/" + string(pid)); err == nil {
		t.Error("the engine still runs after Close")
	}
	refused(t, driver, orderOf(nil), lora.EngineUnreachable)
}

func TestAManagedEngineIsStartedAgainAfterItDied(t *testing.T) {
	t.Parallel()
	driver, _ := startManaged(t, "dies once")
	err := driver.Run(context.Background(), orderOf(nil), (&told{}).sink)
	var failed *lora.EngineError
	if !errors.As(err, &failed) || failed.Class != lora.EngineFailed {
		t.Fatalf("the job during which it died ended with %v", err)
	}
	var news told
	for len(news.pictures) == 0 { // the death may not be noticed yet; jobs are retried as well
		if err := driver.Run(context.Background(), orderOf(nil), news.sink); err != nil && (!errors.As(err, &failed) || !failed.Class.Retryable()) {
			t.Fatalf("the next job ended with %v", err)
		}
	}
}

func TestAManagedEngineThatCannotStartIsGivenUpWithItsLastWords(t *testing.T) {
	t.Parallel()
	driver, _ := startManaged(t, "broken")
	for range 2 { // testing it tries again
		_, err := driver.Describe(context.Background())
		var failed *lora.EngineError
		if !errors.As(err, &failed) || failed.Class != lora.EngineFailed || !strings.Contains(failed.Message, "the model cannot be read") {
			t.Fatalf("got %v", err)
		}
	}
	refused(t, driver, orderOf(nil), lora.EngineFailed)
}

func TestAManagedEngineWithoutProgramOrModelIsRefused(t *testing.T) {
	t.Parallel()
	for field, cfg := range map[string]lora.ManagedEngine{
		"managed.binary": {Model: "m"}, "managed.model": {Binary: "b"}, "managed.args": {Binary: "b", Model: "m", Args: []string{"a\x00"}},
	} {
		_, err := engine.NewTestDriver(lora.EngineConfig{Name: "m", Kind: lora.SDCpp, Managed: &cfg}, nil)
		var refusal *lora.Error
		if !errors.As(err, &refusal) || refusal.Field != field {
			t.Errorf("%s: got %v", field, err)
		}
	}
}
