package guard

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// Program is a program of this machine that an administrator's configuration names.
type Program struct {
	Path   string
	Args   []string
	Output io.Writer // gets what it writes, both streams
	// Grace is the time between being asked to end and being ended.
	Grace time.Duration
}

// passedOn are the variables of our environment that programs get: where programs and
// libraries are, and which graphics card to use. Secrets of ours are not among them.
var passedOn = []string{
	"PATH", "HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "OMP_NUM_THREADS",
	"CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "HSA_OVERRIDE_GFX_VERSION", "GGML_VK_VISIBLE_DEVICES",
}

func environment() []string {
	env := []string{}
	for _, name := range passedOn {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// errEnded is how a program ends that was not expected to.
var errEnded = errors.New("it ended without an error")

// Run starts the program, without a shell, and returns why it ended, which is never nil.
// It ends, with all it started, when ctx does, and on Linux whenever this program ends.
// After the start Run calls started with a function that ends it at once.
func (p Program) Run(ctx context.Context, started func(kill func())) error {
	// The kernel ends the program when the thread that started it ends: this one stays.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	command := exec.CommandContext(ctx, p.Path, p.Args...) //nolint:gosec // that is what it is for
	command.Env = environment()
	command.Stdout, command.Stderr = p.Output, p.Output
	command.WaitDelay = p.Grace
	ownGroup(command)
	command.Cancel = func() error { return endGroup(command) }
	if err := command.Start(); err != nil {
		return err
	}
	started(func() { killGroup(command) })
	err := command.Wait()
	killGroup(command) // what it left behind
	if err == nil {
		err = errEnded
	}
	return err
}
