package events

import "github.com/redis/go-redis/v9"

// The events of all processes are one stream in Redis, whose ids are the numbers of
// the events; beside it stand the number given last (n) and that of the last event.
// Each entry names the one before it, so that a reader notices what it has missed.
const (
	numbersKey = "{loramanager:events}"
	streamKey  = "{loramanager:events}:stream"
)

// begin reads both figures. Where there is none, numbers begin at the microseconds
// since 1970, as those of a Hub alone do. Lua prints large numbers with an exponent
// unless it is told not to.
const begin = `
local function text(n) return string.format('%.0f', n) end
local n = tonumber(redis.call('HGET', KEYS[1], 'n') or '0')
local last = redis.call('HGET', KEYS[1], 'last') or '0'
if n == 0 then
	local now = redis.call('TIME')
	n = tonumber(now[1]) * 1000000 + tonumber(now[2])
	local top = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
	if top[1] then n = math.max(n, tonumber(string.match(top[1][1], '^%d+'))) end
end
`

// appendScript takes the number that must be passed, the length of the stream and the
// events, and returns the number of the last one.
var appendScript = redis.NewScript(begin + `
n = math.max(n, tonumber(ARGV[1]))
for i = 3, #ARGV do
	n = n + 1
	redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[2], text(n) .. '-0', 'prev', last, 'event', ARGV[i])
	last = text(n)
end
redis.call('HSET', KEYS[1], 'n', text(n), 'last', last)
return last
`)

// joinScript takes the number that must be passed, or 0 from a process that has told
// nobody a number yet. It returns the number after which the process goes on and that
// of the last event before.
var joinScript = redis.NewScript(begin + `
if tonumber(ARGV[1]) > 0 then n = math.max(n, tonumber(ARGV[1])) + 1 end
redis.call('HSET', KEYS[1], 'n', text(n), 'last', last)
return {text(n), last}
`)
