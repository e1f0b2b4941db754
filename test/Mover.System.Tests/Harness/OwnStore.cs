using Mover.SystemTests.Faults;
using Mover.Testing;

namespace Mover.SystemTests.Harness;

/// <summary>
/// Where a region of a test keeps its state: in the file of its server, or with MOVER_REGION_STORE=etcd in a member of etcd of its
/// own, which is lost with the region.
/// </summary>
internal sealed class OwnStore : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _name;
    private readonly string _client = $"127.0.0.1:{FreePorts.Take()}";
    private readonly string _peer = $"http://127.0.0.1:{FreePorts.Take()}";
    private Held? _member;

    private OwnStore(string name) => _name = name;

    public static bool IsEtcd => Environment.GetEnvironmentVariable("MOVER_REGION_STORE") == "etcd";

    /// <summary>What servers of the region are started with.</summary>
    public IReadOnlyList<string> Flags => IsEtcd ? ["--store", $"etcd://{_client}"] : [];

    /// <summary>With its member, when it has one.</summary>
    public static OwnStore Start(string region)
    {
        var store = new OwnStore(region);
        store.Start();
        return store;
    }

    /// <summary>Starts the member, also again with the state that it had.</summary>
    public void Start()
    {
        if (IsEtcd)
        {
            var members = new Dictionary<string, string>(StringComparer.Ordinal) { [_name] = _peer };
            _member = Held.Start(EtcdMember.Words(_name, Path.Combine(_folder.Path, "member"), $"http://{_client}", members));
        }
    }

    /// <summary>The member is gone at once, with all that it had not written.</summary>
    public async Task KillAsync()
    {
        await (_member?.DisposeAsync() ?? ValueTask.CompletedTask);
        _member = null;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Dispose();
    }
}
