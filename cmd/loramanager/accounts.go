package main

import (
	"context"
	"fmt"
	"time"

	"loramanager/internal/accounts"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// openAccounts opens the accounts. Without any it keeps the audit log of a server with a
// key.
func (a *app) openAccounts(context.Context) (err error) {
	if a.doorless {
		return nil
	}
	c := &a.config
	o := accounts.Options{
		Store: a.store, Announcer: a.hub, Logger: a.log, SetupToken: c.SetupToken, PublicURL: a.publicURL(),
		SessionAge: time.Duration(c.SessionHours) * time.Hour, SessionIdle: time.Duration(c.IdleHours) * time.Hour, AuditAge: time.Duration(c.AuditDays) * 24 * time.Hour,
	}
	if c.OIDCIssuer != "" {
		if o.Provider, err = a.providerOptions(); err != nil {
			return err
		}
	}
	a.accounts, err = accounts.New(o)
	return err
}

// publicURL is the configured one, else where only this computer listens, with the port
// that was given.
func (a *app) publicURL() string {
	c := a.config
	if a.listener != nil {
		c.Listen = a.listener.Addr().String()
	}
	return c.publicURL()
}

func (a *app) providerOptions() (*accounts.ProviderOptions, error) {
	c := &a.config
	client, err := guard.ProviderClient(c.OIDCIssuer, c.OIDCAllow)
	if err != nil {
		return nil, err
	}
	a.provider = client
	roles, err := c.roleMap()
	return &accounts.ProviderOptions{
		Name: c.OIDCName, Issuer: c.OIDCIssuer, ClientID: c.OIDCClient, ClientSecret: c.OIDCSecret, Scopes: c.OIDCScopes,
		RedirectURL: a.publicURL() + callbackPath, RolesClaim: c.OIDCClaim, Roles: roles, Default: lora.Role(c.OIDCDefault),
		Client: client,
	}, err
}

// inviteFirst prints the token with which the first account is made, while there is none.
// One that was configured is known to who needs it.
func (a *app) inviteFirst(ctx context.Context, io streams) error {
	if !a.config.Accounts {
		return nil
	}
	token, needed, err := a.accounts.SetupToken(ctx)
	if err != nil || !needed {
		return err
	}
	address := a.publicURL()
	if address == "" {
		address = "http://" + a.listener.Addr().String() + a.config.BasePath
	}
	if a.config.SetupToken != "" {
		a.log.Info("there is no account yet: open the address and make the first with the configured set-up token", "address", address)
		return nil
	}
	a.log.Info("there is no account yet: open the address and make the first with this set-up token", "address", address, "setup_token", token.Reveal())
	if io.progress {
		_, _ = fmt.Fprintf(io.err, "  There is no account yet. Make the first at %s/login with this token:\n\n      %s\n\n", address, token.Reveal())
	}
	return nil
}
