#!/bin/bash
# Makes the certificates by which etcd's members and clients recognize each other. Control planes have their own, separate authority.
#
#   deploy/certificates.sh authority FOLDER                  FOLDER/etcd-ca.pem, etcd-ca.key: keep the key off the servers
#   deploy/certificates.sh member FOLDER NAME HOST...        FOLDER/NAME.pem, NAME.key: for a member that is reached at these names and addresses
#   deploy/certificates.sh client FOLDER NAME                FOLDER/NAME.pem, NAME.key: for mover, or for an operator's etcdctl
#
# Keys are EC P-256 in files of mode 0600. It overwrites nothing: renew a certificate in another folder, or move the old one away first.
# AUTHORITY_DAYS (3650) and DAYS (397) say how long certificates are valid.
set -euo pipefail
umask 077

usage() { sed -n '4,6s/^# *//p' "$0" >&2; exit 2; }
fail() { echo "certificates.sh: $*" >&2; exit 1; }

# Makes everything in a folder next to the destination and moves it there at the end, without replacing existing files.
place() {
    local name
    for name in "$@"; do
        [ ! -e "$folder/$name" ] || fail "$folder/$name is there already; move it away first."
    done
    for name in "$@"; do
        ln "$work/$name" "$folder/$name"
    done
    chmod 0644 "$folder/$1"
}

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/$1.key" 2>/dev/null; }

# NAME USE ALTERNATIVES: a key, and a certificate that the authority signs.
sign() {
    [ -e "$folder/etcd-ca.key" ] || fail "$folder/etcd-ca.key is not there; 'certificates.sh authority $folder' makes it."
    cat >"$work/extensions" <<EXTENSIONS
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = $2
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
${3:+subjectAltName = $3}
EXTENSIONS
    new_key "$1"
    openssl req -new -key "$work/$1.key" -subj "/CN=$1" -out "$work/request"
    openssl x509 -req -in "$work/request" -CA "$folder/etcd-ca.pem" -CAkey "$folder/etcd-ca.key" -set_serial "0x$(openssl rand -hex 16)" \
        -sha256 -days "${DAYS:-397}" -extfile "$work/extensions" -out "$work/$1.pem" 2>/dev/null
    openssl verify -CAfile "$folder/etcd-ca.pem" "$work/$1.pem" >/dev/null
    place "$1.pem" "$1.key"
}

alternatives() {
    local host list=DNS:localhost,IP:127.0.0.1
    for host in "$@"; do
        [[ $host =~ ^[A-Za-z0-9.:*-]+$ ]] || fail "'$host' is neither a name nor an address."
        [[ $host =~ ^[0-9.]+$ || $host == *:* ]] && list+=",IP:$host" || list+=",DNS:$host"
    done
    echo "$list"
}

[ $# -ge 2 ] || usage
verb=$1 folder=$2
shift 2
mkdir -p "$folder"
work=$(mktemp -d "$folder/.new-XXXXXX")
trap 'rm -rf "$work"' EXIT
[ "$verb" = authority ] || [[ ${1:-} =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ && $1 != etcd-ca ]] || usage

case $verb in
    authority)
        [ $# -eq 0 ] || usage
        new_key etcd-ca
        openssl req -new -x509 -key "$work/etcd-ca.key" -subj "/CN=etcd of Mover $(date -u +%Y-%m-%dT%H:%M:%SZ)" -sha256 -days "${AUTHORITY_DAYS:-3650}" \
            -addext 'basicConstraints = critical, CA:TRUE, pathlen:0' -addext 'keyUsage = critical, keyCertSign, cRLSign' -out "$work/etcd-ca.pem"
        place etcd-ca.pem etcd-ca.key
        ;;
    member)
        [ $# -ge 2 ] || usage
        # Members are clients too: of each other, and of themselves through etcd's own gateway. Without clientAuth they refuse each other.
        hosts=$(alternatives "${@:2}")
        sign "$1" 'serverAuth, clientAuth' "$hosts"
        ;;
    client)
        [ $# -eq 1 ] || usage
        sign "$1" clientAuth ''
        ;;
    *) usage ;;
esac
