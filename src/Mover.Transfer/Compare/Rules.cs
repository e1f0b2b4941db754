using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Compare;

/// <summary>Decides by what both sides show, without any I/O; the target's clock can only add a comparison.</summary>
internal sealed class Rules(IVolume from, ITargetVolume target, TransferOptions options, NameFoldings folds)
{
    private readonly VolumeTraits _traits = target.Traits;
    private readonly EntryPath? _stateInSource = Below(from.Traits.Place, options.StatePlace);

    private readonly EntryPath? _stateInTarget = Below(target.Traits.Place, options.StatePlace);

    /// <summary>How the target tells names apart.</summary>
    public NameFoldings Folds => folds;

    /// <summary>True when folders exist by themselves at the target.</summary>
    public bool KeepsFolders => _traits.KeepsFolders;

    /// <summary>True when two source items may need one place: names that the target folds, or a file and a folder of one name.</summary>
    public bool MayClash => folds is not NameFoldings.None || (_traits.KeepsFolders && !from.Traits.KeepsFolders);

    /// <summary>True when folders get their outcome and times after everything in them is written.</summary>
    public bool FinishesFolders => _traits.KeepsFolders && options.PreserveMetadata;

    /// <summary>True when a folder needs a marker only if nothing else shows that it exists.</summary>
    public bool MarksEmptyFoldersOnly => !_traits.KeepsFolders && !options.PreserveMetadata;

    public SymlinkPolicy Symlinks { get; } = LinksFor(target.Traits, options);

    /// <summary>What becomes of links at a target.</summary>
    public static SymlinkPolicy LinksFor(VolumeTraits target, TransferOptions options) => options.Symlinks is SymlinkPolicy.ByTraits
        ? target is { KeepsSymlinks: true, KeepsFolders: true } ? SymlinkPolicy.Preserve : SymlinkPolicy.Resolve
        : options.Symlinks;

    public Decision Decide(Entry source, Entry? found) => PastObstacle(DecideStep(source, found));

    private Decision DecideStep(Entry source, Entry? found)
    {
        if (_stateInSource is { } state && source.Path.IsWithin(state))
        {
            return new(Step.Exclude, source, found, StatusCodes.ItemExcluded, "This is a folder in which "
                + "Mover keeps the state of its runs.");
        }

        if (source.Fault is { } fault)
        {
            if (fault.Code == StatusCodes.ItemExcluded)
            {
                return new(Step.Exclude, source, found, StatusCodes.ItemExcluded, fault.Message);
            }

            return new(
                fault.Code == StatusCodes.ItemTypeUnsupported ? Step.Unsupported : Step.Fail, source, found,
                FaultCodes.OfScan(fault, Side.Source), fault.Message);
        }

        if (source.Type is EntryType.Symlink && source.ResolvedPath is null)
        {
            switch (Symlinks)
            {
                case SymlinkPolicy.Skip:
                    return new(Step.Exclude, source, found, StatusCodes.ItemExcluded, "Links are excluded.");
                case SymlinkPolicy.Resolve:
                    return new(Step.Resolve, source, found, StatusCodes.Success);
                default:
                    break;
            }
        }

        if (target.Judge(source) is { } judged)
        {
            return new(Step.Unsupported, source, found, judged.Code, judged.Why);
        }

        return found?.Fault is { } targetFault
            ? new(Step.Fail, source, found, FaultCodes.OfScan(targetFault, Side.Target), targetFault.Message)
            : source.Type switch
            {
                EntryType.Folder => DecideFolder(source, found),
                EntryType.Symlink when source.ResolvedPath is null => DecideLink(source, found),
                EntryType.File or EntryType.Symlink => DecideFile(source, found),
                _ => new(Step.Unsupported, source, found, StatusCodes.ItemTypeUnsupported, $"Items of type {source.Type} cannot be "
                    + "copied."),
            };
    }

    /// <summary>True for Mover's own state in the target, and for the folders around it: a mirror leaves them alone.</summary>
    public bool IsState(EntryPath extra) => _stateInTarget is { } state && (extra.IsWithin(state) || state.IsWithin(extra));

    private static EntryPath? Below(string? root, string? place) =>
        root is not null && place is not null && place.StartsWith(root + "/", StringComparison.Ordinal)
            ? EntryPath.Of(place[(root.Length + 1)..])
            : null;

    /// <summary>An item whose place at the target belongs to another source item; the first in path order has it.</summary>
    public static Decision Clash(Entry source, Entry first) =>
        new(Step.Fail, source, null, StatusCodes.ItemOther, source.Path.IsWithin(first.Path)
            ? $"The source also has {first.Path} as a {first.Type}, and the target cannot store that and a folder under the same name. "
                + "Rename one of them and run again."
            : $"The target treats this name and {first.Path}, which the source also has, as the same name. "
                + "Rename one of them and run again.");

    private Decision DecideFolder(Entry source, Entry? found)
    {
        if (found is null)
        {
            return new(Step.PutFolder, source, found, StatusCodes.Success);
        }

        return found.Type is not EntryType.Folder
            ? Conflict(source, found, Step.PutFolder)
            : options.PreserveMetadata && !target.HasSameMetadata(source, found)
            ? new(Step.SetMetadata, source, found, StatusCodes.Success)
            : new(Step.Keep, source, found, StatusCodes.ItemEqual);
    }

