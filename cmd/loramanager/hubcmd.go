package main

import (
	"context"
	"errors"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/origin"
)

type hubCmd struct {
	Lookup hubLookupCmd `cmd:"" help:"Look adapters up at the hubs that are configured."`
}

type hubLookupCmd struct {
	IDs   []string `arg:"" optional:"" name:"id" help:"Adapters, by id."`
	All   bool     `help:"Every adapter."`
	Force bool     `help:"Also those that were looked up lately."`
	JSON  bool     `help:"Print the result as JSON."`
}

// Run looks adapters up. When ctx ends, what was found stays.
func (c *hubLookupCmd) Run(ctx context.Context, config *Config, io streams) (err error) {
	if len(c.IDs) == 0 && !c.All {
		return errors.New("name adapters by their ids, or say --all")
	}
	d, err := openDesk(ctx, config, io)
	if err != nil {
		return err
	}
	defer d.shut(&err)
	if _, err := d.origin.LookUp(ctx, origin.LookUpRequest{AdapterIDs: c.IDs, All: c.All, Force: c.Force}); err != nil {
		return err
	}
	late := context.WithoutCancel(ctx)
	stop := context.AfterFunc(ctx, d.origin.CancelLookUp)
	defer stop()
	bar := newTransferBar(io)
	defer bar.end()
	var state lora.LookUpState
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		if state, err = d.origin.LookUps(late); err != nil {
			return err
		}
		if !state.Running {
			break
		}
		bar.show(&lora.Transfer{Phase: "looking up", Items: state.Done, ItemsTotal: state.Total})
		<-look.C
	}
	bar.end()
	err = d.print(c.JSON, state, "%d looked up: %d found, %d not known to any hub, %d failed", state.Done, state.Found, state.Absent, state.Failed)
	if state.Error != "" {
		err = errors.Join(err, errors.New(state.Error))
	}
	return err
}
