#!/bin/sh
# dracut: azfob, its scripts and its settings into the image, a network, and what answers when a volume's passphrase is asked for.
# Part of every image of a machine that has /etc/azfob/boot.conf.

check() {
    require_binaries azfob cryptsetup tr || return 1
    # 255: only where it is asked for by name.
    [ -e "${dracutsysrootdir:-}/etc/azfob/boot.conf" ] || return 255
}

depends() {
    echo crypt network
}

install() {
    inst_multiple cat mkdir readlink rm sleep tr
    for prefix in /usr/local /usr; do
        [ -x "${dracutsysrootdir:-}$prefix/bin/azfob" ] || continue
        inst "$prefix/bin/azfob" /usr/bin/azfob
        inst_script "$prefix/lib/azfob/key" /usr/lib/azfob/key
        inst_script "$prefix/lib/azfob/resolver" /usr/lib/azfob/resolver
        break
    done
    # Wrapped keys, settings, roots to trust: nothing secret lies there. For the tags of the machine, if one of both is there.
    inst_multiple -o /etc/azfob/* curl wget

    # One who says nothing means the network that there is.
    mkdir -p "${initdir:?}/etc/cmdline.d"
    echo rd.neednet=1 >"$initdir/etc/cmdline.d/50-azfob.conf"

    if dracut_module_included systemd; then
        inst "${systemdutildir:?}/systemd-reply-password"
        inst_script "${moddir:?}/answer" /usr/lib/azfob/answer
        inst_simple "$moddir/azfob-answer.service" "${systemdsystemunitdir:?}/azfob-answer.service"
        mkdir -p "$initdir$systemdsystemunitdir/sysinit.target.wants"
        ln -sf ../azfob-answer.service "$initdir$systemdsystemunitdir/sysinit.target.wants/azfob-answer.service"
        # After any other that fits, by its name: ip= of the kernel command line, and what the administrator has.
        inst_simple "$moddir/lease.network" /etc/systemd/network/zzzz-azfob.network
    else
        inst_script "${moddir:?}/open" /usr/lib/azfob/open
        inst_hook initqueue/settled 10 "$moddir/settled.sh"
        inst_hook cleanup 05 "$moddir/cleanup.sh"
    fi
}
