using System.Text;
using System.Text.Json.Nodes;
using Mover.Files;

namespace Mover.Cli.Demo;

/// <summary>Where the member and the server of a zone are reached.</summary>
internal readonly record struct ZonePlace(int Number, string Client, string Peer, string Url)
{
    public string Member => $"etcd-zone{Number}";

    public static ZonePlace Take(int number, DemoPorts ports) => new(
        number, $"127.0.0.1:{ports.Take()}", $"127.0.0.1:{ports.Take()}", $"https://127.0.0.1:{ports.Take()}");
}

/// <summary>A zone: a member of etcd and a server over all members, each a program with a configuration file.</summary>
internal sealed class DemoZone : IAsyncDisposable
{
    private readonly string _etcd;
    private DemoProcess? _member;
    private DemoProcess? _server;

    private DemoZone(ZonePlace place, string folder, string etcd) => (Place, Folder, _etcd) = (place, folder, etcd);

    public ZonePlace Place { get; }

    public string ServerFolder => Path.Combine(Folder, "server");

    /// <summary>The word for a shell that starts the member.</summary>
    public string MemberCommand => $"{DemoShell.Quote(_etcd)} --config-file {DemoShell.Quote(MemberConfig)} &";

    /// <summary>The word for a shell that starts the server.</summary>
    public string ServerCommand => $"mover server --config {DemoShell.Quote(ServerConfig)} &";

    private string Folder { get; }

    private string MemberConfig => Path.Combine(Folder, "etcd.json");

    private string ServerConfig => Path.Combine(Folder, "server.json");

    /// <summary>Writes the files of a zone below a folder that holds the authority, the client's certificate and the key ring.</summary>
    public static DemoZone Create(string shared, ZonePlace place, IReadOnlyList<ZonePlace> all, DemoCertificates certificates, string etcd)
    {
        var folder = Directory.CreateDirectory(Path.Combine(shared, $"zone{place.Number}")).FullName;
        var zone = new DemoZone(place, folder, etcd);
        var (certificate, key) = (Path.Combine(folder, "member.pem"), Path.Combine(folder, "member.key"));
        certificates.WriteMember(certificate, key);
        JsonObject Transport() => new()
        {
            ["cert-file"] = certificate, ["key-file"] = key, ["trusted-ca-file"] = Path.Combine(shared, "etcd-ca.pem"),
            ["client-cert-auth"] = true,
        };
        Write(zone.MemberConfig, new()
        {
            ["name"] = place.Member,
            ["data-dir"] = Path.Combine(folder, "etcd"),
            ["listen-client-urls"] = $"https://{place.Client}",
            ["advertise-client-urls"] = $"https://{place.Client}",
            ["listen-peer-urls"] = $"https://{place.Peer}",
            ["initial-advertise-peer-urls"] = $"https://{place.Peer}",
            ["initial-cluster"] = string.Join(',', all.Select(one => $"{one.Member}=https://{one.Peer}")),
            ["client-transport-security"] = Transport(),
            ["peer-transport-security"] = Transport(),
            ["logger"] = "zap",
            ["log-outputs"] = new JsonArray("stdout"),
        });
        var nearestFirst = all.OrderBy(one => (one.Number - place.Number + all.Count) % all.Count).Select(one => one.Client);
        Write(zone.ServerConfig, new()
        {
            ["data"] = zone.ServerFolder,
            ["urls"] = new JsonArray(place.Url),
            ["zone"] = $"{place.Number}",
            ["store"] = $"etcds://{string.Join(',', nearestFirst)}?ca={Path.Combine(shared, "etcd-ca.pem")}"
                + $"&cert={Path.Combine(shared, "mover.pem")}&key={Path.Combine(shared, "mover.key")}",
            ["keyRing"] = Path.Combine(shared, "ring"),
        });
        return zone;
    }

    /// <summary>Starts the member, and waits until it has heard from a majority.</summary>
    public async Task StartMemberAsync(CancellationToken cancel) => _member = await DemoProcess.StartAsync(
        $"member of etcd in zone {Place.Number}", [_etcd, "--config-file", MemberConfig],
        line => line.Contains("ready to serve client requests", StringComparison.Ordinal), cancel);

    /// <summary>Starts the server, and waits until it serves.</summary>
    public async Task StartServerAsync(CancellationToken cancel) =>
        _server = await DemoProcess.StartServerAsync(["--config", ServerConfig], cancel);

    /// <summary>Both are killed at once, with SIGKILL.</summary>
    public async ValueTask DisposeAsync()
    {
        var (member, server) = (_member, _server);
        (_member, _server) = (null, null);
        await Task.WhenAll(
            member?.DisposeAsync().AsTask() ?? Task.CompletedTask, server?.DisposeAsync().AsTask() ?? Task.CompletedTask);
    }

    private static void Write(string file, JsonObject config) => PrivateFile.Replace(file, Encoding.UTF8.GetBytes(config.ToJsonString()));
}
