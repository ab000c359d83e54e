package main

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"loramanager/internal/guard"
)

// Config is everything that can be set. It is read once at the start and passed
// on by value. Flags beat environment variables (the `names` tag, the first one
// that is set wins), these beat the configuration file, that beats the defaults.
// docs/configuration.md shows the same table; a test compares the two.
type Config struct {
	Config string `names:"LORAMANAGER_CONFIG" help:"Configuration file (YAML or JSON); keys are the flag names." placeholder:"FILE" type:"path"`

	Listen        string       `names:"LORAMANAGER_LISTEN" help:"Address to listen on. Anything wider than this computer needs an API key." placeholder:"HOST:PORT"`
	Host          string       `names:"BACKEND_HOST" help:"Host to listen on when listen is not set." default:"127.0.0.1"`
	Port          int          `names:"BACKEND_PORT" help:"Port to listen on when listen is not set." default:"8000"`
	Data          string       `names:"LORAMANAGER_DATA" help:"Folder for the database and thumbnails. Default: your user data folder." placeholder:"DIR"`
	Root          []string     `names:"IMPORT_PATH" help:"Library folder; may be given several times. More can be added in the browser." placeholder:"DIR" sep:"none"`
	DatabaseURL   guard.Secret `names:"DATABASE_URL" help:"sqlite:///path or postgres://user:password@host/name. Default: SQLite in the data folder." placeholder:"URL"`
	APIKey        guard.Secret `names:"API_KEY,LORAMANAGER_API_KEY" help:"Key that every client must present." placeholder:"KEY"`
	Environment   string       `names:"ENVIRONMENT" help:"development, production or test. Production always logs JSON." default:"development"`
	AllowedHosts  []string     `names:"LORAMANAGER_ALLOWED_HOSTS" help:"Names, with or without port, under which browsers may reach the server, besides localhost and the address it listens on." placeholder:"NAME"`
	BasePath      string       `names:"LORAMANAGER_BASE_PATH" help:"Path under which a proxy shows the server, such as /lora." placeholder:"PATH"`
	BackendURL    string       `names:"BACKEND_URL" help:"What /frontend/settings tells clients about the address of the API." placeholder:"URL"`
	CORSOrigins   []string     `names:"CORS_ORIGINS" help:"Pages of other origins that may use the API." default:"http://localhost:5173,http://127.0.0.1:5173,http://localhost:8782,http://127.0.0.1:8782,http://localhost:8000,http://127.0.0.1:8000" placeholder:"ORIGIN"`
	CORSCookies   bool         `name:"cors-allow-credentials" names:"CORS_ALLOW_CREDENTIALS" help:"Let those pages send the login cookie." default:"true" negatable:""`
	MaxSockets    int          `names:"LORAMANAGER_MAX_SOCKETS" help:"Live connections of browsers, all together." default:"1000"`
	SocketsPer    int          `name:"max-sockets-per-session" names:"LORAMANAGER_MAX_SOCKETS_PER_SESSION" help:"Live connections of one login, or of one address without logins." default:"20"`
	LogLevel      string       `names:"LORAMANAGER_LOG_LEVEL" help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
	LogFormat     string       `names:"LORAMANAGER_LOG_FORMAT" help:"text, json, or auto: text on a terminal." enum:"auto,text,json" default:"auto"`
	Watch         bool         `names:"LORAMANAGER_WATCH" help:"Notice changes in the library folders as they happen." default:"true" negatable:""`
	ScanOnStart   bool         `names:"IMPORT_ON_STARTUP,LORAMANAGER_SCAN_ON_START" help:"Scan the library folders at the start." default:"true" negatable:""`
	PollSeconds   int          `names:"IMPORT_POLL_SECONDS" help:"Seconds between scans of folders that cannot be watched." default:"900"`
	Ignore        []string     `names:"IMPORT_IGNORE_PATTERNS" help:"Shell patterns of names and paths that scans leave out." placeholder:"PATTERN"`
	Digests       bool         `names:"LORAMANAGER_DIGESTS" help:"Compute digests in the background." default:"true" negatable:""`
	DigestMiBRate int          `name:"digest-mib-per-second" names:"LORAMANAGER_DIGEST_MIB_PER_SECOND" help:"Slows the digests down; 0 is full speed." default:"0"`

	QueuePollMS   int `name:"generation-queue-poll-interval-ms" names:"GENERATION_QUEUE_POLL_INTERVAL_MS" help:"Passed on to clients by /frontend/settings." default:"2000"`
	SocketRetryMS int `name:"generation-websocket-retry-interval-ms" names:"GENERATION_WEBSOCKET_RETRY_INTERVAL_MS" help:"Passed on to clients by /frontend/settings." default:"3000"`
	StatusPollMS  int `name:"generation-system-status-poll-interval-ms" names:"GENERATION_SYSTEM_STATUS_POLL_INTERVAL_MS" help:"Passed on to clients by /frontend/settings." default:"10000"`
}

// reserved are variables of the prototype that belong to parts this program does
// not have yet. They are accepted and named once in the log, nothing else.
var reserved = []string{
	"REDIS_URL", "IMPORT_ON_STARTUP_FORCE_RESYNC", "IMPORT_ON_STARTUP_DRY_RUN",
	"SYSTEM_QUEUE_WARNING_ACTIVE", "SYSTEM_QUEUE_WARNING_FAILED", "SYSTEM_IMPORTER_STALE_HOURS",
	"SDNEXT_BASE_URL", "SDNEXT_USERNAME", "SDNEXT_PASSWORD", "SDNEXT_TIMEOUT", "SDNEXT_POLL_INTERVAL",
	"SDNEXT_DEFAULT_STEPS", "SDNEXT_DEFAULT_SAMPLER", "SDNEXT_DEFAULT_CFG_SCALE", "SDNEXT_OUTPUT_DIR",
}

// finish fills what depends on other values and refuses what cannot work.
func (c *Config) finish() error {
	c.Environment = strings.ToLower(strings.TrimSpace(c.Environment))
	switch c.Environment {
	case "development", "production", "test":
	default:
		return fmt.Errorf("ENVIRONMENT must be one of: development, test, production")
	}
	if c.Listen == "" {
		c.Listen = net.JoinHostPort(c.Host, fmt.Sprint(c.Port))
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("listen %q: give a host and a port, such as 127.0.0.1:8000", c.Listen)
	}
	if c.Data == "" {
		dir, err := userDataDir()
		if err != nil {
			return err
		}
		c.Data = dir
	}
	data, err := filepath.Abs(c.Data)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	c.Data = data
	if c.BasePath = strings.Trim(c.BasePath, "/"); c.BasePath != "" {
		c.BasePath = "/" + c.BasePath
	}
	return c.check()
}

func (c *Config) check() error {
	if c.APIKey.Reveal() == "" && !loopbackOnly(c.Listen) {
		return fmt.Errorf("listening on %s would let everyone on the network in: set API_KEY, or listen on 127.0.0.1", c.Listen)
	}
	if u, err := url.Parse(c.BasePath); err != nil || u.EscapedPath() != c.BasePath || strings.ContainsAny(c.BasePath, `"<>'`) {
		return fmt.Errorf("base path %q: give a plain path such as /lora", c.BasePath)
	}
	for _, origin := range c.CORSOrigins {
		if origin == "*" && c.APIKey.Reveal() == "" {
			return fmt.Errorf("CORS_ORIGINS=* would let every web page in: set API_KEY, or name the origins")
		}
	}
	for name, value := range map[string]int{
		"GENERATION_QUEUE_POLL_INTERVAL_MS": c.QueuePollMS, "GENERATION_WEBSOCKET_RETRY_INTERVAL_MS": c.SocketRetryMS,
		"GENERATION_SYSTEM_STATUS_POLL_INTERVAL_MS": c.StatusPollMS, "IMPORT_POLL_SECONDS": c.PollSeconds,
		"LORAMANAGER_MAX_SOCKETS": c.MaxSockets, "LORAMANAGER_MAX_SOCKETS_PER_SESSION": c.SocketsPer,
	} {
		if value <= 0 {
			return fmt.Errorf("%s must be greater than 0", name)
		}
	}
	if c.DigestMiBRate < 0 {
		return fmt.Errorf("LORAMANAGER_DIGEST_MIB_PER_SECOND must not be negative")
	}
	return nil
}

// loopbackOnly reports whether only this computer can reach the address.
func loopbackOnly(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

func (c *Config) pollInterval() time.Duration { return time.Duration(c.PollSeconds) * time.Second }

// userDataDir is where programs keep data of this user on this system.
func userDataDir() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("there is no home folder to keep data in: give one with --data")
	}
	switch runtime.GOOS {
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "loramanager"), nil
	case "windows":
		if dir := os.Getenv("LOCALAPPDATA"); dir != "" {
			return filepath.Join(dir, "loramanager"), nil
		}
		return filepath.Join(home, "AppData", "Local", "loramanager"), nil
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "loramanager"), nil
	}
	return filepath.Join(home, ".local", "share", "loramanager"), nil
}
