using Mover.SystemTests.Harness;

namespace Mover.SystemTests.Faults.Regions;

/// <summary>One region of a pair in a network of its own: a server over a file, or two servers over a member of etcd.</summary>
internal sealed class FaultRegion(ZoneNetwork network, int host, string name, string folder, string keyRing, bool hasEtcd) : IAsyncDisposable
{
    private const string Drained = "accepts no writes after";
    private const int LogLinesMax = 40;
    private const int FirstPort = 7443;

    private readonly List<Held> _servers = [];
    private Held? _member;

    public string Name => name;

    /// <summary>The number of its network.</summary>
    public int Host => host;

    /// <summary>Where its servers are reached.</summary>
    public IReadOnlyList<string> Urls { get; } =
        [.. Enumerable.Range(0, hasEtcd ? 2 : 1).Select(server => $"https://{network.Address(host)}:{FirstPort + server}")];

    /// <summary>The data folder of its first server.</summary>
    public string Data => DataOf(0);

    /// <summary>The authority that its certificates are of.</summary>
    public string CaFile => Path.Combine(Data, "tls", "ca.pem");

    /// <summary>How often its servers said that they take no more writes.</summary>
    public int Drains => _servers.Sum(server => server.Output.Split(Drained).Length - 1);

    /// <summary>The last lines that its programs wrote, for failure messages.</summary>
    public string Logs => string.Join('\n', _servers.Prepend(_member).Where(one => one is not null).Select((one, at) =>
        $"--- {name} {at}\n{string.Join('\n', one!.Output.Split('\n').TakeLast(LogLinesMax))}"));

    /// <summary>Starts everything, and waits until it says that it is ready.</summary>
    /// <param name="pair">The other region.</param>
    /// <param name="isFirst">Its servers are started for the first time: the second finds what the first has made.</param>
    public async Task StartAsync(FaultRegion pair, bool isFirst = false)
    {
        if (hasEtcd)
        {
            var members = new Dictionary<string, string>(StringComparer.Ordinal) { [name] = $"http://{network.Address(host)}:2380" };
            _member = Held.Start([.. network.In(host), .. EtcdMember.Words(name, Path.Combine(folder, "member"), $"http://{network.Address(host)}:2379", members)]);
        }

        for (var server = 0; server < Urls.Count; server++)
        {
            _servers.Add(StartServer(server, pair));
            if (isFirst)
            {
                await Task.Run(() => _servers[^1].WaitForLine("ready "));
            }
        }

        if (!isFirst)
        {
            await Task.WhenAll(_servers.Select(server => Task.Run(() => server.WaitForLine("ready "))));
        }
    }

    /// <summary>Everything is gone at once.</summary>
    public async Task KillAsync()
    {
        var programs = _servers.Append(_member).OfType<Held>().ToList();
        await Task.WhenAll(programs.Select(program => program.KillAsync()));
        foreach (var program in programs)
        {
            await program.DisposeAsync();
        }

        _servers.Clear();
        _member = null;
    }

    /// <summary>Its servers stand still.</summary>
    public void Pause() => _servers.ForEach(server => server.Pause());

    /// <summary>They go on.</summary>
    public void Resume() => _servers.ForEach(server => server.Resume());

    public async ValueTask DisposeAsync() => await KillAsync();

    private Held StartServer(int server, FaultRegion pair) => Held.Start(
    [
        .. network.In(host), .. ChildProcess.Program, "server", "--data", DataOf(server), "--urls", Urls[server], "--region", name,
        "--zone", $"{server + 1}", "--key-ring", keyRing, "--log-level", "Warning",
        .. pair.Urls.SelectMany(url => (string[])["--pair", $"{pair.Name}={url}"]),
        .. host == 1 ? Array.Empty<string>() : ["--pair-ca", pair.CaFile, "--standby"],
        .. hasEtcd ? (string[])["--store", $"etcd://{network.Address(host)}:2379"] : [],
    ]);

    private string DataOf(int server) => Path.Combine(folder, $"server{server}");
}
