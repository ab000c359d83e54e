package accounts

import (
	"context"
	"crypto/rand"
	"strings"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Codes are those that every authenticator app makes when it is told nothing else (RFC
// 6238): six figures from HMAC-SHA-1, new each 30 s. One that is 30 s too early or late is
// taken, for clocks that go wrong.
const (
	totpPeriod = 30 // s
	totpSkew   = 1  // steps
	qrSide     = 240
)

var totpForm = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// Recovery codes: ten of 130 bits, so that a plain hash keeps them.
const (
	recoveryCodes = 10
	recoveryRunes = 26
	recoveryGroup = 4
)

// TOTP is what an authenticator app needs to know.
type TOTP struct {
	Secret guard.Secret // base32, to type in
	URI    guard.Secret // otpauth: address that holds it
	QR     []byte       // the address as a PNG
}

// BeginTOTP makes the secret of an authenticator app for the actor's account. Nothing is
// asked of anybody until a code confirms it.
func (a *Accounts) BeginTOTP(ctx context.Context, actor lora.Actor, password string) (TOTP, error) {
	account, _, err := a.provenOwn(ctx, actor, password)
	if err == nil && account.HasTOTP {
		err = lora.Errorf(lora.Conflict, "An authenticator app is set up already. Turn it off first.")
	}
	if err != nil {
		return TOTP{}, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "LoRA Manager", AccountName: account.Name})
	if err != nil {
		return TOTP{}, err
	}
	if err := a.store.PutTOTP(ctx, account.Key, lora.Credentials{TOTPSecret: key.Secret()}); err != nil {
		return TOTP{}, err
	}
	picture, err := key.Image(qrSide, qrSide)
	if err != nil {
		return TOTP{}, err
	}
	qr, err := guard.EncodePNG(picture)
	return TOTP{Secret: guard.Secret(key.Secret()), URI: guard.Secret(key.String()), QR: qr}, err
}

// ConfirmTOTP turns the authenticator app on with a code of it and returns the recovery
// codes, which nobody can see again.
func (a *Accounts) ConfirmTOTP(ctx context.Context, actor lora.Actor, code string) ([]string, error) {
	if err := own(actor); err != nil {
		return nil, err
	}
	credentials, err := a.store.Credentials(ctx, actor.Account)
	if err == nil && (credentials.TOTPSecret == "" || credentials.TOTPOn) {
		err = lora.Errorf(lora.Conflict, "Begin to set up an authenticator app first.")
	}
	if err != nil {
		return nil, err
	}
	leave, err := a.enter(ctx, limit{who: "proof " + actor.AccountID, minutes: tryMinutes, most: wrongProofs})
	if err != nil {
		return nil, err
	}
	right, err := a.useTOTP(ctx, actor.Account, credentials, code)
	leave(err == nil && !right)
	if err == nil && !right {
		err = lora.FieldErrorf(lora.Invalid, "code", "This code is wrong. Type the one that is shown now, and see that the clock of your phone is right.")
	}
	if err != nil {
		return nil, err
	}
	return a.putRecoveryCodes(ctx, actor, credentials)
}

// RenewRecoveryCodes makes new recovery codes, which take the place of those from before.
func (a *Accounts) RenewRecoveryCodes(ctx context.Context, actor lora.Actor, password string) ([]string, error) {
	account, credentials, err := a.provenOwn(ctx, actor, password)
	if err == nil && !account.HasTOTP {
		err = lora.Errorf(lora.Conflict, "There are recovery codes only with an authenticator app. Set one up first.")
	}
	if err != nil {
		return nil, err
	}
	return a.putRecoveryCodes(ctx, actor, credentials)
}

// RemoveTOTP turns the authenticator app off; the password is then enough to log in.
func (a *Accounts) RemoveTOTP(ctx context.Context, actor lora.Actor, password string) error {
	account, _, err := a.provenOwn(ctx, actor, password)
	if err == nil {
		err = a.removeTOTP(ctx, account)
	}
	return err
}

func (a *Accounts) removeTOTP(ctx context.Context, account lora.Account) error {
	err := a.store.PutTOTP(ctx, account.Key, lora.Credentials{})
	if err == nil {
		a.announce(account.ID, []string{}, []string{})
	}
	return err
}

// provenOwn returns the actor's account when the actor proved again to be its owner.
func (a *Accounts) provenOwn(ctx context.Context, actor lora.Actor, password string) (lora.Account, lora.Credentials, error) {
	if err := a.prove(ctx, actor, password); err != nil {
		return lora.Account{}, lora.Credentials{}, err
	}
	account, err := a.store.AccountByKey(ctx, actor.Account)
	if err == nil {
		err = ours(account)
	}
	if err != nil {
		return lora.Account{}, lora.Credentials{}, err
	}
	credentials, err := a.store.Credentials(ctx, actor.Account)
	return account, credentials, err
}

func (a *Accounts) putRecoveryCodes(ctx context.Context, actor lora.Actor, credentials lora.Credentials) ([]string, error) {
	codes := make([]string, recoveryCodes)
	credentials.RecoveryCodes = make([]string, recoveryCodes)
	for i := range codes {
		codes[i] = newRecoveryCode()
		credentials.RecoveryCodes[i] = hashedRecovery(codes[i])
	}
	credentials.TOTPOn = true
	if err := a.store.PutTOTP(ctx, actor.Account, credentials); err != nil {
		return nil, err
	}
	a.announce(actor.AccountID, []string{}, []string{})
	return codes, nil
}

func newRecoveryCode() string {
	text := strings.ToLower(rand.Text()[:recoveryRunes])
	groups := make([]string, 0, recoveryRunes/recoveryGroup+1)
	for i := 0; i < recoveryRunes; i += recoveryGroup {
		groups = append(groups, text[i:min(i+recoveryGroup, recoveryRunes)])
	}
	return strings.Join(groups, "-")
}

// hashedRecovery is how a recovery code is kept, however it was typed.
func hashedRecovery(code string) string { return hashed(strings.ToLower(compact(code))) }

// compact leaves out what people put between the parts of a code.
func compact(code string) string {
	return strings.NewReplacer(" ", "", "-", "").Replace(cut(code, maxTyped))
}

// isFigures tells codes of an app from recovery codes.
func isFigures(code string) bool {
	code = compact(code)
	return len(code) == otp.DigitsSix.Length() && strings.Trim(code, "0123456789") == ""
}

// useTOTP reports whether a code is one of this time and was not used before.
func (a *Accounts) useTOTP(ctx context.Context, account int64, credentials lora.Credentials, code string) (bool, error) {
	if !isFigures(code) {
		return false, nil
	}
	present := a.now().Unix() / totpPeriod
	for step := present - totpSkew; step <= present+totpSkew; step++ {
		want, err := hotp.GenerateCodeCustom(credentials.TOTPSecret, uint64(step), totpForm) //nolint:gosec // steps count from 1970
		if err != nil {
			return false, err
		}
		if same(want, compact(code)) {
			return a.store.UseTOTPStep(ctx, account, step)
		}
	}
	return false, nil
}
