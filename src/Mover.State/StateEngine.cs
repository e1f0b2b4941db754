using Microsoft.Extensions.Logging;
using Mover.State.Etcd;
using Mover.State.Sqlite;

namespace Mover.State;

/// <summary>What a store is opened with besides its setting.</summary>
/// <param name="DataFolder">The folder of this host that an embedded engine keeps its file in.</param>
/// <param name="MustExist">State was served from here before: none, or an empty file, is refused.</param>
/// <param name="Clock">The clock of leases and history.</param>
/// <param name="Loggers">Where the engine logs.</param>
public sealed record StateHost(string DataFolder, bool MustExist, TimeProvider Clock, ILoggerFactory Loggers);

/// <summary>
/// Which engine holds the state, and the only way to open one: <c>--store</c> names an engine of <see cref="Parse"/>, and a test gives its
/// own.
/// </summary>
/// <param name="Name">How it is shown; without credentials.</param>
/// <param name="OpenAsync">
/// Opens the store. Throws <see cref="StateException"/>, saying what cannot be reached or used and what to do.
/// </param>
public sealed record StateEngine(string Name, Func<StateHost, CancellationToken, Task<IStateStore>> OpenAsync)
{
    /// <summary>The name of the embedded engine's file in the data folder.</summary>
    public const string FileName = "state.db";

    /// <summary>One file in the data folder, for one server.</summary>
    public static StateEngine Sqlite { get; } = new("sqlite", OpenSqliteAsync) { TakeSnapshotAsync = SnapshotSqliteAsync };

    /// <summary>True when several servers may share the state, and it does not lie in the data folder.</summary>
    public bool IsShared { get; internal init; }

    private Func<StateHost, CancellationToken, Task<IStateSnapshot>>? TakeSnapshotAsync { get; init; }

    /// <summary>
    /// The state as it is at this moment, for reading alone, whether servers use it or not. Throws <see cref="StateException"/> when there
    /// is none, or what is there is the beginning of a copy.
    /// </summary>
    public Task<IStateSnapshot> SnapshotAsync(StateHost host, CancellationToken cancel) =>
        TakeSnapshotAsync?.Invoke(host, cancel) ?? throw new NotSupportedException($"The engine '{Name}' does not support snapshots.");

    /// <summary>
    /// Reads a setting: <c>sqlite</c>, <c>etcd://HOST:PORT,HOST:PORT…</c> or, with TLS, <c>etcds://HOST:PORT…</c>; for etcd with any of
    /// <c>?ca=FILE&amp;cert=FILE&amp;key=FILE&amp;prefix=TEXT/</c>. Throws <see cref="FormatException"/>, saying what is wrong.
    /// </summary>
    public static StateEngine Parse(string setting)
    {
        if (setting.Equals(Sqlite.Name, StringComparison.OrdinalIgnoreCase))
        {
            return Sqlite;
        }

        var options = EtcdSetting.Parse(setting);
        return new(string.Join(',', options.Endpoints.Select(endpoint => endpoint.Authority)), (host, cancel) =>
            OpenEtcdAsync(options, host, cancel))
        {
            IsShared = true,
            TakeSnapshotAsync = (host, cancel) => SnapshotEtcdAsync(options, host, cancel),
        };
    }

    private static Task<IStateSnapshot> SnapshotSqliteAsync(StateHost host, CancellationToken cancel) => Task.FromResult<IStateSnapshot>(
        SqliteSnapshot.Open(
            Path.Combine(host.DataFolder, FileName), $"{Sqlite.Name}:{Path.GetFullPath(host.DataFolder)}", host.Clock.GetUtcNow()));

    private static async Task<IStateSnapshot> SnapshotEtcdAsync(EtcdStateOptions options, StateHost host, CancellationToken cancel)
    {
#pragma warning disable CA2000 // The snapshot disposes it.
        var store = await EtcdStateStore.OpenAsync(options, host.Clock, host.Loggers.CreateLogger<EtcdStateStore>(), cancel);
#pragma warning restore CA2000
        try
        {
            var name = $"etcd://{string.Join(',', options.Endpoints.Select(endpoint => endpoint.Authority))}?prefix={options.Prefix}";
            return await store.ToSnapshotAsync(name, host.Clock.GetUtcNow(), cancel);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    private static Task<IStateStore> OpenSqliteAsync(StateHost host, CancellationToken cancel) => Task.FromResult<IStateStore>(
        SqliteStateStore.Open(
            new() { Path = Path.Combine(host.DataFolder, FileName), MustExist = host.MustExist },
            host.Clock,
            host.Loggers.CreateLogger<SqliteStateStore>()));

    private static async Task<IStateStore> OpenEtcdAsync(EtcdStateOptions options, StateHost host, CancellationToken cancel) =>
        await EtcdStateStore.OpenAsync(options, host.Clock, host.Loggers.CreateLogger<EtcdStateStore>(), cancel);
}
