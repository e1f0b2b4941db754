#!/usr/bin/python3
"""PostgreSQL under Patroni while zones fail: the faults that Mover's ZoneFaultTests has, and how long clients wait.

    bench/patroni/faults.py [--seed N] [--faults N] [--together] [--results FOLDER] [asynchronous] [synchronous] [strict]

Three zones on this machine, each a network namespace with PostgreSQL, Patroni and a member of etcd; three writers in a namespace of their
own know all addresses. Faults come from the seed and last longer than Patroni's ttl. At the end every acknowledged row is read back.
Configurations run one after the other, or all at once with --together. Needs root, Debian 12's packages postgresql-15, patroni,
python3-psycopg2, nftables and iproute2, and etcd 3.4 or 3.5 at $MOVER_ETCD, or where ./test.sh has put it.
"""
import argparse
import ctypes
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import psycopg2

ROOT = pathlib.Path(__file__).resolve().parents[2]
ETCD = os.environ.get("MOVER_ETCD") or str(ROOT / "artifacts/etcd/usr/bin/etcd")
POSTGRES = "/usr/lib/postgresql/15/bin"
ZONES = [1, 2, 3]
CLIENT = 254
WRITERS = 3
PAUSE_SECONDS = 0.02
SILENCE_SECONDS = 3  # what Mover's clients wait before they go to the next address
SETTLE_SECONDS = 120  # after that a person would be called

TUNED = {"ttl": 20, "loop_wait": 2, "retry_timeout": 3}
CONFIGURATIONS = {
    "asynchronous": {"ttl": 30, "loop_wait": 10, "retry_timeout": 10},
    "synchronous": TUNED | {"synchronous_mode": True},
    "strict": TUNED | {"synchronous_mode": True, "synchronous_mode_strict": True},
}


def address(host):
    return f"198.18.0.{host}"


def others(zone):
    return [other for other in ZONES if other != zone]


class Network:
    """A namespace for each zone and one for the client, joined by a bridge in another one."""

    def __init__(self):
        self.name = f"patroni{os.getpid()}"
        self.hosts = [*ZONES, CLIENT]

    def make(self):
        run(f"ip netns add {self.name}-hub; ip -n {self.name}-hub link add br0 type bridge; ip -n {self.name}-hub link set br0 up")
        for host in self.hosts:
            own, hub = self.namespace(host), f"{self.name}-hub"
            run(f"""
                ip netns add {own}
                ip -n {hub} link add host{host} type veth peer name eth0 netns {own}
                ip -n {hub} link set host{host} master br0 up
                ip -n {own} address add {address(host)}/24 dev eth0
                ip -n {own} link set lo up; ip -n {own} link set eth0 up""")

    def namespace(self, host):
        return f"{self.name}-{host}"

    def enter(self, path):
        with open(path) as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0x40000000):
                raise OSError(ctypes.get_errno(), "setns")

    def drop(self, at, sources):
        """What the sources send to the host is dropped."""
        run(f"""ip netns exec {self.namespace(at)} nft -f - <<'END'
            add table inet faults
            add chain inet faults arriving {{ type filter hook input priority 0; }}
            add rule inet faults arriving ip saddr {{ {','.join(map(address, sources))} }} drop\nEND""")

    def heal(self):
        for zone in ZONES:
            run(f"ip netns exec {self.namespace(zone)} nft flush ruleset")

    def processes(self, host, names=None):
        found = []
        for line in subprocess.run(["ip", "netns", "pids", self.namespace(host)], capture_output=True, text=True).stdout.split():
            try:
                name = pathlib.Path(f"/proc/{line}/comm").read_text().strip()
            except OSError:
                continue
            if int(line) != os.getpid() and (names is None or name in names):
                found.append(int(line))
        return found

    def remove(self):
        for zone in ZONES:
            send(signal.SIGKILL, self.processes(zone, ["patroni"]))
            send(signal.SIGCONT, self.processes(zone, ["postgres"]))
            send(signal.SIGINT, self.processes(zone, ["postgres"]))  # ends it, and gives its shared memory back
        until = time.monotonic() + 20
        while time.monotonic() < until and any(self.processes(zone, ["postgres"]) for zone in ZONES):
            time.sleep(0.5)
        for host in self.hosts:
            send(signal.SIGKILL, self.processes(host))
        for host in [*self.hosts, "hub"]:
            subprocess.run(["ip", "netns", "del", self.namespace(host)], stderr=subprocess.DEVNULL)


