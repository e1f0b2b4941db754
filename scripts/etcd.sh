#!/bin/bash
# Puts the etcd of Debian 13 below a folder, without installing it: the etcd of Debian 12 is too old for Mover.
#
#   scripts/etcd.sh FOLDER        prints the path of the etcd program
#
# The packages come through apt, which checks their signatures with Debian's own keys, from a source list of their own: the host's sources,
# lists and packages stay as they are. Needs apt and dpkg, the network the first time, and only the right to write to the folder.
set -euo pipefail

[ $# -eq 1 ] || { sed -n '4p' "$0" >&2; exit 2; }
suite=trixie keyring=/usr/share/keyrings/debian-archive-keyring.gpg
mirror=${MOVER_DEBIAN_MIRROR:-http://deb.debian.org/debian}
mkdir -p "$1"
folder=$(realpath "$1")
program=$folder/usr/bin/etcd

if [ ! -x "$program" ]; then
    work=$(mktemp -d "$folder/apt-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/packages" "$work/files"
    # apt gives up its rights while it downloads.
    [ "$(id -u)" != 0 ] || chown -R _apt "$work/lists/partial" "$work/archives/partial" "$work/packages"
    chmod 755 "$work" "$work/lists" "$work/archives" "$work/packages"
    echo "deb [signed-by=$keyring] $mirror $suite main" > "$work/sources.list"
    touch "$work/status"
    options=(-o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferences=/dev/null
        -o Dir::Etc::preferencesparts=/dev/null -o "Dir::State::lists=$work/lists" -o "Dir::State::status=$work/status"
        -o "Dir::Cache=$work" -o "Dir::Cache::archives=$work/archives" -o Acquire::Languages=none
        -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false)
    {
        apt-get "${options[@]}" update
        (cd "$work/packages" && apt-get "${options[@]}" download etcd-server etcd-client)
        for package in "$work"/packages/*.deb; do
            dpkg -x "$package" "$work/files"
        done
    } >&2
    rm -rf "$folder/usr"
    mv "$work/files/usr" "$folder/usr"
fi

"$program" --version >&2
echo "$program"
