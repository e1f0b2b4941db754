#!/bin/bash
# Serves a folder over NFSv3 and v4 on loopback with nfs-ganesha, until its standard input ends or it is stopped.
#
#   scripts/ganesha.sh FOLDER NFS_PORT MOUNT_PORT STATE_FOLDER [EXPORT [OWNERS [PORTS [ADDRESS]]]]      EXPORT is /export when left out
#
# OWNERS is how NFSv4 names owners: "numeric" (the default, as Linux servers do for AUTH_SYS) or "named" (as filers with an id mapping do:
# "root@filer.test"). A named server knows the accounts of this host and one more, filer-only (user and group 31001), and sends what
# it has no name for as a number. NFSv3 always sends numbers.
# PORTS says which client ports the export accepts: "any" (the default, "insecure" of Linux) or "privileged" (below 1024, "secure").
# ADDRESS is another address of loopback, 127.0.0.1 when left out: clients that take no port find NFSv4 at 2049 of an address of its own.
#
# Needs root, nfs-ganesha, nfs-ganesha-vfs and rpcbind. Everything runs in mount and process namespaces of its own, so nothing is left
# behind. NFSv3 needs a portmapper that the server can register with: rpcbind listens on a unix socket only, inside the namespace, because
# its netconfig names no network. Clients say the ports themselves. Prints "ready" when both ports are open.
set -euo pipefail

if [ "${1:-}" != inside ]; then
    [ $# -ge 4 ] && [ $# -le 8 ] || { sed -n '4p' "$0" >&2; exit 2; }
    exec unshare --mount --pid --fork --kill-child --mount-proc --propagation private "$0" inside "$@"
fi

shift
folder=$(realpath "$1") nfs_port=$2 mount_port=$3 state=$(realpath -m "$4") export=${5:-/export} owners=${6:-numeric} ports=${7:-any} address=${8:-127.0.0.1}
mkdir -p "$state/recovery"

mount -t tmpfs tmpfs /run
mkdir -p /run/rpcbind /run/ganesha /var/lib/nfs/ganesha
grep -E '^(local|unix)' /etc/netconfig > "$state/netconfig" || echo 'local tpi_cots_ord - loopback - - -' > "$state/netconfig"
unshare --mount --propagation private sh -c 'mount --bind "$1" /etc/netconfig && exec rpcbind -f' sh "$state/netconfig" > "$state/rpcbind.log" 2>&1 &

privileged=false
[ "$ports" = any ] || privileged=true
only_numeric=true
if [ "$owners" = named ]; then
    only_numeric=false
    printf '[General]\nDomain = filer.test\n[Translation]\nMethod = nsswitch\n' > "$state/idmapd.conf"
    { cat /etc/passwd && echo 'filer-only:x:31001:31001::/nonexistent:/usr/sbin/nologin'; } > "$state/passwd"
    { cat /etc/group && echo 'filer-only:x:31001:'; } > "$state/group"
    for file in idmapd.conf passwd group; do
        mount --bind "$state/$file" "/etc/$file"
    done
fi

cat > "$state/ganesha.conf" <<CONF
NFS_CORE_PARAM {
    Bind_addr = $address;
    NFS_Protocols = 3,4;
    NFS_Port = $nfs_port;
    MNT_Port = $mount_port;
    Enable_NLM = false;
    Enable_RQUOTA = false;
    Enable_UDP = false;
    mount_path_pseudo = true;
}
NFSV4 {
    Graceless = true;
    Only_Numeric_Owners = $only_numeric;
    Lease_Lifetime = 60;
    Minor_Versions = 0,1,2;
    RecoveryRoot = "$state/recovery";
}
EXPORT {
    Export_Id = 1;
    Path = "$folder";
    Pseudo = "$export";
    Access_Type = RW;
    Squash = No_Root_Squash;
    SecType = sys;
    PrivilegedPort = $privileged;
    Protocols = 3,4;
    Transports = TCP;
    Attr_Expiration_Time = 0; # tests change files behind the server's back
    FSAL { Name = VFS; }
}
CONF

for _ in $(seq 100); do
    [ -S /run/rpcbind.sock ] && break
    sleep 0.05
done

ganesha.nfsd -F -f "$state/ganesha.conf" -L "$state/ganesha.log" -p "$state/ganesha.pid" < /dev/null &
server=$!
open_port() { (exec 3<> "/dev/tcp/$address/$1") 2> /dev/null; }
for _ in $(seq 300); do
    kill -0 "$server" 2> /dev/null || { tail -20 "$state/ganesha.log" >&2; exit 1; }
    if open_port "$nfs_port" && open_port "$mount_port"; then
        echo ready
        break
    fi
    sleep 0.1
done

# End of file means that our parent is gone: then we exit too, and the namespace with us.
cat > /dev/null || true
kill "$server" 2> /dev/null || true
