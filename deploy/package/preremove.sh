#!/bin/sh
# An update keeps it running: deb says "upgrade", rpm says how many stay.
set -e
case "$1" in
remove | 0)
	if [ -d /run/systemd/system ]; then
		systemctl disable --now loramanager.service
	fi
	;;
esac
