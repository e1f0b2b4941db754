using Mover.State.Mirror;

namespace Mover.SystemTests.Faults.Regions;

/// <summary>What a copy of another region's state does wrong.</summary>
internal enum MirrorLie
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Deletions do not arrive.</summary>
    DropsDeletions,

    /// <summary>Of every so many changes one does not arrive.</summary>
    DropsChanges,

    /// <summary>It says to be complete as of a later moment than it is.</summary>
    SaysToBeNewer,
}

/// <summary>The state of another region, with a planted bug over one without.</summary>
internal sealed class LyingMirrorSource(IMirrorSource inner, MirrorLie lie) : IMirrorSource
{
    private const int Every = 17;
    private int _changes;

    public Task<MirrorIdentity> IdentifyAsync(CancellationToken cancel) => inner.IdentifyAsync(cancel);

    public Task<MirrorPart> ListAsync(string? after, CancellationToken cancel) => inner.ListAsync(after, cancel);

    public async Task<MirrorPart> ChangesAsync(long after, bool isKept, CancellationToken cancel)
    {
        var part = await inner.ChangesAsync(after, isKept, cancel);
        return lie switch
        {
            MirrorLie.DropsDeletions => part with { Entries = [.. part.Entries.Where(entry => entry.Value is not null)] },
            MirrorLie.DropsChanges => part with { Entries = [.. part.Entries.Where(_ => ++_changes % Every != 0)] },
            MirrorLie.SaysToBeNewer => part with { CompleteAfter = part.CompleteAfter + TimeSpan.FromMinutes(1) },
            _ => part,
        };
    }
}
