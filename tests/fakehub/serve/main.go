// Command serve serves a fake hub, for tests that need one in a process of its own:
// go run ./tests/fakehub/serve -show cut=1
//
// It prints its address and that of its file host, with a space between, as its only line
// of output, and ends on SIGINT or SIGTERM. A server under test is given the first as the
// address of its hubs and the second as hub-file-hosts.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"loramanager/tests/fakehub"
)

func main() {
	token := flag.String("token", "", "asked of downloads; none when empty")
	show := flag.String("show", "", "faults to show and how often, such as cut=1,429=2; see package fakehub")
	flag.Parse()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	hub := fakehub.New(fakehub.Sample())
	defer hub.Close()
	hub.Token = *token
	for fault := range strings.SplitSeq(*show, ",") {
		name, times, ok := strings.Cut(fault, "=")
		n, err := strconv.Atoi(times)
		if ok && err == nil {
			hub.Show(fakehub.Fault(name), n)
		} else if fault != "" {
			log.Printf("%q is not a fault and a number", fault)
		}
	}
	fmt.Println(hub.URL(), hub.FileHost())
	<-stop
}
