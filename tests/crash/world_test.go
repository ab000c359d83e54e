package crash

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"
	"time"

	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
	"loramanager/internal/queue/redistest"
	"loramanager/internal/store/pgtest"
	"loramanager/tests/harness"
)

func TestMain(m *testing.M) {
	harness.Main(m, pgtest.Stop)
}

// kills is how often one test may kill the program.
func kills(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("CRASH_KILLS"), "20"))
	if err != nil || n < 4 {
		t.Fatalf("CRASH_KILLS must be a number of at least 4, not %q", os.Getenv("CRASH_KILLS"))
	}
	return n
}

// world is one installation: its data and its engines outlive the servers.
type world struct {
	t       *testing.T
	random  *rand.Rand
	data    string
	address string // of PostgreSQL; empty on SQLite
	redis   *redistest.Server
	env     []string
	ready   []time.Duration // from the start of a process until it answered
}

// tags build the program with failpoints in it.
const tags = "failpoints"

func newWorld(t *testing.T, database, carrier string) *world {
	t.Helper()
	harness.Binary(t, tags) // building it is no part of any start
	seed, err := strconv.ParseUint(cmp.Or(os.Getenv("CRASH_SEED"), "0"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("CRASH_SEED=%d", seed)
	w := &world{t: t, random: rand.New(rand.NewPCG(seed, uint64(len(database)+len(carrier)))), data: t.TempDir()} //nolint:gosec // no secret
	sdnext := enginetest.NewA1111(enginetest.A1111Options{Kind: lora.SDNext, StepTime: 10 * time.Millisecond})
	comfy := enginetest.NewComfyUI(enginetest.ComfyUIOptions{StepTime: 10 * time.Millisecond})
	for name, fake := range map[string]enginetest.Fake{"SDNEXT_BASE_URL": sdnext, "COMFYUI_URL": comfy} {
		server := httptest.NewServer(fake)
		t.Cleanup(func() { fake.Close(); server.Close() })
		w.env = append(w.env, name+"="+server.URL)
	}
	w.env = append(w.env, "LORAMANAGER_DELIVERY_FOLDER="+t.TempDir())
	if database == "postgres" {
		w.address = pgtest.Database(t)
		w.env = append(w.env, "DATABASE_URL="+w.address)
	}
	if carrier == "redis" {
		w.redis = redistest.Start(t)
		w.env = append(w.env, "REDIS_URL="+w.redis.URL())
	}
	return w
}

// start starts a server that dies at the failpoint, if one is given.
func (w *world) start(failpoint string) *harness.Server {
	w.t.Helper()
	env := w.env
	if failpoint != "" {
		env = append(env[:len(env):len(env)], "LORAMANAGER_FAILPOINT="+failpoint)
	}
	began := time.Now()
	s := harness.Start(w.t, harness.Options{Data: w.data, Env: env, Tags: tags, Dirty: true})
	w.ready = append(w.ready, time.Since(began))
	return s
}

// failpoints are all points at which the program can end itself.
var failpoints = []string{
	"accept.before", "accept.after", "claimed", "reclaimed", "submitted.before", "submitted.after", "picture.before", "picture.kept",
	"delivery.before", "delivery.after", "ended.before", "ended.after",
	"keep.folder", "keep.create", "keep.write", "keep.sync", "keep.rename", "keep.flush",
}

// failpoint is a random point, to die at when it is reached for the n-th time.
func (w *world) failpoint() string {
	return fmt.Sprintf("%s:%d", failpoints[w.random.IntN(len(failpoints))], 1+w.random.IntN(8))
}
