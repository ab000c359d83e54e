package accounts

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"crypto/sha256"

	"loramanager/internal/lora"
)

// Guessing is counted in three ways, over all servers:
//
//   - by address, ten wrong tries in a minute, whatever was tried;
//   - by name and address, ten in a quarter of an hour;
//   - by name alone. After a hundred in a quarter of an hour each address has three tries
//     at the name instead of ten. It is never none: whoever knows the password and did not
//     guess from the same address gets in, however many others guess from elsewhere.
//
// Figures of an authenticator app are so few that the last is not enough for them. After
// thirty wrong ones within a quarter of an hour, made by somebody who has the password, they
// are taken only from where the account is logged in at the time. Recovery codes and
// passkeys cannot be guessed and are taken from everywhere.
const (
	wrongByAddress = 10 // a minute
	wrongByName    = 10 // from an address
	wrongWhileHot  = 3  // from an address, while a name is tried from many
	hotName        = 100
	hotCode        = 30
	beginByAddress = 60 // sign-ins that are begun, a minute
	wrongProofs    = 10 // of the own password, while logged in
	tryMinutes     = 15 // over which tries at a name are counted
)

// limit is how many wrong tries somebody may make in so many minutes, the present one
// included.
type limit struct {
	who           string
	minutes, most int
}

// tries are those under way: what is not decided yet counts as wrong, so that many at once
// are not more than one after the other.
type tries struct {
	mu    sync.Mutex
	under map[string]int
}

// enter begins a try that counts against limits, or refuses it. leave must be called with
// how it ended.
func (a *Accounts) enter(ctx context.Context, limits ...limit) (leave func(wrong bool), err error) {
	minute := a.now().Unix() / 60
	taken := make([]limit, 0, len(limits))
	leave = func(wrong bool) {
		for _, l := range taken {
			if wrong {
				a.wrong(ctx, l.who, minute)
			}
			a.tries.add(l.who, -1)
		}
	}
	for _, l := range limits {
		before := a.tries.add(l.who, 1) - 1
		taken = append(taken, l)
		made, err := a.store.WrongSince(ctx, l.who, minute-int64(l.minutes)+1)
		if err == nil && made+before >= l.most {
			err = a.tooMany(minute, l.minutes)
		}
		if err != nil {
			leave(false)
			return nil, err
		}
	}
	return leave, nil
}

// wrong counts a wrong try, also when the one who made it has gone away.
func (a *Accounts) wrong(ctx context.Context, who string, minute int64) {
	if _, err := a.store.Wrong(context.WithoutCancel(ctx), who, minute); err != nil {
		a.log.Error("a wrong try could not be counted", "error", err)
	}
}

// add returns how many tries are under way afterwards.
func (t *tries) add(who string, n int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.under[who] += n
	left := t.under[who]
	if left == 0 {
		delete(t.under, who)
	}
	return left
}

// wait says how long whoever tried too often is refused.
type wait time.Duration

// Error implements error.
func (w wait) Error() string { return fmt.Sprintf("to be tried again after %v", time.Duration(w)) }

// RetryAfter is how long to wait after an error that says RateLimited, at most.
func RetryAfter(err error) (time.Duration, bool) {
	var w wait
	ok := errors.As(err, &w)
	return time.Duration(w), ok
}

func (a *Accounts) tooMany(minute int64, minutes int) error {
	over := time.Unix((minute+int64(minutes))*60, 0).Sub(a.now())
	return &lora.Error{Code: lora.RateLimited, Message: "There were too many wrong tries. Wait " + inMinutes(over) + " and try again.", Err: wait(over)}
}

func inMinutes(d time.Duration) string {
	if n := int((d + time.Minute - 1) / time.Minute); n > 1 {
		return strconv.Itoa(n) + " minutes"
	}
	return "a minute"
}

// byAddress is the limit of everything that is tried from an address.
func byAddress(from From) limit {
	return limit{who: "address " + neighbourhood(from.Address), minutes: 1, most: wrongByAddress}
}

// byName are the limits of logins with a name. Names are counted under their hash, as people
// type passwords where names belong.
func (a *Accounts) byName(ctx context.Context, name string, from From) ([]limit, error) {
	sum := sha256.Sum256([]byte(folded(name)))
	who := "name " + hex.EncodeToString(sum[:16])
	wide, err := a.wrongLately(ctx, who)
	most := wrongByName
	if wide >= hotName {
		most = wrongWhileHot
	}
	return []limit{
		byAddress(from),
		{who: who + " " + neighbourhood(from.Address), minutes: tryMinutes, most: most},
		{who: who, minutes: tryMinutes, most: unlimited},
	}, err
}

const unlimited = int(^uint(0) >> 1)

func (a *Accounts) wrongLately(ctx context.Context, who string) (int, error) {
	return a.store.WrongSince(ctx, who, a.now().Unix()/60-tryMinutes+1)
}

// neighbourhood is what one person usually has of addresses: an IPv4 address, or a /64 of
// IPv6.
func neighbourhood(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}

// begin counts a sign-in that is begun, as anybody can begin one and each is kept a while.
func (a *Accounts) begin(ctx context.Context, from From) error {
	who, minute := "begin "+neighbourhood(from.Address), a.now().Unix()/60
	n, err := a.store.Wrong(ctx, who, minute)
	if err == nil && n > beginByAddress {
		err = a.tooMany(minute, 1)
	}
	return err
}
