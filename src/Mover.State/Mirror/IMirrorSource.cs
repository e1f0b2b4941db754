namespace Mover.State.Mirror;

/// <summary>The state that a region serves, for the region that keeps a copy of it: here, or over the network.</summary>
public interface IMirrorSource
{
    /// <summary>
    /// Who serves there. Throws <see cref="StateException"/> with <see cref="StateFault.Unavailable"/> when it does not answer, and with
    /// <see cref="StateFault.NotServing"/> when it does not serve.
    /// </summary>
    Task<MirrorIdentity> IdentifyAsync(CancellationToken cancel);

    /// <summary>
    /// Entries after a key (null: from the first), in key order, as they are now; at most
    /// <see cref="StateLimits.PageEntriesMax"/> and <see cref="MirrorLimits.PartBytesMax"/>. Faults as above.
    /// </summary>
    Task<MirrorPart> ListAsync(string? after, CancellationToken cancel);

    /// <summary>
    /// Changes after a revision, whole commits; waits up to <see cref="MirrorLimits.WaitMax"/> for the first. Faults as above, and
    /// <see cref="StateFault.HistoryGone"/> when changes since then are not kept any more.
    /// </summary>
    /// <param name="after">The revision.</param>
    /// <param name="isKept">Whether the copy that would serve is whole up to that revision: the source may count on it.</param>
    /// <param name="cancel">Stops the wait.</param>
    Task<MirrorPart> ChangesAsync(long after, bool isKept, CancellationToken cancel);
}

/// <summary>Who serves a state.</summary>
/// <param name="StoreId">The name of its store.</param>
/// <param name="Epoch">The epoch in which it serves.</param>
/// <param name="ServedFrom">The revision of that store at which it began to serve in this epoch.</param>
public sealed record MirrorIdentity(string StoreId, long Epoch, long ServedFrom);

/// <summary>A part of a state, on its way to another region.</summary>
/// <param name="Entries">In order.</param>
/// <param name="Revision">Of a listing: the revision that it was read at. Of changes: everything up to it has been told.</param>
/// <param name="CompleteAfter">
/// Everything that was acknowledged until this long after the question arrived has been told; negative: before it arrived. Null while more
/// is on its way.
/// </param>
/// <param name="HasMore">More of a listing follows.</param>
public sealed record MirrorPart(IReadOnlyList<MirrorEntry> Entries, long Revision, TimeSpan? CompleteAfter, bool HasMore);

/// <summary>One key of it.</summary>
/// <param name="Key">The key.</param>
/// <param name="Revision">The commit that wrote it.</param>
/// <param name="Value">The value; null when it was deleted.</param>
public readonly record struct MirrorEntry(string Key, long Revision, ReadOnlyMemory<byte>? Value);

/// <summary>Bounds of what travels between regions.</summary>
public static class MirrorLimits
{
    /// <summary>Bytes of keys and values after which a part ends; a whole commit may go beyond it.</summary>
    public const int PartBytesMax = 2 * 1024 * 1024;

    /// <summary>How long changes are waited for.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(1);
}
