using Mover.Server.Identity;
using Mover.State;
using Mover.State.Copies;
using Mover.State.Documents;

namespace Mover.Server.Backups;

/// <summary>What a store says of itself.</summary>
/// <param name="Name">Where it is.</param>
/// <param name="Revision">Its revision.</param>
/// <param name="TenantId">Whose it is; null when it holds no identity.</param>
/// <param name="Entries">How many entries it holds.</param>
/// <param name="Bytes">Bytes of their values.</param>
/// <param name="Restored">That it was restored; null when not.</param>
/// <param name="Copied">That it is a copy; null when not.</param>
public sealed record StateShown(
    string Name, long Revision, string? TenantId, long Entries, long Bytes, RestoreMark? Restored, CopyMark? Copied)
{
    /// <summary>Looks.</summary>
    public static async Task<StateShown> OfAsync(
        StatePlace place, TimeProvider clock, ILoggerFactory loggers, CancellationToken cancel)
    {
        await using var state = await place.ReadAsync(clock, loggers, cancel);
        var (entries, bytes) = (0L, 0L);
        await foreach (var entry in state.ReadAsync(cancel))
        {
            (entries, bytes) = (entries + 1, bytes + entry.Value.Length);
        }

        var identity = await state.FindAsync(DeploymentIdentity.Key.Stored, cancel);
        var restored = await state.FindAsync(RestoreMark.Key.Stored, cancel);
        var copied = await state.FindAsync(CopyMark.Key.Stored, cancel);
        return new(
            place.Name, state.Revision,
            identity is null ? null : DocumentStore.Open(identity, IdentityJson.Default.StoredIdentity).Value.TenantId,
            entries, bytes,
            restored is null ? null : DocumentStore.Open(restored, StoreMarksJson.Default.RestoreMark).Value,
            copied is null ? null : DocumentStore.Open(copied, StoreMarksJson.Default.CopyMark).Value);
    }
}
