#!/bin/sh
# Runs a command in the root directory of another Debian, with directories of its own instead of those that it writes to.
# Arguments: root directory, own directory, name of the node, port of the name server, command and its arguments.
set -e
root=$1 own=$2 node=$3 names=$4
shift 4
mount --make-rprivate /
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$own/hosts" "$root/etc/hosts"
mount --bind "$own/etc" "$root/etc/rabbitmq"
mount --bind "$own/home" "$root/var/lib/rabbitmq"
mount --bind "$own/log" "$root/var/log/rabbitmq"
exec chroot "$root" env -i PATH=/usr/lib/rabbitmq/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/var/lib/rabbitmq LANG=C.UTF-8 \
  RABBITMQ_NODENAME="$node" ERL_EPMD_PORT="$names" ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_DIST_PORT="$RABBITMQ_DIST_PORT" \
  RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 2:2 +sbwt none +sbwtdcpu none" "$@"
