using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Mover.State.Mirror;

/// <summary>
/// Keeps the copy of a state that the other region of a pair serves. Commits are applied whole and in order, several in one; each
/// requires the role that it was begun under, so two mirrors exclude each other, and one that comes late after this region has begun to
/// serve changes nothing. A copy from scratch goes into a generation of its own and takes the place of the one before when it is whole.
/// </summary>
/// <param name="source">The other region.</param>
/// <param name="store">This region's store, as the engine has it.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">The log.</param>
public sealed partial class RegionMirror(IMirrorSource source, IStateStore store, TimeProvider clock, ILogger logger)
{
    /// <summary>How often the position is written when nothing changes: what others of this region know of its age.</summary>
    public static readonly TimeSpan NoteInterval = TimeSpan.FromSeconds(5);

    private const int BatchBytesMax = 1024 * 1024;

    private RegionSeat _seat = new(null, 0);
    private long? _noted;
    private volatile bool _noteNow;
    private long _epoch;

    private RegionRole Role => _seat.Role ?? throw new UnreachableException("A mirror needs a store with a role.");

    private MirrorPosition Position => Role.Mirror ?? throw new UnreachableException("A started copy must have a position.");

    /// <summary>The copy holds everything that was acknowledged before this; null while that is not known.</summary>
    public DateTimeOffset? CompleteAt { get; private set; }

    /// <summary>The revision of the source that the copy shows.</summary>
    public long Revision => _seat.Role?.Mirror?.Revision ?? 0;

    /// <summary>Writes the position after the next part, also when nothing has changed: somebody waits for it.</summary>
    public void NoteNow() => _noteNow = true;

    /// <summary>
    /// Copies until it is cancelled, or until <paramref name="isEnough"/> says so after a part. Returns when the role is another's to
    /// change: this region serves, or another instance mirrors. Throws what the source throws.
    /// </summary>
    public async Task RunAsync(Func<RegionMirror, bool>? isEnough, CancellationToken cancel)
    {
        _seat = await RegionSeat.ReadAsync(store, cancel);
        var identity = await source.IdentifyAsync(cancel);
        _epoch = identity.Epoch;
        while (!cancel.IsCancellationRequested && _seat.Role is { Duty: RegionDuty.Standby } role && isEnough?.Invoke(this) != true)
        {
            CheckSource(role, identity);
            var goesOn = role is { Root: { } root, Mirror: { Sync: null } position }
                && position.SourceId == identity.StoreId && position.Revision >= identity.ServedFrom
                    ? await FollowAsync(role, root, position, cancel)
                    : await SyncAsync(role, identity, cancel);
            if (!goesOn)
            {
                return;
            }
        }
    }

    // A region that was restored from a backup, or begun anew, holds less than its copy does: the copy is not given up for it.
    private static void CheckSource(RegionRole role, MirrorIdentity identity)
    {
        if (role is { IsCopyWhole: true, Mirror: { } position } && position.SourceId != identity.StoreId
            && identity.Epoch <= position.SourceEpoch)
        {
            throw new StateException(
                StateFault.NotServing, $"'{role.Holder}' serves another state than the one copied here (complete as of "
                    + $"{position.CompleteAt:u}), and not in a newer epoch: it was restored or started from scratch. Copying has "
                    + $"stopped. To serve the copy: mover region failover --unplanned {role.Holder} --force. To discard it: start with "
                    + "an empty store and --standby.");
        }
    }

    private async Task<bool> FollowAsync(RegionRole role, string root, MirrorPosition position, CancellationToken cancel)
    {
        var asked = clock.GetUtcNow();
        MirrorPart part;
        try
        {
            part = await source.ChangesAsync(position.Revision, isKept: true, cancel);
        }
        catch (StateException gone) when (gone.Fault == StateFault.HistoryGone)
        {
            Log.TooOld(logger, position.Revision);
            return await BeginSyncAsync(role, await source.IdentifyAsync(cancel), cancel);
        }

        // Said once it is true: when the changes are in the copy.
        var completeAt = part.CompleteAfter is { } after ? asked + after : CompleteAt;
        if (part.Entries.Count > 0 || _noteNow || _noted is not { } noted || clock.GetElapsedTime(noted) >= NoteInterval)
        {
            (_noted, _noteNow) = (clock.GetTimestamp(), false);
            if (!await ApplyAsync(
                part, root, revision => WithPosition(revision, null), () => WithPosition(part.Revision, completeAt), cancel))
            {
                return false;
            }
        }

        CompleteAt = completeAt;
        return true;
    }

    private RegionRole WithPosition(long revision, DateTimeOffset? completeAt)
    {
        var position = Position;
        return Role with
        {
            Mirror = position with
            {
                SourceEpoch = Math.Max(position.SourceEpoch, _epoch),
                Revision = revision,
                CompleteAt = completeAt ?? position.CompleteAt,
            },
        };
    }

