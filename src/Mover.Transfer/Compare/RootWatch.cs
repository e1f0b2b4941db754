using Mover.Transfer.Contract;
using Mover.Transfer.Copy;

namespace Mover.Transfer.Compare;

/// <summary>
/// Looks out for the root of one side among the folders of the other, where the names that the volumes give of themselves cannot tell: an
/// export of this host is a folder of this host. A folder of the other root's inode is looked at through both sides. For one merge.
/// </summary>
internal sealed class RootWatch(TransferSides sides)
{
    private ulong _source;
    private ulong _target;

    /// <summary>Looks at both roots; throws <see cref="TransferFaultException"/> when they are one folder.</summary>
    public async ValueTask StartAsync(CancellationToken cancel)
    {
        if (sides.Source.Traits.OtherPlaces.Count > 0 && sides.Target.Traits.OtherPlaces.Count > 0)
        {
            return;
        }

        if (await LookAsync(Side.Source, EntryPath.Root, cancel) is { } from
            && await LookAsync(Side.Target, EntryPath.Root, cancel) is { } to)
        {
            (_source, _target) = (from.Inode, to.Inode);
            await CheckAsync(Side.Target, to, cancel);
        }
    }

    /// <summary>Throws <see cref="TransferFaultException"/> when an entry of one side is the root of the other.</summary>
    public ValueTask CheckAsync(Side side, Entry entry, CancellationToken cancel) =>
        entry.Type is not EntryType.Folder || entry.Inode == 0 || entry.Inode != (side is Side.Source ? _target : _source)
            ? ValueTask.CompletedTask
            : CompareAsync(side, entry.Path, cancel);

    private async ValueTask CompareAsync(Side side, EntryPath path, CancellationToken cancel)
    {
        var other = side is Side.Source ? Side.Target : Side.Source;
        if (await LookAsync(side, path, cancel) is { Modified: { Nanoseconds: not 0 } seen } folder
            && await LookAsync(other, EntryPath.Root, cancel) is { } root
            && (folder.Inode, seen) == (root.Inode, root.Modified))
        {
            throw new TransferFaultException(OverlapRule.FaultOf(sides.Source.Traits, sides.Target.Traits));
        }
    }

    /// <summary>What cannot be looked at is told by the scan.</summary>
    private async ValueTask<Entry?> LookAsync(Side side, EntryPath path, CancellationToken cancel)
    {
        try
        {
            return await sides.VolumeOf(side).FindAsync(path, cancel);
        }
        catch (VolumeException)
        {
            return null;
        }
    }
}
