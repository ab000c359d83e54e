// Command fakeengine serves a fake engine, for tests that need one in a process of its
// own: go run ./tests/fakeengine -kind sdnext -listen 127.0.0.1:0
//
// It prints its address, such as http://127.0.0.1:41234, as its only line of output, and
// ends on SIGINT or SIGTERM.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"loramanager/internal/embedding/embeddingtest"
	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, os.Args[1:], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func serve(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("fakeengine", flag.ContinueOnError)
	kind := flags.String("kind", "sdnext", "sdnext, a1111, forge, comfyui, sdcpp or embeddings")
	listen := flags.String("listen", "127.0.0.1:0", "address")
	stepTime := flags.Duration("step", 20*time.Millisecond, "time of one step")
	loras := flags.String("loras", "", "comma-separated paths of the LoRAs it lists; a few when empty")
	user := flags.String("user", "", "name asked of every caller; nobody is asked when empty")
	password := flags.String("password", "", "password asked of every caller")
	habit := flags.String("habit", "", "make generations sick (A1111 family): one of the habits of enginetest; or embeddings, one of the faults of embeddingtest")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ask := options{kind: lora.EngineKind(*kind), stepTime: *stepTime, user: *user, password: *password}
	if *loras != "" {
		ask.loras = strings.Split(*loras, ",")
	}
	handler, done, err := newHandler(ask, *habit)
	if err != nil {
		return err
	}
	defer done()
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	fmt.Fprintln(out, "http://"+listener.Addr().String())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// options say how the fake is.
type options struct {
	kind           lora.EngineKind
	stepTime       time.Duration
	loras          []string
	user, password string
}

// embeddings is the kind of a fake that is no engine: an endpoint for text vectors.
const embeddings = "embeddings"

// newHandler returns what is served, and what ends it.
func newHandler(o options, habit string) (http.Handler, func(), error) {
	if o.kind == embeddings {
		endpoint := embeddingtest.New(embeddingDims, o.password)
		endpoint.Set(embeddingtest.Fault(habit))
		return endpoint, func() {}, nil
	}
	fake, err := newFake(o)
	if err != nil {
		return nil, nil, err
	}
	if habit != "" {
		return enginetest.Sick(fake, enginetest.Habit(habit), enginetest.Generations), fake.Close, nil
	}
	return fake, fake.Close, nil
}

// embeddingDims is the length of the vectors of small models in use.
const embeddingDims = 384

func newFake(o options) (enginetest.Fake, error) {
	switch o.kind {
	case lora.SDNext, lora.A1111, lora.Forge:
		return enginetest.NewA1111(enginetest.A1111Options{
			Kind: o.kind, StepTime: o.stepTime, LoRAs: o.loras, Username: o.user, Password: o.password,
		}), nil
	case lora.ComfyUI:
		return enginetest.NewComfyUI(enginetest.ComfyUIOptions{
			StepTime: o.stepTime, LoRAs: o.loras, Previews: true, Username: o.user, Password: o.password,
		}), nil
	case lora.SDCpp:
		return enginetest.NewSDCpp(enginetest.SDCppOptions{StepTime: o.stepTime, LoRAs: o.loras}), nil
	}
	return nil, fmt.Errorf("there is no fake of the kind %q", o.kind)
}