    private async Task<bool> SyncAsync(RegionRole role, MirrorIdentity identity, CancellationToken cancel)
    {
        if (role.Mirror?.Sync is not { } sync || sync.SourceId != identity.StoreId)
        {
            return await BeginSyncAsync(role, identity, cancel);
        }

        if (!sync.IsListed)
        {
            return await ListAsync(sync, cancel);
        }

        var asked = clock.GetUtcNow();
        MirrorPart part;
        try
        {
            part = await source.ChangesAsync(sync.Revision, isKept: false, cancel);
        }
        catch (StateException gone) when (gone.Fault == StateFault.HistoryGone)
        {
            return await BeginSyncAsync(role, identity, cancel);
        }

        var completeAt = asked + part.CompleteAfter;
        if (!await ApplyAsync(
            part, sync.Root, revision => WithSync(sync with { Revision = revision }),
            () => completeAt is { } at
                ? Whole(sync with { Revision = part.Revision }, identity, at)
                : WithSync(sync with { Revision = part.Revision }),
            cancel))
        {
            return false;
        }

        CompleteAt = completeAt ?? CompleteAt;
        return true;
    }

    private async Task<bool> BeginSyncAsync(RegionRole role, MirrorIdentity identity, CancellationToken cancel)
    {
        var generation = role.Generation + 1;
        var root = RegionKeys.RootOf(generation);
        var stale = role.Mirror?.Sync is { } before ? (string[])[.. role.Stale, before.Root] : role.Stale;
        Log.Begins(logger, root);
        var position = role.Mirror ?? new(identity.StoreId, identity.Epoch, 0, default);
        return await ChangeAsync(
            role with
            {
                Generation = generation,
                Stale = stale,
                Mirror = position with { Sync = new(root, identity.StoreId, 0, null, IsListed: false) },
            },
            [],
            cancel);
    }

    private async Task<bool> ListAsync(MirrorSync sync, CancellationToken cancel)
    {
        var part = await source.ListAsync(sync.After, cancel);
        var first = sync.Revision == 0 ? part.Revision : sync.Revision;
        var batch = new MirrorBatch(sync.Root);
        foreach (var entry in part.Entries)
        {
            if (entry.Value is { } value && !batch.TryAdd(entry.Key, value, BatchBytesMax))
            {
                if (!await ChangeAsync(WithSync(sync with { Revision = first, After = batch.LastKey }), batch.Take(), cancel))
                {
                    return false;
                }

                batch.TryAdd(entry.Key, value, BatchBytesMax);
            }
        }

        var last = part.Entries.Count > 0 ? part.Entries[^1].Key : sync.After;
        return await ChangeAsync(
            WithSync(sync with { Revision = first, After = last, IsListed = !part.HasMore }), batch.Take(), cancel);
    }

    private RegionRole Whole(MirrorSync sync, MirrorIdentity identity, DateTimeOffset completeAt)
    {
        var role = Role;
        var isKept = role.Root is null || role.Diverged.Any(one => one.Root == role.Root);
        Log.Whole(logger, sync.Root, sync.Revision);
        return role with
        {
            Root = sync.Root,
            Epoch = Math.Max(role.Epoch, identity.Epoch),
            Mirror = new(sync.SourceId, identity.Epoch, sync.Revision, completeAt),
            Stale = isKept || role.Root is null ? role.Stale : [.. role.Stale, role.Root],
        };
    }

    private RegionRole WithSync(MirrorSync sync) => Role with { Mirror = Position with { Sync = sync } };

    // Whole commits of the source, as many in one as fit; the later value of a key is the one that stays.
    private async Task<bool> ApplyAsync(
        MirrorPart part, string root, Func<long, RegionRole> roleAt, Func<RegionRole> last, CancellationToken cancel)
    {
        var batch = new MirrorBatch(root);
        var upTo = 0L;
        for (var at = 0; at < part.Entries.Count;)
        {
            var (end, revision) = (at, part.Entries[at].Revision);
            while (end < part.Entries.Count && part.Entries[end].Revision == revision)
            {
                end++;
            }

            if (batch.TryAddAll(part.Entries, at, end, BatchBytesMax))
            {
                (at, upTo) = (end, revision);
            }
            else if (!await ChangeAsync(roleAt(upTo), batch.Take(), cancel))
            {
                return false;
            }
        }

        return await ChangeAsync(last(), batch.Take(), cancel);
    }

    private async Task<bool> ChangeAsync(RegionRole role, IReadOnlyList<StateWrite> with, CancellationToken cancel)
    {
        if (await _seat.ChangeAsync(store, role, with, cancel) is not { } next)
        {
            return false;
        }

        _seat = next;
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(3451, LogLevel.Information, "Started copying the other region's state to {Root}.")]
        public static partial void Begins(ILogger logger, string root);

        [LoggerMessage(3452, LogLevel.Information, "The copy of the other region's state in {Root} is complete at revision {Revision}.")]
        public static partial void Whole(ILogger logger, string root, long revision);

        [LoggerMessage(3453, LogLevel.Warning,
            "The other region no longer keeps the changes since revision {Revision}. Copying everything again; the current copy stays "
            + "in place until that is complete.")]
        public static partial void TooOld(ILogger logger, long revision);
    }
}
