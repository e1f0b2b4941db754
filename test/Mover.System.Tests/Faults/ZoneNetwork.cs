using System.Globalization;
using Mover.SystemTests.Harness;

namespace Mover.SystemTests.Faults;

/// <summary>
/// Three network namespaces joined by a bridge in a fourth, and this machine at it as a client. Each zone also has mounts of its own. All of it
/// goes when the processes that hold the namespaces end, which they do with this one.
/// </summary>
internal sealed class ZoneNetwork : IAsyncDisposable
{
    /// <summary>The number of the client among the hosts; zones are 1, 2 and 3.</summary>
    public const int Client = 254;

    private static int _count;

    // Of RFC 2544's networks for tests; the process chooses which, and each of its own has another.
    private readonly string _network;
    private readonly string _link;
    private readonly Dictionary<int, ChildProcess> _holders = [];

    private ZoneNetwork()
    {
        var number = Interlocked.Increment(ref _count);
        _network = string.Create(CultureInfo.InvariantCulture, $"198.18.{(Environment.ProcessId + number) % 250}");
        _link = string.Create(CultureInfo.InvariantCulture, $"mvf{Environment.ProcessId}-{number}");
    }

    /// <summary>The host's address.</summary>
    public string Address(int host) => string.Create(CultureInfo.InvariantCulture, $"{_network}.{host}");

    /// <summary>The words that start a program in a zone.</summary>
    public string[] In(int zone) => ["nsenter", $"--net=/proc/{_holders[zone].Id}/ns/net", $"--mount=/proc/{_holders[zone].Id}/ns/mnt"];

    public static async Task<ZoneNetwork> JoinAsync()
    {
        var network = new ZoneNetwork();
        try
        {
            await network.MakeHubAsync();
            foreach (var zone in new[] { 1, 2, 3 })
            {
                await network.MakeZoneAsync(zone);
            }

            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Drops what a host sends to a zone; of a hundred packets so many.</summary>
    public Task DropAsync(int zone, IEnumerable<int> from, int percent = 100) => RunAsync(
        zone,
        $$"""
        nft -f - <<'END'
        add table inet faults
        add chain inet faults arriving { type filter hook input priority 0; }
        add rule inet faults arriving ip saddr { {{string.Join(',', from.Select(Address))}} } numgen random mod 100 <= {{percent - 1}} drop
        END
        """);

    /// <summary>What a host sends to a zone arrives up to so many thousand bytes a second; what is above is dropped.</summary>
    public Task ThrottleAsync(int zone, int from, int kilobytes) => RunAsync(
        zone,
        $$"""
        nft -f - <<'END'
        add table inet faults
        add chain inet faults arriving { type filter hook input priority 0; }
        add rule inet faults arriving ip saddr {{Address(from)}} limit rate over {{kilobytes}} kbytes/second burst {{kilobytes / 2}} kbytes drop
        END
        """);

    /// <summary>What a zone sends passes at so many bits a second.</summary>
    public Task SlowAsync(int zone, string rate) => RunAsync(zone, $"tc qdisc replace dev eth0 root tbf rate {rate} burst 16kb latency 400ms");

    /// <summary>Everything arrives again.</summary>
    public Task HealAsync() => Task.WhenAll(new[] { 1, 2, 3 }.Select(zone => RunAsync(zone, "nft flush ruleset; tc qdisc del dev eth0 root 2>/dev/null || true")));

    /// <summary>Runs a script in a zone.</summary>
    public async Task RunAsync(int zone, string script)
    {
        string[] words = [.. In(zone), "/bin/sh", "-ec", script];
        var (exitCode, output) = await ChildProcess.RunAsync(words[0], words[1..]);
        Assert.True(exitCode == 0, $"zone {zone}: {script}: {output}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var holder in _holders.Values)
        {
            await holder.DisposeAsync();
        }
    }

    private async Task MakeHubAsync()
    {
        await HoldAsync(0);
        await RunAsync(0, "ip link add br0 type bridge && ip link set br0 up");
        var (exitCode, output) = await ChildProcess.RunAsync("/bin/sh", ["-ec", $"""
            ip link add {_link} type veth peer name client netns {_holders[0].Id}
            ip address add {Address(Client)}/24 dev {_link}
            ip link set {_link} up
            """]);
        Assert.True(exitCode == 0, output);
        await RunAsync(0, "ip link set client master br0 up");
    }

    private async Task MakeZoneAsync(int zone)
    {
        await HoldAsync(zone);
        await RunAsync(0, $"ip link add zone{zone} type veth peer name eth0 netns {_holders[zone].Id} && ip link set zone{zone} master br0 up");
        await RunAsync(zone, $"ip address add {Address(zone)}/24 dev eth0 && ip link set lo up && ip link set eth0 up");
    }

    private async Task HoldAsync(int host)
    {
        _holders[host] = ChildProcess.Start("unshare", ["--net", "--mount", "/bin/sh", "-c", "echo held; exec cat >/dev/null"], keepsInput: true);
        await _holders[host].WaitForOutputAsync("held");
    }
}
