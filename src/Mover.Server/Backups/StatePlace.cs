using Mover.Server.DataFolders;
using Mover.Server.Identity;
using Mover.State;
using Mover.State.Documents;
using Mover.State.Mirror;

namespace Mover.Server.Backups;

/// <summary>Where a state is, as an operator names it.</summary>
/// <param name="Engine">The engine.</param>
/// <param name="DataFolder">The data folder: of the embedded engine's file, and of keys that were made there.</param>
public sealed record StatePlace(StateEngine Engine, string DataFolder)
{
    private const string InFolder = "sqlite:";

    /// <summary>How it is shown; without credentials.</summary>
    public string Name => Engine.IsShared ? Engine.Name : Path.Combine(DataFolder, StateEngine.FileName);

    /// <summary>
    /// Reads a place: <c>sqlite:DIR</c>, or a store as <see cref="StateEngine.Parse"/> takes it, with the data folder given. Throws
    /// <see cref="FormatException"/>, saying what is wrong.
    /// </summary>
    public static StatePlace Parse(string store, string dataFolder) =>
        !store.StartsWith(InFolder, StringComparison.OrdinalIgnoreCase) ? new(StateEngine.Parse(store), Path.GetFullPath(dataFolder))
        : store.Length > InFolder.Length ? new(StateEngine.Sqlite, Path.GetFullPath(store[InFolder.Length..]))
        : throw new FormatException($"'{store}' has no folder; use sqlite:DIR.");

    /// <summary>The state as it is at this moment, of a store that holds a control plane's identity.</summary>
    internal async Task<IStateSnapshot> SnapshotAsync(TimeProvider clock, ILoggerFactory loggers, CancellationToken cancel)
    {
        var snapshot = await ReadAsync(clock, loggers, cancel);
        try
        {
            return await TenantOfAsync(snapshot, cancel) is not null ? snapshot : throw new StateException(
                StateFault.Unavailable,
                $"{Name} has no control plane identity: it is empty or was written by an older version. Start this version's "
                    + "server on it once, then run the command again.");
        }
        catch
        {
            await snapshot.DisposeAsync();
            throw;
        }
    }

    /// <summary>As above, of a store whatever it holds.</summary>
    internal async Task<IStateSnapshot> ReadAsync(TimeProvider clock, ILoggerFactory loggers, CancellationToken cancel) =>
        await RegionSnapshot.OfAsync(await Engine.SnapshotAsync(Host(clock, loggers), cancel), cancel);

    /// <summary>Opens the state that a store serves, to mend it; a standby's is refused when something is written.</summary>
    internal async Task<IStateStore> OpenServedAsync(TimeProvider clock, ILoggerFactory loggers, CancellationToken cancel)
    {
        var store = await OpenAsync(clock, loggers, cancel);
        try
        {
            return new RegionStore(store, await RegionSeat.ReadAsync(store, cancel), owns: true);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens the store to write a state into it. What a lost state file has left beside it is put aside.</summary>
    internal async Task<IStateStore> OpenAsync(TimeProvider clock, ILoggerFactory loggers, CancellationToken cancel)
    {
        CheckFolder();
        if (!Engine.IsShared)
        {
            PutStaleLogAside(Path.Combine(DataFolder, StateEngine.FileName));
        }

        return await Engine.OpenAsync(Host(clock, loggers), cancel);
    }

    /// <summary>Makes the data folder that the state is written to; refuses one that other users can write to.</summary>
    internal void CheckFolder()
    {
        if (!Engine.IsShared)
        {
            Files.PrivateFolder.MakeUnshared(DataFolder);
        }
    }

    /// <summary>Refuses a data folder that belongs to another control plane than a state does.</summary>
    internal async Task CheckOwnerAsync(IStateSnapshot state, CancellationToken cancel)
    {
        if (!Engine.IsShared && new IdentityFiles(DataFolder).ReadAdministrator() is { } own
            && await TenantOfAsync(state, cancel) is { } tenant && !tenant.Equals(own.TenantId, StringComparison.OrdinalIgnoreCase))
        {
            throw new DataFolderException(
                DataFolder, $"it belongs to tenant {own.TenantId}, but {state.Name} belongs to tenant {tenant}; use another folder");
        }
    }

    private static async Task<string?> TenantOfAsync(IStateSnapshot state, CancellationToken cancel) =>
        await state.FindAsync(DeploymentIdentity.Key.Stored, cancel) is { } entry
            ? DocumentStore.Open(entry, IdentityJson.Default.StoredIdentity).Value.TenantId
            : null;

    // A write-ahead log of a lost state file would be applied to the new one.
    private static void PutStaleLogAside(string file)
    {
        using var held = StateFile.Hold(file);
        if (new FileInfo(file) is { Exists: true, Length: > 0 })
        {
            return;
        }

        foreach (var path in new[] { file + "-wal", file + "-shm" }.Where(File.Exists))
        {
            File.Move(path, $"{path}.{Guid.NewGuid():N}.old");
        }

        held.SetLength(0);
    }

    private StateHost Host(TimeProvider clock, ILoggerFactory loggers) => new(DataFolder, MustExist: false, clock, loggers);
}
