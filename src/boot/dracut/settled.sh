#!/bin/sh
# Before dracut's own jobs, which prompt for a passphrase and let nothing else run until they have it: for each volume that one of
# them will ask for, the vault is asked, beside it.
for azfob_job in "${hookdir:-/lib/dracut/hooks}"/initqueue/settled/cryptroot-ask-*.sh; do
    [ -e "$azfob_job" ] || continue
    while read -r azfob_program azfob_device azfob_name _; do
        case $azfob_program in */cryptroot-ask) ;; *) continue ;; esac
        [ ! -e "/run/azfob/${azfob_device##*/}.pid" ] || continue
        mkdir -p /run/azfob
        /usr/lib/azfob/open "$azfob_device" "$azfob_name" </dev/null &
        echo $! >"/run/azfob/${azfob_device##*/}.pid"
    done <"$azfob_job"
done
unset azfob_job azfob_program azfob_device azfob_name
