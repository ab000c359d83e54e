package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"loramanager/internal/events"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// atDesk opens the rooms that commands work with on the database itself: no HTTP, no jobs,
// nothing in the background.
func atDesk(a *app) { a.desk = true }

// desk is where one command works. It must be closed.
type desk struct {
	*app
	io streams
}

// openDesk opens the database of the configuration. With SQLite a server that uses it is
// an error that says so.
func openDesk(ctx context.Context, c *Config, io streams) (*desk, error) {
	log := slog.New(slog.DiscardHandler) // the command itself says what it does, and why it fails
	if c.LogLevel == "debug" {
		log = newLogger(c, io)
	}
	a, err := newApp(ctx, *c, log, atDesk)
	if lora.CodeOf(err) == lora.Conflict {
		return nil, fmt.Errorf("%w Or do this in the browser, where the server does it", err)
	}
	if err != nil {
		return nil, err
	}
	return &desk{a, io}, nil
}

// shut closes the desk and adds what goes wrong to an error.
func (d *desk) shut(err *error) {
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	*err = errors.Join(*err, d.close(ctx))
}

// deskRooms are the rooms of a desk, from the bottom up.
func (a *app) deskRooms() []func(context.Context) error {
	hub := func(context.Context) error {
		a.hub = events.New(events.Options{})
		return nil
	}
	return []func(context.Context) error{a.openStore, a.openPictures, hub, a.openLibrary, a.openArchive, a.openOrigin, a.openAccounts}
}

const (
	lookEvery = 200 * time.Millisecond
	// cancelWait is how long a cancelled transfer has to take back what it began.
	cancelWait = time.Minute
)

// follow shows a transfer until nothing works on it. When ctx ends it is cancelled, and
// what it began is taken back before follow returns.
func (d *desk) follow(ctx context.Context, id string) (lora.Transfer, error) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		_, _ = d.archive.CancelTransfer(late, id) // one past its point of no return ends by itself
		time.AfterFunc(cancelWait, cancel)
	})
	defer stop()
	bar := newTransferBar(d.io)
	defer bar.end()
	type end struct {
		t   lora.Transfer
		err error
	}
	ended := make(chan end, 1)
	go func() {
		t, err := d.archive.AwaitTransfer(late, id)
		ended <- end{t, err}
	}()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case e := <-ended:
			bar.end()
			for _, note := range e.t.Notes {
				d.say("%s", note)
			}
			return e.t, errors.Join(e.err, failed(&e.t))
		case <-look.C:
			if t, err := d.archive.Transfer(late, id); err == nil {
				bar.show(&t)
			}
		}
	}
}

// failed is why a transfer is over without success; nil when it is not.
func failed(t *lora.Transfer) error {
	switch t.State {
	case lora.TransferFailed:
		return errors.New(t.Error)
	case lora.TransferCancelled:
		return errors.New("cancelled; nothing was changed")
	case lora.TransferPlanning, lora.TransferPlanned, lora.TransferRunning, lora.TransferDone:
	}
	return nil
}

// say writes a line for people to the error stream.
func (d *desk) say(format string, args ...any) {
	_, _ = fmt.Fprintln(d.io.err, guard.DisplayName(fmt.Sprintf(format, args...)))
}

// print writes the result of a command: as JSON, or as a sentence.
func (d *desk) print(asJSON bool, value any, format string, args ...any) error {
	if asJSON {
		return json.NewEncoder(d.io.out).Encode(value)
	}
	_, err := fmt.Fprintln(d.io.out, guard.DisplayName(fmt.Sprintf(format, args...)))
	return err
}

// keyFlags are how encrypted archives are opened or made.
type keyFlags struct {
	Passphrase     guard.Secret `names:"LORAMANAGER_PASSPHRASE" help:"Of an encrypted archive. Better set in the environment: others can see command lines." placeholder:"TEXT"`
	PassphraseFile string       `help:"File whose first line is the passphrase." placeholder:"FILE" type:"path"`
}

const maxKeyFile = 64 << 10

func (k *keyFlags) passphrase() (guard.Secret, error) {
	if k.PassphraseFile == "" {
		return k.Passphrase, nil
	}
	text, err := readSmall(k.PassphraseFile)
	line, _, _ := strings.Cut(text, "\n")
	return guard.Secret(strings.TrimSuffix(line, "\r")), err
}

// readSmall reads a small file the user named.
func readSmall(path string) (string, error) {
	root, err := guard.OpenRoot(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	defer func() { _ = root.Close() }() // only read
	text, err := root.ReadFile(filepath.Base(path), maxKeyFile)
	return string(text), err
}
