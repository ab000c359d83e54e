package queue

import (
	"fmt"
	"log/slog"
)

// asynqLog passes on what asynq says of itself. Whether Redis is there is logged by
// reach, once; asynq says so for each try.
type asynqLog struct{ log *slog.Logger }

func (l asynqLog) say(level string, args []any) {
	l.log.Debug("asynq", "level", level, "message", fmt.Sprint(args...))
}

func (l asynqLog) Debug(args ...any) { l.say("debug", args) }
func (l asynqLog) Info(args ...any)  { l.say("info", args) }
func (l asynqLog) Warn(args ...any)  { l.say("warn", args) }
func (l asynqLog) Error(args ...any) { l.say("error", args) }
func (l asynqLog) Fatal(args ...any) { l.say("fatal", args) }
