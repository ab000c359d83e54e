#!/bin/sh
# The library, the database and the user stay: they are not the package's to remove.
set -e
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
fi
