using Mover.SystemTests.Harness;
using Mover.Testing;

namespace Mover.SystemTests.Recipes;

/// <summary>
/// A machine of one zone, on loopback: the files of <c>deploy/systemd</c> and certificates as <c>deploy/README.md</c> says, below a folder, and
/// the programs as the units start them. Addresses and folders are replaced, and nothing else.
/// </summary>
internal sealed class RecipeZone : IAsyncDisposable
{
    // The end of standard input ends the member, so that none outlives the tests.
    private const string Script = """ "$0" "$@" & exec 3<&0; cat <&3 >/dev/null; kill -9 $!; wait $! """;

    private readonly string _folder;
    private readonly string _zone;
    private readonly Dictionary<string, string> _replaced;
    private ChildProcess? _member;
    private ChildProcess? _server;

    public RecipeZone(string folder, string secrets, string zone, IReadOnlyDictionary<string, string> addresses)
    {
        (_folder, _zone) = (folder, zone);
        (_replaced, MetricsPort, ServerPort) = (new(addresses, StringComparer.Ordinal), FreePorts.Take(), FreePorts.Take());
        _replaced["/etc/mover"] = Path.Combine(folder, "etc/mover");
        _replaced["%S"] = Path.Combine(folder, "state");
        _replaced["127.0.0.1:2381"] = $"127.0.0.1:{MetricsPort}";
        _replaced["0.0.0.0:7443"] = $"127.0.0.1:{ServerPort}";
        _replaced["0.0.0.0:2379"] = addresses[$"etcd{zone}.example.com:2379"];
        _replaced["0.0.0.0:2380"] = addresses[$"etcd{zone}.example.com:2380"];
        Directory.CreateDirectory(Path.Combine(folder, "state/mover"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(Path.Combine(folder, "state/mover-etcd"));
        Install($"systemd/server-zone{zone}.json", "mover/server.json");
        File.Copy(Path.Combine(secrets, "etcd-ca.pem"), Place("mover-etcd/etcd-ca.pem"));
        File.Copy(Path.Combine(secrets, $"etcd-zone{zone}.pem"), Place("mover-etcd/member.pem"));
        File.Copy(Path.Combine(secrets, $"etcd-zone{zone}.key"), Place("mover-etcd/member.key"));
        foreach (var file in new[] { "etcd-ca.pem", "mover.pem", "mover.key", "ring" })
        {
            File.Copy(Path.Combine(secrets, file), Place($"mover/{file}"));
        }
    }

    public int MetricsPort { get; }

    public int ServerPort { get; }

    /// <summary>The data folder of the server.</summary>
    public string Data => Path.Combine(_folder, "state/mover/server");

    /// <summary>The folder of the member's data.</summary>
    public string MemberData => Path.Combine(_folder, "state/mover-etcd/member");

    /// <summary>A file that the machine has below <c>/etc</c>.</summary>
    public string Etc(string name) => Path.Combine(_folder, "etc", name);

    /// <summary>Starts the member, with some lines of its environment file changed.</summary>
    public void StartMember(params (string Name, string Value)[] changed)
    {
        var variables = Recipe.Variables($"systemd/etcd-zone{_zone}.env").ToDictionary(one => one.Key, one => Replace(one.Value), StringComparer.Ordinal);
        foreach (var (name, value) in changed)
        {
            Assert.True(variables.ContainsKey(name), name);
            variables[name] = value;
        }

        var words = Recipe.ExecStart("systemd/mover-etcd.service").Skip(1).Select(Replace);
        _member = ChildProcess.Start("/bin/sh", ["-c", Script, Requirement.Value("MOVER_ETCD"), .. words], variables, keepsInput: true);
    }

    /// <summary>Until it has heard from a majority.</summary>
    public Task WaitForMemberAsync() => _member!.WaitForOutputAsync("ready to serve client requests");

    /// <summary>Starts the server and waits until it serves.</summary>
    public void StartServer()
    {
        var flags = Recipe.Words(Recipe.Variables("systemd/server-zones.env")["MOVER_SERVER_FLAGS"]);
        var words = Recipe.ExecStart("systemd/mover-server.service").Skip(1).SelectMany(word => word == "$MOVER_SERVER_FLAGS" ? flags : [word]);
        _server = ChildProcess.Mover(words.Select(Replace));
        _server.WaitForLine("ready ");
    }

    /// <summary>The machine is gone.</summary>
    public async Task KillAsync()
    {
        await (_server?.KillAsync() ?? Task.CompletedTask);
        await KillMemberAsync();
    }

    public Task KillMemberAsync() => _member?.KillAsync() ?? Task.CompletedTask;

    /// <summary>Gone with all that it had.</summary>
    public async Task LoseAsync()
    {
        await KillAsync();
        Directory.Delete(MemberData, recursive: true);
        Directory.Delete(Data, recursive: true);
    }

    public async ValueTask DisposeAsync()
    {
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_member?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private void Install(string recipe, string name) => File.WriteAllText(Place(name), Replace(Recipe.Read(recipe)));

    private string Place(string name)
    {
        var path = Etc(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    private string Replace(string text) =>
        _replaced.Aggregate(text, (so, one) => so.Replace(one.Key, one.Value, StringComparison.Ordinal));
}
