using Microsoft.Extensions.Logging.Abstractions;
using Mover.State.Tests.Etcd;

namespace Mover.State.Tests.Copies;

/// <summary>Stores of either engine, as the command line opens them; what they hold goes with the test.</summary>
internal sealed class Engines : IAsyncDisposable
{
    public const string Sqlite = "sqlite";
    public const string Etcd = "etcd";

    private readonly TempFolder _folder = new();
    private readonly List<EtcdServer> _servers = [];

    public string File(string name) => _folder.File(name);

    /// <summary>A place for a state, which is empty.</summary>
    public async Task<Place> PlaceAsync(string engine, string name)
    {
        if (engine == Sqlite)
        {
            return new(StateEngine.Sqlite, _folder.File(name));
        }

        var server = await EtcdServer.StartQuickAsync();
        _servers.Add(server);
        return new(StateEngine.Parse($"etcd://{server.Endpoint(0).Authority}?prefix={name}/"), _folder.Path);
    }

    /// <summary>A place with a random state.</summary>
    public async Task<Place> FilledAsync(string engine, string name, int seed)
    {
        var place = await PlaceAsync(engine, name);
        await using var store = await place.OpenAsync();
        await Estates.FillAsync(store, seed);
        return place;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        _folder.Dispose();
    }
}

/// <summary>Where a state is.</summary>
internal sealed record Place(StateEngine Engine, string Folder)
{
    public Task<IStateStore> OpenAsync() => Engine.OpenAsync(Host(), default);

    public Task<IStateSnapshot> SnapshotAsync() => Engine.SnapshotAsync(Host(), default);

    /// <summary>Key, value and lease of everything there.</summary>
    public async Task<List<(string Key, string Value, bool IsLeased)>> AllAsync()
    {
        await using var snapshot = await SnapshotAsync();
        return await snapshot.ReadAsync(default)
            .Select(entry => (entry.Key, Convert.ToBase64String(entry.Value.Span), entry.LeaseId != 0)).ToListAsync();
    }

    private StateHost Host() => new(Folder, false, TimeProvider.System, NullLoggerFactory.Instance);
}
