using System.Runtime.CompilerServices;
using System.Text;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;
using Mover.Transfer.Scan;

namespace Mover.Volumes.Local;

/// <summary>
/// A folder of this host as a source or target. Names are bytes; nothing outside the root is touched and no link is followed on the way,
/// which the kernel itself checks. Calls do their work on the caller's thread. Linux only.
/// </summary>
public sealed partial class LocalVolume : ITargetVolume
{
    private readonly LocalVolumeOptions _options;
    private readonly RootFolder _root;
    private readonly byte[] _rootText;
    private readonly Lazy<bool> _keepsOwners;
    private readonly (uint UserId, uint GroupId) _runsAs;
    private readonly uint _umask;
    private long _ownersNotKept;

    /// <summary>True for a target that is only looked at and is not there: it is empty, and the root is the folder around it.</summary>
    private readonly bool _isAbsent;

    /// <summary>Opens the folder; throws <see cref="VolumeException"/> when it is missing, not a folder or not accessible.</summary>
    public LocalVolume(LocalVolumeOptions options)
    {
        _options = options;
        var path = Path.GetFullPath(Path.Combine(options.RootPath, options.Below.Trim('/')));
        var there = path;
        for (_isAbsent = options.IsReadOnly && !Path.Exists(path); _isAbsent && !Directory.Exists(there);)
        {
            there = Path.GetDirectoryName(there) ?? "/";
        }

        _root = _isAbsent ? new RootFolder(there) : new RootFolder(Path.GetFullPath(options.RootPath), options.Below);
        _rootText = Encoding.UTF8.GetBytes(path.TrimEnd('/'));
        _keepsOwners = new(FindKeepsOwners);
        _runsAs = (LinuxCalls.Geteuid(), LinuxCalls.Getegid());
        _umask = ReadUmask();
        var real = _root.FindPath() ?? there;
        var (folds, isSure) = !options.IsTarget ? (NameFoldings.None, true)
            : _isAbsent ? NameProbe.Find(_root, mayWrite: false)
            : NameProbe.FindAll(_root, real, mayWrite: !options.IsReadOnly);
        Traits = new VolumeTraits
        {
            DisplayName = path,
            Place = "file://" + (real.TrimEnd('/') + path[there.TrimEnd('/').Length..]).TrimEnd('/'),
            OtherPlaces = _isAbsent ? [] : MountTable.PlacesIn(real, _root.FindMountNumber(), !options.OneFileSystem),
            ScansInPathOrder = true,
            KeepsFolders = true,
            KeepsPosix = true,
            KeepsSymlinks = true,
            Folds = folds,
            MayFoldMore = !isSure && !_isAbsent,
            ChangeTime = ChangeTime.Own,
            ModifiedResolution = TimeSpan.FromTicks(1),
            SinglePutBytesMax = 8 * 1024 * 1024,
            BlockBytesMin = 4 * 1024 * 1024,
            BlockBytesMax = 256 * 1024 * 1024,
            BlocksMax = 1_000_000,
            ConcurrencyHint = Math.Max(4, Environment.ProcessorCount * 2),
        };
    }

    /// <inheritdoc/>
    public VolumeTraits Traits { get; }

    /// <summary>A folder of this host in the words of <see cref="VolumeTraits.Place"/>; null when it is not there.</summary>
    public static string? PlaceOf(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }

        using var root = new RootFolder(Path.GetFullPath(folder));
        return root.FindPath() is { } path ? "file://" + path.TrimEnd('/') : null;
    }

    /// <summary>True when files can be given to other owners. Without it owners are neither set nor compared.</summary>
    public bool KeepsOwners => _keepsOwners.Value;

    /// <inheritdoc/>
    public IReadOnlyList<VolumeNote> Notes => Interlocked.Read(ref _ownersNotKept) is > 0 and var items
        ? [new(StatusCodes.ItemTargetPermission, items,
            $"owners were not kept: {Traits.DisplayName} does not let this user change owners. The content is complete. To keep owners, "
                + "run as root with CAP_CHOWN and, for a mounted share, export it without root squash.")]
        : [];

    /// <inheritdoc/>
    public IAsyncEnumerable<IReadOnlyList<Entry>> ScanAsync(Patience patience, CancellationToken cancel) =>
        ScanBelowAsync(EntryPath.Root, patience, cancel);

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<Entry>> ScanBelowAsync(
        EntryPath folder, Patience patience, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (_isAbsent)
        {
            yield break;
        }

        using var spill = SpillFolder.Create(_options.SpillFolder);
        var walk = new OrderedWalk(ListAsync, new OrderedWalkOptions(spill.Path)
        {
            FoldersAtOnce = _options.FoldersAtOnce > 0 ? _options.FoldersAtOnce : Environment.ProcessorCount + 2,
            ReadAheadBytes = _options.ReadAheadBytes,
            Patience = patience,
        });
        await foreach (var batch in walk.RunAsync(cancel, folder))
        {
            yield return batch;
        }
    }

    /// <inheritdoc/>
    public ValueTask ProbeAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        ProbeRoot();
        return ValueTask.CompletedTask;
    }

    private void ProbeRoot()
    {
        using var folder = _root.Open(EntryPath.Root, LinuxCalls.O_RDONLY | LinuxCalls.O_DIRECTORY, "read");
        LinuxEntries.RequireAnswer(folder);
    }

    /// <inheritdoc/>
    public ValueTask<Entry?> FindAsync(EntryPath path, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_isAbsent ? null : Find(path));
    }

    /// <inheritdoc/>
    public ValueTask<(Entry? Resolved, VolumeFault? Fault)> ResolveAsync(Entry link, CancellationToken cancel) =>
        LinkWalk.ResolveAsync(link, FindAsync, _rootText, cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _root.Dispose();
        return ValueTask.CompletedTask;
    }

    private unsafe Entry? Find(EntryPath path)
    {
        try
        {
            using var parent = _root.OpenParent(path, "find");
            fixed (byte* name = NameOf(path))
            {
                var entry = LinuxEntries.Find(parent.Number, name, path);
                return entry is { Fault: { } fault, Type: EntryType.Other } ? throw new VolumeException(fault) : entry;
            }
        }
        catch (VolumeException missing) when (missing.Fault.Kind is VolumeFaultKind.NotFound)
        {
            return null;
        }
    }

    private static Entry LeaveOutMount(Entry entry) => !entry.IsMountPoint ? entry : new()
    {
        Path = entry.Path,
        Type = entry.Type,
        Fault = new(
            VolumeFaultKind.Unsupported, "Another file system is mounted here and was excluded.", Code: StatusCodes.ItemExcluded),
    };

    /// <summary>The last name with a NUL behind it; <c>.</c> for the root.</summary>
    private static byte[] NameOf(EntryPath path) => path.IsRoot ? [(byte)'.', 0] : [.. path.Name, 0];

    private async IAsyncEnumerable<IReadOnlyList<Entry>> ListAsync(EntryPath folder, [EnumeratorCancellation] CancellationToken cancel)
    {
        Func<ReadOnlySpan<byte>, bool> isHidden = _options.IsTarget ? TemporaryName.IsOne : static _ => false;
        using var reader = new FolderReader(_root, folder, isHidden, Environment.ProcessorCount);
        while (reader.Next() is { } entries)
        {
            cancel.ThrowIfCancellationRequested();
            yield return _options.OneFileSystem ? Array.ConvertAll(entries, LeaveOutMount) : entries;
        }

        if (reader.HasHidden && !_options.IsReadOnly)
        {
            RemoveLeftOvers(folder);
        }

        await ValueTask.CompletedTask;
    }
}
