using Mover.Transfer.Contract;

namespace Mover.Transfer.Compare;

/// <summary>What a source folder lacks once everything in it has been decided.</summary>
internal enum FolderState : byte
{
    /// <summary>Nothing: its outcome is recorded, or comes with the decision about it.</summary>
    Settled,

    /// <summary>Its outcome: the target has it as it should be.</summary>
    Unchanged,

    /// <summary>Its times: something in it is written or deleted, which moves them.</summary>
    Touched,

    /// <summary>Its metadata and times: it is new, or its own metadata differs.</summary>
    Changed,

    /// <summary>A marker: nothing shows so far that it exists.</summary>
    Unmarked,

    /// <summary>Its outcome: what is in it shows that it exists.</summary>
    Implied,
}

/// <summary>A source folder whose contents the merge has not passed yet; the merge alone changes its state.</summary>
internal sealed class OpenFolder(Entry source, EntryPath key, Entry? target, OpenFolder? parent, FolderState state)
{
    private readonly TaskCompletionSource _there = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FolderState State { get; private set; } = state;

    public Entry Source { get; } = source;

    /// <summary>What the target tells it apart by.</summary>
    public EntryPath Key { get; } = key;

    public Entry? Target { get; } = target;

    /// <summary>The folder around it; null at the root.</summary>
    public OpenFolder? Parent { get; } = parent;

    /// <summary>Done when the folder is at the target, or failed to get there: then its contents fail too. Done as well when nothing in it
    /// is stored before the deletions.</summary>
    public Task There => _there.Task;

    public void Stored() => _there.TrySetResult();

    /// <summary>The source has something in it.</summary>
    public void Fill() => State = State is FolderState.Unmarked ? FolderState.Implied : State;

    /// <summary>Something in it is written or deleted.</summary>
    public void Touch() => State = State is FolderState.Unchanged ? FolderState.Touched : State;

    /// <summary>Its outcome comes with the decision that is queued for it.</summary>
    public void Settle() => State = FolderState.Settled;
}

/// <summary>
/// The folders around the merge's position. In path order <c>a</c> and <c>a/b</c> have others such as <c>a.txt</c> between them, so several
/// siblings can be open at once; a folder closes when the position passes everything it could hold.
/// </summary>
internal sealed class FolderTrack
{
    private readonly List<OpenFolder> _open = [];

    public bool HasAny => _open.Count > 0;

    /// <summary>Adds the folder at the position.</summary>
    public void Open(OpenFolder folder) => _open.Add(folder);

    /// <summary>The open folder that encloses a key, or null for the root and folders the source does not have.</summary>
    public OpenFolder? ParentOf(EntryPath key)
    {
        var cut = key.Bytes.LastIndexOf((byte)'/');
        if (cut < 0)
        {
            return null;
        }

        var parent = key.Bytes[..cut];
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (_open[i].Key.Bytes.SequenceEqual(parent))
            {
                return _open[i];
            }
        }

        return null;
    }

    /// <summary>Takes out the next folder that nothing at or after <paramref name="position"/> can be in; null when there is
    /// none.</summary>
    public OpenFolder? Close(EntryPath position)
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (Prefixes.IsPassed(_open[i].Key, position))
            {
                return Take(i);
            }
        }

        return null;
    }

    /// <summary>Takes out any folder, at the end.</summary>
    public OpenFolder? CloseLast() => _open.Count == 0 ? null : Take(_open.Count - 1);

    private OpenFolder Take(int index)
    {
        var folder = _open[index];
        _open.RemoveAt(index);
        return folder;
    }
}

/// <summary>A few folders that matter to what lies below them, as long as the merge has not passed them.</summary>
internal sealed class Prefixes<T>
    where T : class
{
    private readonly List<(EntryPath Folder, T Value)> _active = [];

    /// <summary>Adds what is said of the folder at the position; what was said of passed ones goes.</summary>
    public void Add(EntryPath folder, T value)
    {
        Pass(folder);
        _active.Add((folder, value));
    }

    /// <summary>What was said last of a folder that the path is or lies in; null when there is none.</summary>
    public T? Find(EntryPath path)
    {
        if (_active.Count == 0)
        {
            return null;
        }

        Pass(path);
        for (var i = _active.Count - 1; i >= 0; i--)
        {
            if (path.IsWithin(_active[i].Folder))
            {
                return _active[i].Value;
            }
        }

        return null;
    }

    private void Pass(EntryPath position)
    {
        for (var i = _active.Count - 1; i >= 0; i--)
        {
            if (Prefixes.IsPassed(_active[i].Folder, position))
            {
                _active.RemoveAt(i);
            }
        }
    }
}

/// <summary>Where the merge is, seen from a folder.</summary>
internal static class Prefixes
{
    /// <summary>True when the position is behind everything that starts with the folder and a slash.</summary>
    public static bool IsPassed(EntryPath folder, EntryPath position)
    {
        var prefix = folder.Bytes;
        var at = position.Bytes;
        var shared = prefix.CommonPrefixLength(at);
        return shared < prefix.Length
            ? shared < at.Length && at[shared] > prefix[shared]
            : at.Length > prefix.Length && at[prefix.Length] > (byte)'/';
    }
}