class Cluster:
    """PostgreSQL, Patroni and a member of etcd in each zone."""

    def __init__(self, network, settings, folder):
        self.network, self.settings, self.folder = network, settings, folder
        self.started = []

    def start(self):
        for zone in ZONES:
            home = self.folder / str(zone)
            home.mkdir()
            (home / "patroni.json").write_text(json.dumps(self.patroni(zone), indent=1))
            run(f"chown -R postgres: {home}")
            self.start_member(zone)
        for zone in ZONES:
            self.start_patroni(zone)

    def start_member(self, zone):
        own = address(zone)
        self.spawn(zone, "etcd", [
            ETCD, "--enable-v2", "--name", f"m{zone}", "--data-dir", str(self.folder / str(zone) / "etcd"),
            "--listen-client-urls", f"http://{own}:2379", "--advertise-client-urls", f"http://{own}:2379",
            "--listen-peer-urls", f"http://{own}:2380", "--initial-advertise-peer-urls", f"http://{own}:2380",
            "--initial-cluster", ",".join(f"m{z}=http://{address(z)}:2380" for z in ZONES)])

    def start_patroni(self, zone):
        self.spawn(zone, "patroni", ["patroni", str(self.folder / str(zone) / "patroni.json")])

    def patroni(self, zone):
        own, home = address(zone), self.folder / str(zone)
        parameters = {"wal_log_hints": "on", "fsync": "on", "max_connections": 50, "shared_buffers": "64MB"}
        if "synchronous_mode" in self.settings:
            parameters |= {"wal_sender_timeout": "10s", "wal_receiver_timeout": "10s"}
        return {
            "scope": "comparison", "name": f"z{zone}",
            "restapi": {"listen": f"{own}:8008", "connect_address": f"{own}:8008"},
            "etcd": {"hosts": [f"{address(z)}:2379" for z in ZONES]},
            "bootstrap": {
                "dcs": self.settings | {"postgresql": {"use_pg_rewind": True, "use_slots": True, "parameters": parameters}},
                "initdb": [{"encoding": "UTF8"}, "data-checksums"]},
            "postgresql": {
                "listen": f"{own}:5432", "connect_address": f"{own}:5432", "data_dir": str(home / "data"), "bin_dir": POSTGRES,
                "pgpass": str(home / "pgpass"),
                "parameters": {"unix_socket_directories": str(home)},
                "pg_hba": ["local all all trust", "host all all 198.18.0.0/24 trust", "host replication all 198.18.0.0/24 trust"],
                "authentication": {"superuser": {"username": "postgres"}, "replication": {"username": "replicator"}},
                "remove_data_directory_on_rewind_failure": True, "remove_data_directory_on_diverged_timelines": True}}

    def spawn(self, zone, name, words):
        home = self.folder / str(zone)
        with open(home / f"{name}.log", "a") as log:
            self.started.append(subprocess.Popen(
                ["ip", "netns", "exec", self.network.namespace(zone),
                 "setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *words],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=home, env={"PATH": os.environ["PATH"], "HOME": str(home)},
                start_new_session=True))

    def start_what_ended(self):
        """Starts what a supervisor would start; says what."""
        for process in self.started:
            process.poll()
        for zone in ZONES:
            if not self.network.processes(zone, ["etcd"]):
                self.start_member(zone)
            if not self.network.processes(zone, ["patroni"]):
                self.start_patroni(zone)

    def leader(self):
        """The zone of the one primary that takes writes and has two standbys that stream (one of them synchronous, if asked for)."""
        primaries = []
        for zone in ZONES:
            try:
                rows = ask(zone, "SELECT pg_is_in_recovery(), state, sync_state FROM (SELECT 1) one LEFT JOIN pg_stat_replication ON "
                                 "application_name ~ '^z[123]$'")
            except psycopg2.Error:
                return None
            if not rows[0][0]:
                primaries.append((zone, rows))
        if len(primaries) != 1:
            return None
        zone, rows = primaries[0]
        streaming = [sync for _, state, sync in rows if state == "streaming"]
        whole = len(streaming) == 2 and ("synchronous_mode" not in self.settings or "sync" in streaming)
        return zone if whole else None

    def wait_for_leader(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.start_what_ended()
            if leader := self.leader():
                return leader
            time.sleep(0.5)
        return None


SERVER = ["patroni", "postgres"]
ZONE = [*SERVER, "etcd"]


def signals(number, names):
    return lambda cluster, zone: send(number, cluster.network.processes(zone, names))


def cut(at_zone, at_others):
    """Drops at the zone what the named hosts send, and at the other zones what the zone sends."""
    def begin(cluster, zone):
        if sources := [host for host in [*others(zone), CLIENT] if at_zone == "all" or (at_zone and host != CLIENT)]:
            cluster.network.drop(zone, sources)
        for other in others(zone) if at_others else []:
            cluster.network.drop(other, [zone])
    return begin


KINDS = {
    "PostgreSQL killed": signals(signal.SIGKILL, ["postgres"]),
    "server killed (PostgreSQL, Patroni)": signals(signal.SIGKILL, SERVER),
    "member killed": signals(signal.SIGKILL, ["etcd"]),
    "zone killed": signals(signal.SIGKILL, ZONE),
    "server stopped": signals(signal.SIGSTOP, SERVER),
    "zone stopped": signals(signal.SIGSTOP, ZONE),
    "zone cut from the other zones": cut("zones", True),
    "zone cut from everybody": cut("all", True),
    "nothing arrives from the other zones": cut("zones", False),
    "nothing arrives at the other zones": cut(None, True),
}


def schedule(seed, count, ttl):
    """Every kind once in an order of chance, at the leader; then all again in another order, two of three at the leader."""
    source = random.Random(seed)
    planned = []
    while len(planned) < count:
        kinds = list(KINDS)
        source.shuffle(kinds)
        for kind in kinds:
            at_leader = len(planned) < len(KINDS) or source.randrange(3) > 0
            planned.append((kind, at_leader, source.randrange(2), ttl + source.uniform(5, 10)))
    return planned[:count]


class Writer(threading.Thread):
    """Inserts one row after the other. A row whose outcome is unknown is never sent again."""

    def __init__(self, number):
        super().__init__(daemon=True)
        self.number = number
        self.addresses = [address(zone) for zone in ZONES]
        self.history = []  # (sequence, begun, ended, outcome, server)
        self.ending = threading.Event()
        self.lock = threading.Lock()
        self.connection = None
        self.deadline = None

    def run(self):
        threading.Thread(target=self.watch, daemon=True).start()
        sequence = 0
        while not self.ending.is_set():
            sequence += 1
            begun = time.monotonic()
            outcome = self.write(sequence) if self.connect() else "refused"
            server = self.connection.info.host if self.connection else None
            self.history.append((sequence, begun, time.monotonic(), outcome, server))
            if outcome != "acknowledged":
                self.disconnect()
            time.sleep(PAUSE_SECONDS)

    def connect(self):
        if self.connection:
            return True
        try:
            connection = psycopg2.connect(
                host=",".join(self.addresses), user="postgres", dbname="postgres", target_session_attrs="read-write", connect_timeout=2,
                tcp_user_timeout=SILENCE_SECONDS * 1000)
            connection.autocommit = True
            self.connection = connection
            return True
        except psycopg2.Error:
            self.addresses.append(self.addresses.pop(0))
            return False

    def write(self, sequence):
        with self.lock:
            self.deadline = time.monotonic() + SILENCE_SECONDS
        try:
            with self.connection.cursor() as cursor:
                cursor.execute("INSERT INTO writes VALUES (%s, %s)", (self.number, sequence))
            # Only a warning shows that the server stopped waiting for its standby.
            return "unknown" if any("replicat" in notice for notice in self.connection.notices) else "acknowledged"
        except psycopg2.Error as error:
            return "refused" if (error.pgcode or "").startswith("25") else "unknown"
        finally:
            with self.lock:
                self.deadline = None

    def watch(self):
        """Breaks off a request that gets no answer."""
        while not self.ending.is_set():
            time.sleep(0.1)
            with self.lock:
                if self.deadline and time.monotonic() > self.deadline and self.connection:
                    self.deadline = None
                    with socket.socket(fileno=os.dup(self.connection.fileno())) as silent:
                        silent.shutdown(socket.SHUT_RDWR)

    def disconnect(self):
        if not self.connection:
            return
        host, self.connection = self.connection.info.host, None
        self.addresses.sort(key=lambda known: known == host)


def ask(zone, query):
    connection = psycopg2.connect(host=address(zone), user="postgres", dbname="postgres", connect_timeout=3, tcp_user_timeout=5000)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def send(number, processes):
    for process in processes:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            pass


def run(script):
    subprocess.run(["/bin/sh", "-ec", script], check=True)


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * part // 100) - 1))]


def load():
    return float(pathlib.Path("/proc/loadavg").read_text().split()[0])


def pauses(writers, since, until):
    """For each writer, the longest pause between two acknowledged writes that touches the interval."""
    longest = []
    for writer in writers:
        times = [ended for _, _, ended, outcome, _ in list(writer.history) if outcome == "acknowledged"]
        longest.append(max((b - a for a, b in zip(times, times[1:]) if b > since and a < until), default=0.0))
    return longest


def one_fault(cluster, writers, kind, at_leader, which, seconds, say):
    leader = cluster.wait_for_leader(SETTLE_SECONDS)
    if leader is None:
        raise RuntimeError("the cluster is not whole before the fault")
    zone = leader if at_leader else others(leader)[which]
    begun = time.monotonic()
    KINDS[kind](cluster, zone)
    time.sleep(max(0.0, begun + seconds - time.monotonic()))
    healed = time.monotonic()
    cluster.network.heal()
    for each in ZONES:
        send(signal.SIGCONT, cluster.network.processes(each, ZONE))
    interventions = []
    while cluster.wait_for_leader(SETTLE_SECONDS) is None:
        interventions.append(intervene(cluster, len(interventions), say))
    time.sleep(2)  # until each writer has written again
    each = pauses(writers, begun, time.monotonic())
    return {
        "kind": kind, "at_leader": at_leader, "zone": zone, "leader": leader, "begun": begun, "ended": time.monotonic(), "seconds": seconds,
        "pause": max(each), "pauses": each, "whole": time.monotonic() - 2 - healed,
        "interventions": interventions, "load": load(), "acknowledged": sum(len(writer.history) for writer in writers)}


def intervene(cluster, before, say):
    """What a person would do: start the standbys that do not stream again, then recreate them."""
    if before > 3:
        raise RuntimeError("the cluster cannot be made whole")
    streaming, primaries = set(), set()
    for zone in ZONES:
        try:
            if not ask(zone, "SELECT pg_is_in_recovery()")[0][0]:
                primaries.add(zone)
            streaming |= {row[0] for row in ask(zone, "SELECT application_name FROM pg_stat_replication WHERE state = 'streaming'")}
        except psycopg2.Error:
            pass
    bad = [zone for zone in ZONES if zone not in primaries and f"z{zone}" not in streaming]
    what = f"standbys {bad} (primaries {sorted(primaries)}) " + ("recreated" if before else "started again")
    say(f"intervention: {what}")
    for zone in bad:
        send(signal.SIGKILL, cluster.network.processes(zone, SERVER))
        if before and len(bad) < len(ZONES):
            shutil.rmtree(cluster.folder / str(zone) / "data", ignore_errors=True)
    return what


def check(cluster, writers, faults):
    leader = cluster.wait_for_leader(SETTLE_SECONDS)
    if leader is None:
        raise RuntimeError("the cluster is not whole at the end: nothing was read back")
    kept = {tuple(row) for row in ask(leader, "SELECT writer, sequence FROM writes")}
    by_outcome = {}
    lost, wrong = [], 0
    for writer in writers:
        for sequence, _, ended, outcome, server in writer.history:
            by_outcome[outcome] = by_outcome.get(outcome, 0) + 1
            there = (writer.number, sequence) in kept
            if outcome == "acknowledged" and not there:
                lost.append((ended, server))
            wrong += outcome == "refused" and there
    for fault in faults:
        fault["lost"] = sum(fault["begun"] <= moment < fault["ended"] for moment, _ in lost)
    return by_outcome, lost, wrong


def measure(configuration, seed, count, results):
    network, home = Network(), os.open("/proc/self/ns/net", os.O_RDONLY)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"patroni-{configuration}-"))
    folder.chmod(0o755)
    log = open(results / f"{configuration}-{seed}.txt", "w", buffering=1)

    def say(line):
        print(f"{configuration}: {line}", flush=True)
        print(line, file=log)

    settings = CONFIGURATIONS[configuration]
    cluster = Cluster(network, settings, folder)
    try:
        network.make()
        network.enter(f"/run/netns/{network.namespace(CLIENT)}")
        say(f"seed {seed}, {json.dumps(settings)}, {os.uname().release}, load {load()}")
        for program in ([f"{POSTGRES}/postgres", "--version"], ["patroni", "--version"], [ETCD, "--version"]):
            say(subprocess.run(program, capture_output=True, text=True).stdout.splitlines()[0])
        cluster.start()
        leader = cluster.wait_for_leader(300)
        if leader is None:
            raise RuntimeError("the cluster did not start")
        ask(leader, "CREATE TABLE writes (writer int, sequence int, PRIMARY KEY (writer, sequence))")
        writers = [Writer(number) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        time.sleep(5)
        say(f"started; without a fault the longest pause in 5 s is {max(pauses(writers, 0, time.monotonic())):.2f} s")
        faults = []
        for kind, at_leader, which, seconds in schedule(seed, count, settings["ttl"]):
            fault = one_fault(cluster, writers, kind, at_leader, which, seconds, say)
            faults.append(fault)
            say(f"{len(faults):2} {kind}, {'leader' if at_leader else 'elsewhere'}, {seconds:.0f} s: longest pause "
                f"{fault['pause']:.2f} s, whole {fault['whole']:.1f} s after, interventions {len(fault['interventions'])}, load {load()}")
        for writer in writers:
            writer.ending.set()
        for writer in writers:
            writer.join(30)
        report(faults, *check(cluster, writers, faults), say)
        (results / f"{configuration}-{seed}.json").write_text(json.dumps(faults, indent=1))
        return 0
    finally:
        network.enter(f"/proc/self/fd/{home}")
        network.remove()
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


def report(faults, by_outcome, lost, wrong, say):
    for name, chosen in (("all", faults), ("at the leader", [fault for fault in faults if fault["at_leader"]])):
        for figure, what in (("pause", "longest pause of a writer"), ("whole", "whole after the fault's end")):
            if values := [fault[figure] for fault in chosen]:
                say(f"{name}, {len(values)}: {what} p50 {statistics.median(values):.2f}, p99 {percentile(values, 99):.2f}, "
                    f"max {max(values):.2f} s")
    say(f"writes: {by_outcome}; acknowledged and lost {len(lost)}; refused and there {wrong}")
    for fault in faults:
        if fault["lost"]:
            say(f"lost {fault['lost']}: {fault['kind']}")
    say(f"interventions {sum(len(fault['interventions']) for fault in faults)}, load {min(fault['load'] for fault in faults):.0f} to "
        f"{max(fault['load'] for fault in faults):.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("configurations", nargs="*", metavar="configuration", help=", ".join(CONFIGURATIONS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=len(KINDS))
    parser.add_argument("--together", action="store_true", help="all configurations at once")
    parser.add_argument("--results", type=pathlib.Path, default=pathlib.Path("."), help="where figures go")
    options = parser.parse_args()
    chosen = options.configurations or list(CONFIGURATIONS)
    if unknown := set(chosen) - set(CONFIGURATIONS):
        parser.error(f"no configuration {unknown}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if len(chosen) == 1:
        return measure(chosen[0], options.seed, options.faults, options.results)
    common = ["--seed", str(options.seed), "--faults", str(options.faults), "--results", str(options.results)]
    running = []
    try:
        for configuration in chosen:
            running.append(subprocess.Popen([sys.executable, __file__, *common, configuration]))
            if not options.together:
                running[-1].wait()
        return max(process.wait() for process in running)
    finally:
        for process in running:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
