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

	Listen        string       `names:"LORAMANAGER_LISTEN" help:"Address to listen on. Anything wider than this computer needs accounts or an API key." placeholder:"HOST:PORT"`
	Host          string       `names:"BACKEND_HOST" help:"Host to listen on when listen is not set." default:"127.0.0.1"`
	Port          int          `names:"BACKEND_PORT" help:"Port to listen on when listen is not set." default:"8000"`
	Data          string       `names:"LORAMANAGER_DATA" help:"Folder for the database and thumbnails. Default: your user data folder." placeholder:"DIR"`
	Root          []string     `names:"IMPORT_PATH" help:"Library folder; may be given several times. More can be added in the browser." placeholder:"DIR" sep:"none"`
	DatabaseURL   guard.Secret `names:"DATABASE_URL" help:"sqlite:///path or postgres://user:password@host/name. Default: SQLite in the data folder." placeholder:"URL"`
	APIKey        guard.Secret `names:"API_KEY,LORAMANAGER_API_KEY" help:"Key that every client must present." placeholder:"KEY"`
	Accounts      bool         `names:"LORAMANAGER_ACCOUNTS" help:"Everybody logs in with an account of their own. The first is made in the browser, with a token that the server prints."`
	SetupToken    guard.Secret `names:"LORAMANAGER_SETUP_TOKEN" help:"That token, at least 16 characters, where nobody sees what the server prints." placeholder:"TOKEN"`
	SessionHours  int          `names:"LORAMANAGER_SESSION_HOURS" help:"Hours after which a login ends." default:"720"`
	IdleHours     int          `name:"session-idle-hours" names:"LORAMANAGER_SESSION_IDLE_HOURS" help:"Hours after which a login ends that is not used." default:"168"`
	AuditDays     int          `names:"LORAMANAGER_AUDIT_DAYS" help:"Days for which the log of who did what is kept." default:"365"`
	PublicURL     string       `name:"public-url" names:"LORAMANAGER_PUBLIC_URL" help:"Address at which browsers reach the server, such as https://lora.example.com; passkeys and sign-in providers need it. Default: http://localhost and the port, where only this computer is listened to." placeholder:"URL"`
	OIDCIssuer    string       `name:"oidc-issuer" names:"LORAMANAGER_OIDC_ISSUER" help:"Sign-in provider (OpenID Connect), as it names itself, such as https://id.example.com/realms/home. None when not set." placeholder:"URL"`
	OIDCClient    string       `name:"oidc-client-id" names:"LORAMANAGER_OIDC_CLIENT_ID" help:"Name the provider knows this server by." placeholder:"ID"`
	OIDCSecret    guard.Secret `name:"oidc-client-secret" names:"LORAMANAGER_OIDC_CLIENT_SECRET" help:"Secret it gave this server; none for a public client." placeholder:"SECRET"`
	OIDCName      string       `name:"oidc-name" names:"LORAMANAGER_OIDC_NAME" help:"What the button says. Default: the issuer." placeholder:"NAME"`
	OIDCScopes    []string     `name:"oidc-scopes" names:"LORAMANAGER_OIDC_SCOPES" help:"What is asked of the provider besides openid." default:"profile" placeholder:"SCOPE"`
	OIDCClaim     string       `name:"oidc-roles-claim" names:"LORAMANAGER_OIDC_ROLES_CLAIM" help:"Claim that holds the groups somebody is in; dots lead into objects." default:"groups"`
	OIDCRoles     []string     `name:"oidc-role-map" names:"LORAMANAGER_OIDC_ROLE_MAP" help:"Role by group, such as lora-admins=administrator; the strongest counts." placeholder:"GROUP=ROLE"`
	OIDCDefault   string       `name:"oidc-default-role" names:"LORAMANAGER_OIDC_DEFAULT_ROLE" help:"Role of whom no group gives one; they are not let in when not set." placeholder:"ROLE"`
	OIDCAllow     []string     `name:"oidc-allow" names:"LORAMANAGER_OIDC_ALLOW" help:"Addresses and ranges in your own network that the provider may have, such as 192.168.1.20 or 10.0.0.0/8." placeholder:"ADDRESS"`
	Proxies       []string     `name:"trusted-proxies" names:"LORAMANAGER_TRUSTED_PROXIES" help:"Addresses and ranges of reverse proxies whose X-Forwarded-For says where a request comes from." placeholder:"ADDRESS"`
	Environment   string       `names:"ENVIRONMENT" help:"development, production or test. Production always logs JSON." default:"development"`
	AllowedHosts  []string     `names:"LORAMANAGER_ALLOWED_HOSTS" help:"Names, with or without port, under which browsers may reach the server, besides localhost and the address it listens on." placeholder:"NAME"`
	BasePath      string       `names:"LORAMANAGER_BASE_PATH" help:"Path under which a proxy shows the server, such as /lora." placeholder:"PATH"`
	BackendURL    string       `names:"BACKEND_URL" help:"What /frontend/settings tells clients about the address of the API." placeholder:"URL"`
	CORSOrigins   []string     `names:"CORS_ORIGINS" help:"Pages of other origins that may use the API." default:"http://localhost:5173,http://127.0.0.1:5173,http://localhost:8782,http://127.0.0.1:8782,http://localhost:8000,http://127.0.0.1:8000" placeholder:"ORIGIN"`
	CORSCookies   bool         `name:"cors-allow-credentials" names:"CORS_ALLOW_CREDENTIALS" help:"Let those pages send the login cookie." default:"true" negatable:""`
	MaxSockets    int          `names:"LORAMANAGER_MAX_SOCKETS" help:"Live connections of browsers, all together." default:"1000"`
	SocketsPer    int          `name:"max-sockets-per-session" names:"LORAMANAGER_MAX_SOCKETS_PER_SESSION" help:"Live connections of one login, or of one address without logins." default:"20"`
	DrainSeconds  int          `name:"drain-seconds" names:"LORAMANAGER_DRAIN_SECONDS" help:"Seconds to go on answering when told to stop, while /health says draining, so that a load balancer sends nothing more." default:"0"`
	LogLevel      string       `names:"LORAMANAGER_LOG_LEVEL" help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
	LogFormat     string       `names:"LORAMANAGER_LOG_FORMAT" help:"text, json, or auto: text on a terminal." enum:"auto,text,json" default:"auto"`
	PProf         string       `name:"pprof" names:"LORAMANAGER_PPROF" help:"Address of this computer at which profiles of the running program are served, such as 127.0.0.1:6060. Off when not set." placeholder:"HOST:PORT"`
	Watch         bool         `names:"LORAMANAGER_WATCH" help:"Notice changes in the library folders as they happen." default:"true" negatable:""`
	ScanOnStart   bool         `names:"IMPORT_ON_STARTUP,LORAMANAGER_SCAN_ON_START" help:"Scan the library folders at the start." default:"true" negatable:""`
	PollSeconds   int          `names:"IMPORT_POLL_SECONDS" help:"Seconds between scans of folders that cannot be watched." default:"900"`
	Ignore        []string     `names:"IMPORT_IGNORE_PATTERNS" help:"Shell patterns of names and paths that scans leave out." placeholder:"PATTERN"`
	Digests       bool         `names:"LORAMANAGER_DIGESTS" help:"Compute digests in the background." default:"true" negatable:""`
	DigestMiBRate int          `name:"digest-mib-per-second" names:"LORAMANAGER_DIGEST_MIB_PER_SECOND" help:"Slows the digests down; 0 is full speed." default:"0"`

	RedisURL      guard.Secret `names:"REDIS_URL" help:"redis://host:6379/0: carries wake-ups and events between several servers and workers. Without it PostgreSQL or this process does." placeholder:"URL"`
	Workers       bool         `names:"LORAMANAGER_WORKERS" help:"Run jobs in this process; no when only worker processes run them." default:"true" negatable:""`
	WorkerName    string       `names:"LORAMANAGER_WORKER_NAME" help:"Name of this process among all that run jobs on one PostgreSQL, the same after a restart. Default: made of the computer's name and the data folder." placeholder:"NAME"`
	Sketch        bool         `names:"LORAMANAGER_SKETCH" help:"Offer the built-in engine that draws sketches without AI." default:"true" negatable:""`
	SDNextURL     string       `name:"sdnext-base-url" names:"SDNEXT_BASE_URL" help:"Address of an SD.Next; adds an engine called sdnext." placeholder:"URL"`
	SDNextUser    string       `name:"sdnext-username" names:"SDNEXT_USERNAME" help:"User name for it." placeholder:"NAME"`
	SDNextKey     guard.Secret `name:"sdnext-password" names:"SDNEXT_PASSWORD" help:"Password for it." placeholder:"PASSWORD"`
	SDNextSeconds int          `name:"sdnext-timeout" names:"SDNEXT_TIMEOUT" help:"Seconds one generation on it may take." default:"120"`
	ComfyUIURL    string       `name:"comfyui-url" names:"COMFYUI_URL,COMFYUI_BASE_URL" help:"Address of a ComfyUI; adds an engine called comfyui." placeholder:"URL"`
	Programs      []string     `name:"engine-program" names:"LORAMANAGER_ENGINE_PROGRAM" help:"Path of a program that the server may start as an engine, such as sd-server; may be given several times. None when not set." placeholder:"FILE" sep:"none"`
	Pictures      string       `names:"LORAMANAGER_PICTURES,SDNEXT_OUTPUT_DIR" help:"Folder for the pictures that jobs make. Default: pictures in the data folder." placeholder:"DIR"`
	S3Endpoint    string       `name:"pictures-s3-endpoint" names:"LORAMANAGER_PICTURES_S3_ENDPOINT" help:"Keep pictures in an S3-compatible store instead of a folder: https://host or http://host:port." placeholder:"URL"`
	S3Bucket      string       `name:"pictures-s3-bucket" names:"LORAMANAGER_PICTURES_S3_BUCKET" help:"Bucket there; must exist." placeholder:"NAME"`
	S3Prefix      string       `name:"pictures-s3-prefix" names:"LORAMANAGER_PICTURES_S3_PREFIX" help:"Put before all names in it." placeholder:"PREFIX"`
	S3Region      string       `name:"pictures-s3-region" names:"LORAMANAGER_PICTURES_S3_REGION,AWS_REGION" help:"Region of the bucket." default:"us-east-1"`
	S3Access      string       `name:"pictures-s3-access-key" names:"LORAMANAGER_PICTURES_S3_ACCESS_KEY,AWS_ACCESS_KEY_ID" help:"Key to it." placeholder:"KEY"`
	S3Secret      guard.Secret `name:"pictures-s3-secret-key" names:"LORAMANAGER_PICTURES_S3_SECRET_KEY,AWS_SECRET_ACCESS_KEY" help:"Secret of that key." placeholder:"SECRET"`
	Wildcards     string       `names:"LORAMANAGER_WILDCARDS" help:"Folder of wildcard files, one text file for each. Default: wildcards in the data folder." placeholder:"DIR"`
	DeliveryHosts []string     `name:"delivery-allow" names:"LORAMANAGER_DELIVERY_ALLOW" help:"Where http deliveries may go: hook.example.com, hook.example.com:8443, *.example.com, 192.168.1.20:8080 or 10.0.0.0/8. Nowhere when not set." placeholder:"TARGET"`
	DeliveryFiles string       `name:"delivery-folder" names:"LORAMANAGER_DELIVERY_FOLDER" help:"Folder file deliveries are written to. There are none without it." placeholder:"DIR"`
	DeliveryKey   guard.Secret `name:"delivery-secret" names:"LORAMANAGER_DELIVERY_SECRET" help:"Signs http deliveries, so that their receiver knows who sent them." placeholder:"SECRET"`
	EmbedURL      string       `name:"embeddings-url" names:"LORAMANAGER_EMBEDDINGS_URL" help:"Address of an OpenAI-compatible embeddings API, what stands before /embeddings, such as http://127.0.0.1:11434/v1: recommendations then compare texts by the vectors of its model. The built-in ones without it." placeholder:"URL"`
	EmbedModel    string       `name:"embeddings-model" names:"LORAMANAGER_EMBEDDINGS_MODEL" help:"Model there, such as nomic-embed-text." placeholder:"NAME"`
	EmbedKey      guard.Secret `name:"embeddings-key" names:"LORAMANAGER_EMBEDDINGS_KEY" help:"Key to it." placeholder:"KEY"`
	EmbedBatch    int          `name:"embeddings-batch" names:"LORAMANAGER_EMBEDDINGS_BATCH" help:"Texts in one request, 1 to 256; fewer are sent when it refuses them." default:"32"`
	EmbedDims     int          `name:"embeddings-dimensions" names:"LORAMANAGER_EMBEDDINGS_DIMENSIONS" help:"Length of vectors to ask for, where the model was trained for several; 0 leaves it to the model." default:"0"`

	Backups        string       `names:"LORAMANAGER_BACKUPS" help:"Folder for backups. Default: backups in the data folder; another disk is safer." placeholder:"DIR"`
	BackupEndpoint string       `name:"backups-s3-endpoint" names:"LORAMANAGER_BACKUPS_S3_ENDPOINT" help:"Offer an S3-compatible store for backups beside the folder: https://host or http://host:port." placeholder:"URL"`
	BackupBucket   string       `name:"backups-s3-bucket" names:"LORAMANAGER_BACKUPS_S3_BUCKET" help:"Bucket there; must exist." placeholder:"NAME"`
	BackupPrefix   string       `name:"backups-s3-prefix" names:"LORAMANAGER_BACKUPS_S3_PREFIX" help:"Put before all names in it." placeholder:"PREFIX"`
	BackupRegion   string       `name:"backups-s3-region" names:"LORAMANAGER_BACKUPS_S3_REGION,AWS_REGION" help:"Region of the bucket." default:"us-east-1"`
	BackupAccess   string       `name:"backups-s3-access-key" names:"LORAMANAGER_BACKUPS_S3_ACCESS_KEY,AWS_ACCESS_KEY_ID" help:"Key to it." placeholder:"KEY"`
	BackupSecret   guard.Secret `name:"backups-s3-secret-key" names:"LORAMANAGER_BACKUPS_S3_SECRET_KEY,AWS_SECRET_ACCESS_KEY" help:"Secret of that key." placeholder:"SECRET"`

	CivitaiURL     string       `name:"civitai-url" names:"LORAMANAGER_CIVITAI_URL" help:"Look adapters up at Civitai and download from there: https://civitai.com or https://civitai.red. It is told the digests of your files. Off when not set." placeholder:"URL"`
	CivitaiToken   guard.Secret `name:"civitai-token" names:"CIVITAI_TOKEN" help:"API token of an account there; some downloads need one." placeholder:"TOKEN"`
	CivArchiveURL  string       `name:"civarchive-url" names:"LORAMANAGER_CIVARCHIVE_URL" help:"Look adapters up at CivArchive, which remembers what Civitai no longer has: https://civarchive.com. Off when not set." placeholder:"URL"`
	HuggingFaceURL string       `name:"huggingface-url" names:"LORAMANAGER_HUGGINGFACE_URL" help:"Download from Hugging Face: https://huggingface.co. Off when not set." placeholder:"URL"`
	HFToken        guard.Secret `name:"huggingface-token" names:"HF_TOKEN" help:"Token of an account there; closed repositories need one." placeholder:"TOKEN"`
	HubFileHosts   []string     `name:"hub-file-hosts" names:"LORAMANAGER_HUB_FILE_HOSTS" help:"Addresses in your own network that hubs may refer downloads to, such as http://mirror.lan:9000. Public ones need not be named." placeholder:"URL"`

	Collector  string `name:"otel-endpoint" names:"OTEL_EXPORTER_OTLP_ENDPOINT" help:"OpenTelemetry collector that traces are sent to over HTTP, such as http://127.0.0.1:4318. Needs a program built with -tags otel." placeholder:"URL"`
	WarnActive int    `name:"system-queue-warning-active" names:"SYSTEM_QUEUE_WARNING_ACTIVE" help:"Warn when more jobs than this wait or run; 0 never." default:"0"`
	WarnFailed int    `name:"system-queue-warning-failed" names:"SYSTEM_QUEUE_WARNING_FAILED" help:"Warn when more generations than this failed within 24 hours; 0 never." default:"0"`
	StaleHours int    `name:"system-importer-stale-hours" names:"SYSTEM_IMPORTER_STALE_HOURS" help:"Warn when a library folder was not scanned for so many hours; 0 never." default:"24"`

	QueuePollMS   int `name:"generation-queue-poll-interval-ms" names:"GENERATION_QUEUE_POLL_INTERVAL_MS" help:"Passed on to clients by /frontend/settings." default:"2000"`
	SocketRetryMS int `name:"generation-websocket-retry-interval-ms" names:"GENERATION_WEBSOCKET_RETRY_INTERVAL_MS" help:"Passed on to clients by /frontend/settings." default:"3000"`
	StatusPollMS  int `name:"generation-system-status-poll-interval-ms" names:"GENERATION_SYSTEM_STATUS_POLL_INTERVAL_MS" help:"Passed on to clients by /frontend/settings." default:"10000"`
}

// reserved are variables of the prototype that belong to parts this program does
// not have yet. They are accepted and named once in the log, nothing else.
var reserved = []string{
	"IMPORT_ON_STARTUP_FORCE_RESYNC", "IMPORT_ON_STARTUP_DRY_RUN",
	"SDNEXT_POLL_INTERVAL", "SDNEXT_DEFAULT_STEPS", "SDNEXT_DEFAULT_SAMPLER", "SDNEXT_DEFAULT_CFG_SCALE",
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
	if err := c.folders(); err != nil {
		return err
	}
	if c.BasePath = strings.Trim(c.BasePath, "/"); c.BasePath != "" {
		c.BasePath = "/" + c.BasePath
	}
	return c.check()
}

// folders completes the folders that lie in the data folder unless they are named.
func (c *Config) folders() (err error) {
	for _, dir := range []struct {
		path    *string
		byName  string
		usually string
	}{{&c.Pictures, "pictures", "pictures"}, {&c.Wildcards, "wildcards", "wildcards"}, {&c.Backups, "backups", "backups"}, {&c.DeliveryFiles, "delivery folder", ""}} {
		if *dir.path == "" && dir.usually != "" {
			*dir.path = filepath.Join(c.Data, dir.usually)
		}
		if *dir.path == "" {
			continue
		}
		if *dir.path, err = filepath.Abs(*dir.path); err != nil {
			return fmt.Errorf("%s: %w", dir.byName, err)
		}
	}
	return nil
}

func (c *Config) check() error {
	if c.APIKey.Reveal() == "" && !c.Accounts && !loopbackOnly(c.Listen) {
		return fmt.Errorf("listening on %s would let everyone on the network in: turn accounts on, set API_KEY, or listen on 127.0.0.1", c.Listen)
	}
	if err := c.checkAccounts(); err != nil {
		return err
	}
	if c.PProf != "" && !loopbackOnly(c.PProf) {
		return fmt.Errorf("pprof %q: give an address of this computer, such as 127.0.0.1:6060; profiles tell too much for a network", c.PProf)
	}
	if u, err := url.Parse(c.BasePath); err != nil || u.EscapedPath() != c.BasePath || strings.ContainsAny(c.BasePath, `"<>'`) {
		return fmt.Errorf("base path %q: give a plain path such as /lora", c.BasePath)
	}
	for _, origin := range c.CORSOrigins {
		if origin == "*" && c.APIKey.Reveal() == "" && !c.Accounts {
			return fmt.Errorf("CORS_ORIGINS=* would let every web page in: turn accounts on, set API_KEY, or name the origins")
		}
	}
	for name, value := range map[string]int{
		"GENERATION_QUEUE_POLL_INTERVAL_MS": c.QueuePollMS, "GENERATION_WEBSOCKET_RETRY_INTERVAL_MS": c.SocketRetryMS,
		"GENERATION_SYSTEM_STATUS_POLL_INTERVAL_MS": c.StatusPollMS, "IMPORT_POLL_SECONDS": c.PollSeconds,
		"LORAMANAGER_EMBEDDINGS_BATCH": c.EmbedBatch, "LORAMANAGER_MAX_SOCKETS": c.MaxSockets, "LORAMANAGER_SESSION_HOURS": c.SessionHours, "LORAMANAGER_SESSION_IDLE_HOURS": c.IdleHours, "LORAMANAGER_AUDIT_DAYS": c.AuditDays, "LORAMANAGER_MAX_SOCKETS_PER_SESSION": c.SocketsPer, "SDNEXT_TIMEOUT": c.SDNextSeconds,
	} {
		if value <= 0 {
			return fmt.Errorf("%s must be greater than 0", name)
		}
	}
	for name, value := range map[string]int{
		"LORAMANAGER_DIGEST_MIB_PER_SECOND": c.DigestMiBRate, "SYSTEM_QUEUE_WARNING_ACTIVE": c.WarnActive,
		"SYSTEM_QUEUE_WARNING_FAILED": c.WarnFailed, "SYSTEM_IMPORTER_STALE_HOURS": c.StaleHours,
		"LORAMANAGER_DRAIN_SECONDS": c.DrainSeconds,
	} {
		if value < 0 {
			return fmt.Errorf("%s must not be negative", name)
		}
	}
	if most := 10 * 365 * 24; c.StaleHours > most {
		return fmt.Errorf("SYSTEM_IMPORTER_STALE_HOURS must not exceed %d", most)
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
