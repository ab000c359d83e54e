#!/bin/sh
# Makes the user and tells systemd; nothing is started before somebody says so.
set -e
if command -v systemd-sysusers >/dev/null; then
	systemd-sysusers /usr/lib/sysusers.d/loramanager.conf
elif ! getent passwd loramanager >/dev/null; then
	useradd --system --home-dir /var/lib/loramanager --shell /usr/sbin/nologin loramanager
fi
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl try-restart loramanager.service # of an update
fi