    private Decision DecideLink(Entry source, Entry? found)
    {
        if (!_traits.KeepsSymlinks)
        {
            return new(Step.Unsupported, source, found, StatusCodes.ItemTypeUnsupported, "The target cannot store links.");
        }

        if (found?.Type is EntryType.Folder)
        {
            return Conflict(source, found, Step.PutLink);
        }

        return found?.Type is EntryType.Symlink
            && source.LinkTarget is { } wanted
            && found.LinkTarget is { } there
            && wanted.Span.SequenceEqual(there.Span)
            && (!options.PreserveMetadata || target.HasSameMetadata(source, found))
            ? new(Step.Keep, source, found, StatusCodes.ItemEqual)
            : new(Step.PutLink, source, found, StatusCodes.Success);
    }

    private Decision DecideFile(Entry source, Entry? found)
    {
        if (found is null)
        {
            return new(Step.Copy, source, found, StatusCodes.Success);
        }

        if (found.Type is not EntryType.File)
        {
            return found.Type is EntryType.Folder ? Conflict(source, found, Step.Copy) : new(Step.Copy, source, found, StatusCodes.Success);
        }

        if (found.SizeBytes != source.SizeBytes)
        {
            return new(Step.Copy, source, found, StatusCodes.Success);
        }

        if (found.Modified is not { } there || source.Modified is not { } here)
        {
            return found.ContentMd5 is null
                ? new(Step.Copy, source, found, StatusCodes.Success)
                : source.ContentMd5 is null
                ? new(Step.CompareContent, source, found, StatusCodes.ItemEqual)
                : Known(source, found, source.ContentMd5.Value.Span.SequenceEqual(found.ContentMd5.Value.Span), StatusCodes.ItemEqual);
        }

        // A digest that somebody stored with the content can spare sending it, when only the time is another one.
        var isSameTime = IsSameTime(here, there);
        var isInDoubt = isSameTime
            ? options.Compare is CompareBy.Content || HasChanged(source, found)
            : options.Compare is not CompareBy.Content && found.ContentMd5 is not null;
        return isInDoubt
            ? new(Step.CompareContent, source, found, StatusCodes.ItemEqual)
            : Known(source, found, isSameTime, StatusCodes.ItemTimesEqual);
    }

    /// <summary>
    /// True when the file may have other content although size and time are kept: its change time moved, and no other owner or permission
    /// explains it. Clocks that differ can only lead to a comparison more, or leave what size and time say.
    /// </summary>
    public bool HasChanged(Entry source, Entry found) =>
        from.Traits.ChangeTime is ChangeTime.Own && source.Changed is { } here && found.Changed is { } there
        && (_traits.ChangeTime is ChangeTime.Kept ? Nanoseconds(here) != Nanoseconds(there)
            : _traits.ChangeTime is ChangeTime.Own && Nanoseconds(here) > Nanoseconds(there))
        && !(options.PreserveMetadata && !target.HasSameMetadata(source, found));

    /// <summary>True when a target file that was stored of this version of the source file is another one by now.</summary>
    public bool IsOther(Entry source, Entry found) => Decide(source, found).Step switch
    {
        Step.Copy => true,
        Step.CompareContent => options.Compare is not CompareBy.Content && !HasChanged(source, found),
        _ => false,
    };

    /// <summary>What follows once the content is known to be the same or not.</summary>
    public Decision Known(Entry source, Entry found, bool isSame, StatusCode code) =>
        !isSame ? PastObstacle(new(Step.Copy, source, found, StatusCodes.Success))
        : (options.PreserveMetadata ? !target.HasSameMetadata(source, found) || HasChanged(source, found) : NeedsTime(source, found))
        ? new(Step.SetMetadata, source, found, code)
        : new(Step.Keep, source, found, code);

    /// <summary>True when the target shows another time than the source and can keep that: without it each run would read the
    /// content.</summary>
    private bool NeedsTime(Entry source, Entry found) =>
        _traits.ModifiedResolution is not null && source.Modified is { } here && found.Modified is { } there && !IsSameTime(here, there);

    /// <summary>What would have to be stored where the target holds something that cannot be replaced fails by name.</summary>
    private static Decision PastObstacle(Decision decision) =>
        decision is { Step: Step.Copy or Step.PutLink or Step.PutFolder, Target.Obstacle: { } why }
            ? decision with { Step = Step.Fail, Code = StatusCodes.ItemOther, Why = why, IsDeferred = false }
            : decision;

    /// <summary>Equal as far as the target can keep times: it may have cut or rounded.</summary>
    private bool IsSameTime(UnixTime here, UnixTime there)
    {
        if (here == there)
        {
            return true;
        }

        var step = (Int128)(_traits.ModifiedResolution ?? TimeSpan.Zero).Ticks * 100;
        var difference = Nanoseconds(here) - Nanoseconds(there);
        return (difference < 0 ? -difference : difference) < step;
    }

    private static Int128 Nanoseconds(UnixTime time) => ((Int128)time.Seconds * 1_000_000_000) + time.Nanoseconds;

    /// <summary>A folder stands where a file should be, or the other way round.</summary>
    private Decision Conflict(Entry source, Entry found, Step step) =>
        options.Mode is CopyMode.Additive
            ? new(Step.Fail, source, found, StatusCodes.ItemOther,
                $"The target has a {found.Type} where the source has a {source.Type}; additive jobs do not replace one with the other.")
            : new(step, source, found, StatusCodes.Success, IsDeferred: _traits.KeepsFolders);
}
