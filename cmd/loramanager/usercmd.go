package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// userCmd works on the accounts in the database itself, for who is locked out.
type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Make an account and print a password for its first login."`
	List     userListCmd     `cmd:"" help:"List accounts."`
	Password userPasswordCmd `cmd:"" help:"Print a new one-time password for an account, and log it out everywhere."`
	Role     userRoleCmd     `cmd:"" help:"Change the role of an account, and let it in if it was disabled."`
}

type userAddCmd struct {
	Name string `arg:"" help:"To log in with."`
	Role string `help:"viewer, editor, operator or administrator." enum:"viewer,editor,operator,administrator" default:"viewer"`
}

// Run makes an account.
func (c *userAddCmd) Run(ctx context.Context, config *Config, io streams) (err error) {
	d, err := openDesk(ctx, config, io)
	if err != nil {
		return err
	}
	defer d.shut(&err)
	added, password, err := d.accounts.Add(ctx, lora.Account{Name: c.Name, Role: lora.Role(c.Role)}, "")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(io.out, "%s is %s and logs in once with: %s\n", guard.DisplayName(added.Name), added.Role, password.Reveal())
	return err
}

type userListCmd struct {
	JSON bool `help:"Print the accounts as JSON."`
}

// Run lists accounts.
func (c *userListCmd) Run(ctx context.Context, config *Config, io streams) (err error) {
	d, err := openDesk(ctx, config, io)
	if err != nil {
		return err
	}
	defer d.shut(&err)
	all, err := d.accounts.List(ctx)
	if err != nil {
		return err
	}
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for i := range all {
		state, seen := "", "never logged in"
		if all[i].Disabled {
			state = "disabled"
		}
		if at := all[i].LastLoginAt; at != nil {
			seen = at.Local().Format("2006-01-02 15:04")
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", guard.DisplayName(all[i].Name), all[i].Role, seen, state)
	}
	_ = table.Flush() // into memory
	return d.print(c.JSON, all, "%s", strings.TrimRight(text.String(), "\n"))
}

type userPasswordCmd struct {
	Name string `arg:"" help:"To log in with."`
}

// Run gives an account a one-time password.
func (c *userPasswordCmd) Run(ctx context.Context, config *Config, io streams) error {
	return withUser(ctx, config, io, c.Name, func(d *desk, user lora.Account) error {
		password, err := d.accounts.ResetPassword(ctx, user.ID)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(io.out, "%s logs in once with: %s\n", guard.DisplayName(user.Name), password.Reveal())
		return err
	})
}

type userRoleCmd struct {
	Name string `arg:"" help:"To log in with."`
	Role string `arg:"" help:"viewer, editor, operator or administrator." enum:"viewer,editor,operator,administrator"`
}

// Run changes a role.
func (c *userRoleCmd) Run(ctx context.Context, config *Config, io streams) error {
	return withUser(ctx, config, io, c.Name, func(d *desk, user lora.Account) error {
		edited, err := d.accounts.Edit(ctx, user.ID, func(a *lora.Account) error {
			a.Role, a.Disabled = lora.Role(c.Role), false
			return nil
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(io.out, "%s is %s\n", guard.DisplayName(edited.Name), edited.Role)
		return err
	})
}

// withUser does something with the account that has a name.
func withUser(ctx context.Context, config *Config, io streams, name string, do func(*desk, lora.Account) error) (err error) {
	d, err := openDesk(ctx, config, io)
	if err != nil {
		return err
	}
	defer d.shut(&err)
	user, _, found, err := d.store.AccountByName(ctx, name)
	if err == nil && !found {
		err = fmt.Errorf("nobody logs in as %s: loramanager user list shows who does", guard.DisplayName(name))
	}
	if err != nil {
		return err
	}
	return do(d, user)
}
