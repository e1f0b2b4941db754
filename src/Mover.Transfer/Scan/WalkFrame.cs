using Mover.Transfer.Contract;

namespace Mover.Transfer.Scan;

/// <summary>What comes next in a folder that is being walked.</summary>
internal enum WalkStep
{
    /// <summary>The entry in <see cref="WalkFrame.Current"/>.</summary>
    Entry,

    /// <summary>The content of the subfolder from <see cref="WalkFrame.TakeDue"/>.</summary>
    Descend,

    /// <summary>Nothing more.</summary>
    Ended,
}

/// <summary>One open folder of the walk: its next child, and the subfolders whose entry was passed but whose content is not due
/// yet.</summary>
internal sealed class WalkFrame(FolderListing listing)
{
    private readonly Stack<(EntryPath Path, FolderListing Listing)> _waiting = new();
    private EntryPath _last;
    private bool _any;

    /// <summary>The entry of the last <see cref="WalkStep.Entry"/>.</summary>
    public Entry Current { get; private set; } = Nothing;

    /// <summary>The folder behind <see cref="Current"/>; null for all else.</summary>
    public FolderNode? Folder { get; private set; }

    private static Entry Nothing { get; } = new() { Path = EntryPath.Root, Type = EntryType.Other };

    public WalkStep MoveNext()
    {
        while (listing.TryPeek(out var entry, out var folder))
        {
            if (_waiting.TryPeek(out var top) && !ComesBeforeContentOf(entry.Path, top.Path))
            {
                break;
            }

            listing.Advance();

            // A folder that changes while it is read may name a child twice.
            if (_any && entry.Path == _last)
            {
                FolderReadAhead.Forget(new Stack<FolderNode>(folder is null ? [] : [folder]));
                continue;
            }

            (_last, _any) = (entry.Path, true);
            (Current, Folder) = (entry, folder);
            return WalkStep.Entry;
        }

        return _waiting.Count > 0 ? WalkStep.Descend : WalkStep.Ended;
    }

    /// <summary>The listing that a <see cref="WalkStep.Descend"/> is about.</summary>
    public FolderListing TakeDue() => _waiting.Pop().Listing;

    /// <summary>Remembers the content of <see cref="Current"/> for when it is due.</summary>
    public void Wait(FolderListing content)
    {
        if (content.IsEmpty)
        {
            content.Dispose();
        }
        else
        {
            _waiting.Push((Current.Path, content));
        }
    }

    /// <summary>Holds as little as it can while a subfolder is walked. A doubled name would have come before the descent.</summary>
    public void Suspend()
    {
        listing.Suspend();
        (_last, _any) = (EntryPath.Root, false);
        (Current, Folder) = (Nothing, null);
    }

    /// <summary>The folder was walked to its end.</summary>
    public void Close()
    {
        listing.Dispose();
        while (_waiting.TryPop(out var waiting))
        {
            waiting.Listing.Dispose();
        }
    }

    /// <summary>Compares with <c>folder/</c> without building it.</summary>
    public static bool ComesBeforeContentOf(EntryPath path, EntryPath folder)
    {
        var shared = path.Bytes.CommonPrefixLength(folder.Bytes);
        return shared == folder.Bytes.Length
            ? path.Bytes.Length == shared || path.Bytes[shared] < (byte)'/'
            : path.CompareTo(folder) < 0;
    }
}
