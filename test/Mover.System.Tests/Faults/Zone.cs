using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mover.SystemTests.Harness;

namespace Mover.SystemTests.Faults;

/// <summary>One zone: a member of etcd and a server, in a network and with a disk of their own.</summary>
internal sealed class Zone(ZoneNetwork network, int number, string folder, string keyRing, bool setsClock) : IAsyncDisposable
{
    private const int LogLinesMax = 30;
    private static readonly int[] _zones = [1, 2, 3];

    private readonly HttpClient _etcd = new() { Timeout = TimeSpan.FromSeconds(2) };

    public int Number => number;

    public ZoneDisk Disk { get; } = new(network, number, folder);

    /// <summary>The clock of the server.</summary>
    public ZoneClock Clock { get; } = new(folder, setsClock);

    public Held? Member { get; private set; }

    public Held? Server { get; private set; }

    /// <summary>Where the server is reached.</summary>
    public string Url => $"https://{network.Address(number)}:7443";

    /// <summary>The server's data folder.</summary>
    public string Data => Path.Combine(folder, "server");

    /// <summary>Where the member is reached.</summary>
    public string MemberUrl => Client(number);

    /// <summary>Starts the member; by a program other than the usual one where that is named.</summary>
    public void StartMember(string? program = null)
    {
        var members = _zones.ToDictionary(NameOf, Peer, StringComparer.Ordinal);
        var words = EtcdMember.Words(NameOf(number), $"{Disk.Path}/member", Client(number), members);
        Member = Held.Start([.. network.In(number), program ?? words[0], .. words[1..], $"--quota-backend-bytes={SpaceQuota.Bytes}"]);
    }

    /// <summary>Asks the server to end, and waits until it has.</summary>
    public Task EndServerAsync() => Server!.EndAsync();

    /// <summary>Asks the member to end, and waits until it has.</summary>
    public async Task EndMemberAsync()
    {
        await Member!.EndAsync();
        await Member.DisposeAsync();
    }

    /// <summary>Starts the server.</summary>
    public void BeginServer()
    {
        var nearestFirst = _zones.OrderBy(zone => (zone - number + _zones.Length) % _zones.Length);
        Server = Held.Start(
        [
            .. network.In(number), .. Clock.Words, .. ChildProcess.Program, "server", "--data", Data, "--urls", Url, "--zone", $"{number}",
            "--store", $"etcd://{string.Join(',', nearestFirst.Select(zone => $"{network.Address(zone)}:2379"))}", "--key-ring", keyRing,
            "--log-level", "Warning",
        ]);
    }

    /// <summary>Starts the server and waits until it serves.</summary>
    public void StartServer()
    {
        BeginServer();
        Server!.WaitForLine("ready ");
    }

    /// <summary>The last lines that member and server wrote, for failure messages.</summary>
    public string Logs => $"--- member\n{Tail(Member)}\n--- server\n{Tail(Server)}";

    /// <summary>Starts again what has ended, as systemd does.</summary>
    public async Task StartAgainAsync()
    {
        if (Member!.HasExited)
        {
            await Member.DisposeAsync();
            StartMember();
        }

        if (Server!.HasExited)
        {
            await Server.DisposeAsync();
            BeginServer();
        }
    }

    /// <summary>Whether the member hears from a majority.</summary>
    public async Task<bool> IsMemberWellAsync()
    {
        try
        {
            return (string?)(await _etcd.GetFromJsonAsync<JsonNode>(new Uri($"{Client(number)}/health")))?["health"] == "true";
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Whether the member leads.</summary>
    public async Task<bool> LeadsAsync()
    {
        using var answer = await _etcd.PostAsJsonAsync(new Uri($"{Client(number)}/v3/maintenance/status"), new JsonObject());
        var status = await answer.Content.ReadFromJsonAsync<JsonNode>();
        return (string?)status!["leader"] == (string?)status["header"]!["member_id"];
    }

    public async ValueTask DisposeAsync()
    {
        await (Server?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (Member?.DisposeAsync() ?? ValueTask.CompletedTask);
        _etcd.Dispose();
    }

    private static string Tail(Held? program) => string.Join('\n', (program?.Output ?? string.Empty).Split('\n').TakeLast(LogLinesMax));

    private static string NameOf(int zone) => $"etcd-zone{zone}";

    private string Client(int zone) => $"http://{network.Address(zone)}:2379";

    private string Peer(int zone) => $"http://{network.Address(zone)}:2380";
}
