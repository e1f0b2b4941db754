using System.Text.Json.Nodes;
using Mover.SystemTests.Harness;
using Mover.Testing;

namespace Mover.SystemTests.Recipes;

/// <summary>Three zones from the recipes, on loopback: certificates by the script, members and servers as the units start them.</summary>
internal sealed class RecipeCluster : IAsyncDisposable
{
    /// <summary>The zones by their names.</summary>
    public static readonly IReadOnlyList<string> Numbers = ["1", "2", "3"];

    private readonly TemporaryFolder _folder = new();

    /// <summary>The machines, in the order of their zones.</summary>
    public List<RecipeZone> Zones { get; } = [];

    /// <summary>Where names and ports of the recipes are reached.</summary>
    public Dictionary<string, string> Addresses { get; } = Numbers.SelectMany(zone => new[] { $"etcd{zone}.example.com:2379", $"etcd{zone}.example.com:2380" })
        .ToDictionary(address => address, _ => $"127.0.0.1:{FreePorts.Take()}", StringComparer.Ordinal);

    /// <summary>The folder of certificates, keys and key ring.</summary>
    public string Secrets => Path.Combine(_folder.Path, "secrets");

    public string this[string name] => Path.Combine(_folder.Path, name);

    public static async Task<RecipeCluster> BringUpAsync()
    {
        var cluster = new RecipeCluster();
        try
        {
            await cluster.MakeSecretsAsync();
            cluster.Zones.AddRange(Numbers.Select(zone => new RecipeZone(cluster._folder.Make($"zone{zone}"), cluster.Secrets, zone, cluster.Addresses)));
            await cluster.StartMembersAsync();
            cluster.Zones.ForEach(zone => zone.StartServer());
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts all members, and waits until they serve.</summary>
    public Task StartMembersAsync(params (string Name, string Value)[] changed)
    {
        Zones.ForEach(zone => zone.StartMember(changed));
        return Task.WhenAll(Zones.Select(zone => zone.WaitForMemberAsync()));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var zone in Zones)
        {
            await zone.DisposeAsync();
        }

        _folder.Dispose();
    }

    public static Task<string> MoverAsync(RecipeZone zone, params string[] arguments) => MoverAsync([.. arguments, "--data", zone.Data]);

    public static async Task<string> MoverAsync(params string[] arguments)
    {
        var (exitCode, output) = await ChildProcess.RunMoverAsync(arguments);
        Assert.True(exitCode == 0, $"mover {string.Join(' ', arguments)}: {output}");
        return output;
    }

    public static async Task<JsonNode> StatusAsync(RecipeZone zone) => JsonNode.Parse(await MoverAsync(zone, "zone", "status", "-o", "json"))!;

    public static async Task<IEnumerable<string>> GroupsAsync(RecipeZone zone) =>
        JsonNode.Parse(await MoverAsync(zone, "group", "list", "-o", "json"))!.AsArray().Select(one => (string)one!["name"]!).Order();

    // Programs of etcd, which lie beside the member's.
    public static async Task<string> EtcdAsync(string program, params string[] arguments)
    {
        var path = Path.Combine(Path.GetDirectoryName(Requirement.Value("MOVER_ETCD"))!, program);
        var (exitCode, output) = await ChildProcess.RunAsync(path, arguments);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)}: {output}");
        return output;
    }

    /// <summary>What etcdctl is told to speak to the member of a zone.</summary>
    public string[] Client(int zone) =>
    [
        $"--endpoints=https://{Addresses[$"etcd{zone + 1}.example.com:2379"]}", $"--cacert={Path.Combine(Secrets, "etcd-ca.pem")}",
        $"--cert={Path.Combine(Secrets, "operator.pem")}", $"--key={Path.Combine(Secrets, "operator.key")}",
    ];

    /// <summary>The store at the first so many members, for an operator.</summary>
    public string Store(int members) =>
        $"etcds://{string.Join(',', Numbers.Take(members).Select(zone => Addresses[$"etcd{zone}.example.com:2379"]))}"
        + $"?ca={Path.Combine(Secrets, "etcd-ca.pem")}&cert={Path.Combine(Secrets, "operator.pem")}&key={Path.Combine(Secrets, "operator.key")}";

    /// <summary>Runs the script of certificates, which has to end with the code.</summary>
    public static async Task<string> ScriptAsync(int expected, params string[] arguments)
    {
        var (exitCode, output) = await ChildProcess.RunAsync(Path.Combine(Recipe.Folder, "certificates.sh"), arguments);
        Assert.True(exitCode == expected, output);
        return output;
    }

    private async Task MakeSecretsAsync()
    {
        await ScriptAsync(0, "authority", Secrets);
        foreach (var zone in Numbers)
        {
            await ScriptAsync(0, "member", Secrets, $"etcd-zone{zone}", $"etcd{zone}.example.com");
        }

        await ScriptAsync(0, "client", Secrets, "mover");
        await ScriptAsync(0, "client", Secrets, "operator");
        var (exitCode, ring) = await ChildProcess.RunMoverAsync(["identity", "new-key"]);
        Assert.True(exitCode == 0, ring);
        await File.WriteAllTextAsync(Path.Combine(Secrets, "ring"), ring);
        File.SetUnixFileMode(Path.Combine(Secrets, "ring"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
