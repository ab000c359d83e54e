// Command loramanager is LoRA Manager: the server with its web app, and a few
// commands that work on files without it.
//
// Exit codes: 0 done, 1 the work found or met a problem (a defect in an inspected
// file, a server that could not start), 2 wrong usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/willabides/kongplete"

	"loramanager/internal/guard"
)

// These are set by the build.
var (
	version = "dev"
	commit  = ""
)

const (
	exitOK = iota
	exitProblem
	exitUsage
)

// exitCode is returned by a command that has said everything itself.
type exitCode int

// Error is never shown.
func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// errDefects is returned by inspect when a file has a defect; the report has said the rest.
var errDefects = errors.New("defects found")

// cli is the command line.
type cli struct {
	Config `embed:""`

	Serve      serveCmd                     `cmd:"" default:"withargs" help:"Start the server (the default command)."`
	Worker     workerCmd                    `cmd:"" help:"Run jobs only; needs PostgreSQL. Start as many as you like, on as many computers."`
	Scan       scanCmd                      `cmd:"" help:"Read folders and print what is in them. Needs no database."`
	Inspect    inspectCmd                   `cmd:"" help:"Print the full report of files. Exit code 1 when one has a defect."`
	Sample     sampleCmd                    `cmd:"" help:"Write a sample library of small valid adapters."`
	Export     exportCmd                    `cmd:"" help:"Write an archive of everything, or of what is chosen."`
	Import     importCmd                    `cmd:"" help:"Bring in archives, adapter files and folders."`
	MoveIn     moveInCmd                    `cmd:"" help:"Bring in what another manager knows of its adapters."`
	Backup     backupCmd                    `cmd:"" help:"Make, list, verify and restore backups."`
	Hub        hubCmd                       `cmd:"" help:"Ask hubs about adapters."`
	Doctor     doctorCmd                    `cmd:"" help:"Check configuration, folders, database and everything around, and say what to do. Exit code 1 with warnings, 2 when something will not work."`
	Ping       pingCmd                      `cmd:"" help:"Ask the server of this configuration whether it is ready. Exit code 1 when not."`
	Migrate    migrateCmd                   `cmd:"" help:"Show or bring up to date the schema of the database."`
	Settings   configCmd                    `cmd:"" name:"config" help:"Show every setting with where it came from, or check them."`
	User       userCmd                      `cmd:"" help:"Make accounts and let people back in who are locked out."`
	Version    versionCmd                   `cmd:"" help:"Print version, commit and Go version."`
	Completion kongplete.InstallCompletions `cmd:"" help:"Print the lines that turn on shell completion."`
	OpenAPI    openapiCmd                   `cmd:"" name:"openapi" hidden:"" help:"Print the API's description."`
}

// streams are where a command writes, and whether that is a terminal.
type streams struct {
	out, err io.Writer
	terminal bool // out is a terminal
	progress bool // err is a terminal
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := run(ctx, os.Args[1:], os.Environ(), streams{
		out: os.Stdout, err: os.Stderr, terminal: isTerminal(os.Stdout), progress: isTerminal(os.Stderr),
	})
	stop()
	os.Exit(code)
}

// run is the program without the process around it.
func run(ctx context.Context, args, environ []string, io streams) int {
	src := newSources(environ)
	if err := src.readFile(configFlag(args, src)); err != nil {
		return fail(io, exitUsage, err)
	}
	var c cli
	exited, exit := 0, false
	parser, err := kong.New(&c,
		kong.Name("loramanager"),
		kong.Description("Knows every LoRA on your disks. Without a command it starts the server."),
		kong.Writers(io.out, io.err),
		kong.Exit(func(code int) { exited, exit = code, true }),
		kong.Resolvers(src),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.ValueFormatter(formatHelp),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(io, src),
	)
	if err != nil {
		return fail(io, exitUsage, err)
	}
	kongplete.Complete(parser)
	kctx, err := parser.Parse(args)
	if exit {
		return exited // --help
	}
	if err != nil {
		return fail(io, exitUsage, err)
	}
	command, _, _ := strings.Cut(kctx.Command(), " ")
	if slices.Contains([]string{"serve", "worker", "export", "import", "move-in", "backup", "hub", "user", "migrate", "ping"}, command) { // the others have no use for it
		if err := c.Config.finish(); err != nil {
			return fail(io, exitUsage, err)
		}
	}
	var said exitCode
	switch err := kctx.Run(&c.Config); {
	case errors.As(err, &said):
		return int(said)
	case errors.Is(err, errDefects):
		return exitProblem
	case err != nil:
		return fail(io, exitProblem, err)
	}
	return exitOK
}

// fail says why. Errors repeat what was typed and the names of files, so they are made
// harmless for the terminal.
func fail(io streams, code int, err error) int {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		_, _ = fmt.Fprintf(io.err, "loramanager: %s\n", guard.DisplayName(line))
	}
	return code
}

// formatHelp adds a flag's environment variables to its help.
func formatHelp(v *kong.Value) string {
	if v.Flag == nil || len(namesOf(v.Flag)) == 0 {
		return v.Help
	}
	return v.Help + " ($" + strings.Join(namesOf(v.Flag), ", $") + ")"
}

// configFlag finds --config before the command line is parsed, because the file has a say in that.
func configFlag(args []string, src *sources) string {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--config="); ok {
			return value
		}
		if arg == "--config" && i+1 < len(args) {
			return args[i+1]
		}
		if arg == "--" {
			break
		}
	}
	return src.environ["LORAMANAGER_CONFIG"]
}
