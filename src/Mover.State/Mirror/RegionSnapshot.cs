using System.Runtime.CompilerServices;

namespace Mover.State.Mirror;

/// <summary>
/// What a store of a region pair serves or copies, as a snapshot of its own: without the keys that the store keeps for itself.
/// </summary>
public sealed class RegionSnapshot : IStateSnapshot
{
    private readonly IStateSnapshot _store;
    private readonly string _root;

    private RegionSnapshot(IStateSnapshot store, string root) => (_store, _root) = (store, root);

    /// <inheritdoc/>
    public string Name => _store.Name;

    /// <inheritdoc/>
    public long Revision => _store.Revision;

    /// <inheritdoc/>
    public DateTimeOffset TakenAt => _store.TakenAt;

    /// <summary>Takes the snapshot over; throws <see cref="StateException"/> for a standby without a whole copy.</summary>
    public static async Task<IStateSnapshot> OfAsync(IStateSnapshot store, CancellationToken cancel)
    {
        try
        {
            var role = RegionSeat.Of(await store.FindAsync(RegionRole.Key, cancel)).Role;
            return role is not { Duty: RegionDuty.Standby, IsCopyWhole: false } ? new RegionSnapshot(store, role?.Root ?? string.Empty)
                : throw new StateException(
                    StateFault.Unavailable, $"{store.Name} is the store of a standby that does not have a complete copy of "
                        + $"'{role.Holder}' yet.");
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StateEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var entry in _store.ReadAsync(cancel))
        {
            if (_root.Length == 0 ? !RegionKeys.IsOwn(entry.Key) : entry.Key.StartsWith(_root, StringComparison.Ordinal))
            {
                yield return _root.Length == 0 ? entry : entry with { Key = entry.Key[_root.Length..] };
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StateEntry?> FindAsync(string key, CancellationToken cancel) =>
        await _store.FindAsync(_root + key, cancel) is { } entry ? entry with { Key = key } : null;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _store.DisposeAsync();
}
