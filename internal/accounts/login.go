package accounts

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"time"

	"loramanager/internal/lora"
)

// How a session began.
const (
	byPassword = "password"
	byTOTP     = "totp"
	byRecovery = "recovery" // a way to complete a login, which then counts as byTOTP
	byPasskey  = "passkey"
	byProvider = "oidc"
	bySetup    = "setup"
)

// secondTime is how long a second factor is waited for, and secondTries how often a wrong
// one may be sent before the password is asked for again.
const (
	secondTime  = 5 * time.Minute
	secondTries = 5
	secondKind  = "second"
)

// second is a login that waits for its second factor.
type second struct {
	Account  int64     `json:"account"`
	Password string    `json:"password"` // SHA-256 of the hash that matched
	Tries    int       `json:"tries"`
	Until    time.Time `json:"until"`
}

// Login logs in with a name and a password. An account with a second factor gets a flow for
// it instead of a cookie.
func (a *Accounts) Login(ctx context.Context, name, password string, from From) (Result, error) {
	limits, err := a.byName(ctx, name, from)
	if err != nil {
		return Result{}, err
	}
	leave, err := a.enter(ctx, limits...)
	if err != nil {
		return Result{}, err
	}
	account, credentials, err := a.matched(ctx, name, password)
	leave(errors.Is(err, errWrong))
	switch {
	case err != nil:
		return Result{}, err
	case account.Disabled:
		return Result{}, disabled()
	case credentials.TOTPOn:
		return a.askSecond(ctx, second{Account: account.Key, Password: hashed(credentials.Password), Until: a.now().Add(secondTime)}, credentials)
	}
	return a.start(ctx, account, byPassword, from, credentials.Password)
}

// errWrong is the one answer to whatever does not match.
var errWrong error = lora.Errorf(lora.Unauthorized, "The name or the password is wrong.")

func disabled() error {
	return lora.Errorf(lora.Forbidden, "This account is disabled. Ask an administrator.")
}

// matched finds the account of a name and a password, at the same cost whether there is one.
func (a *Accounts) matched(ctx context.Context, name, password string) (lora.Account, lora.Credentials, error) {
	account, credentials, _, err := a.store.AccountByName(ctx, folded(name))
	if err != nil {
		return lora.Account{}, lora.Credentials{}, err
	}
	right, err := a.isPassword(ctx, account, &credentials, password)
	if err == nil && !right {
		err = errWrong
	}
	return account, credentials, err
}

// isPassword checks a password of an account, or of none. A hash that costs too little is
// made anew while the password is at hand.
func (a *Accounts) isPassword(ctx context.Context, account lora.Account, credentials *lora.Credentials, password string) (bool, error) {
	right, anew, err := a.hashes.check(ctx, cut(password, maxTyped+1), credentials.Password)
	switch {
	case errors.Is(err, errPHC):
		a.log.Error("the password of an account cannot be checked; give it a new one", "account", account.ID, "error", err)
		return false, nil
	case err != nil || !right || len(password) > maxTyped:
		return false, err
	case !anew:
		return true, nil
	}
	after, err := a.hashes.hash(ctx, password)
	if err == nil {
		err = a.store.RehashPassword(ctx, account.Key, credentials.Password, after)
	}
	if err == nil {
		credentials.Password = after
	}
	return true, err
}

func (a *Accounts) askSecond(ctx context.Context, s second, credentials lora.Credentials) (Result, error) {
	flow := newSecret()
	methods := []string{byTOTP}
	if len(credentials.RecoveryCodes) > 0 {
		methods = append(methods, byRecovery)
	}
	return Result{Flow: flow, Methods: methods}, a.putFlow(ctx, flow, secondKind, s, s.Until)
}

// Second completes a login with a code of the authenticator app or a recovery code.
func (a *Accounts) Second(ctx context.Context, flow, code string, from From) (Result, error) {
	var s second
	if err := a.takeFlow(ctx, flow, secondKind, &s); err != nil {
		return Result{}, err
	}
	account, err := a.store.AccountByKey(ctx, s.Account)
	if lora.CodeOf(err) == lora.NotFound {
		err = over()
	}
	if err != nil {
		return Result{}, err
	}
	credentials, err := a.store.Credentials(ctx, s.Account)
	if err != nil {
		return Result{}, err
	}
	if !same(hashed(credentials.Password), s.Password) || !credentials.TOTPOn {
		return Result{}, over() // changed since
	}
	right, err := a.isSecond(ctx, account, credentials, code, from)
	if err != nil {
		if lora.CodeOf(err) == lora.RateLimited { // the code was not looked at
			err = orElse(a.putFlow(ctx, flow, secondKind, s, s.Until), err)
		}
		return Result{}, err
	}
	if right {
		return a.start(ctx, account, byTOTP, from, credentials.Password)
	}
	if s.Tries++; s.Tries < secondTries {
		return Result{}, orElse(a.putFlow(ctx, flow, secondKind, s, s.Until), wrongCode())
	}
	return Result{}, over()
}

func wrongCode() error {
	return lora.FieldErrorf(lora.Unauthorized, "code", "This code is wrong, or was used before. Type the one that is shown now.")
}

// over is the answer to whatever began too long ago, elsewhere, or never.
func over() error {
	return lora.Errorf(lora.Unauthorized, "This sign-in took too long or was used before. Begin again.")
}

// isSecond checks a code of either kind.
func (a *Accounts) isSecond(ctx context.Context, account lora.Account, credentials lora.Credentials, code string, from From) (bool, error) {
	figures := isFigures(code)
	who := limit{who: "code " + account.ID, minutes: tryMinutes, most: unlimited}
	if figures {
		if hot, err := a.wrongLately(ctx, who.who); err != nil {
			return false, err
		} else if known, err := a.knows(ctx, account, from); err != nil {
			return false, err
		} else if hot >= hotCode && !known {
			return false, &lora.Error{Code: lora.RateLimited, Err: wait(tryMinutes * time.Minute), Message: "Somebody is guessing codes of this account. Use a recovery code or a passkey, or log in where you are logged in already."}
		}
	}
	leave, err := a.enter(ctx, byAddress(from), limit{who: who.who + " " + neighbourhood(from.Address), minutes: tryMinutes, most: wrongByName}, who)
	if err != nil {
		return false, err
	}
	var right bool
	if figures {
		right, err = a.useTOTP(ctx, account.Key, credentials, code)
	} else {
		right, err = a.store.UseRecoveryCode(ctx, account.Key, hashedRecovery(code))
	}
	leave(err == nil && !right)
	return right, err
}

// knows reports whether the account is logged in where a request comes from.
func (a *Accounts) knows(ctx context.Context, account lora.Account, from From) (bool, error) {
	sessions, err := a.store.Sessions(ctx, account.Key, a.now())
	for _, s := range sessions {
		if neighbourhood(s.Address) == neighbourhood(from.Address) {
			return true, err
		}
	}
	return false, err
}

// putFlow keeps a sign-in that is under way until a moment.
func (a *Accounts) putFlow(ctx context.Context, flow, kind string, body any, until time.Time) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return a.store.PutFlow(ctx, hashed(flow), kind, text, until)
}

// takeFlow takes it up, once.
func (a *Accounts) takeFlow(ctx context.Context, flow, kind string, body any) error {
	if len(flow) != secretLength {
		return over()
	}
	text, found, err := a.store.TakeFlow(ctx, hashed(flow), kind)
	if err != nil {
		return err
	}
	if !found || json.Unmarshal(text, body) != nil {
		return over()
	}
	return nil
}

// same compares in constant time.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// orElse is the first error that is one.
func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
