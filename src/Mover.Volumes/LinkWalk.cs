using Mover.Transfer.Contract;

namespace Mover.Volumes;

/// <summary>
/// Follows a link to a file inside one volume, name by name, looking at every name on the way: a link in the middle is followed the same
/// way, and nothing above the root is ever asked for.
/// </summary>
internal static class LinkWalk
{
    /// <summary>As many as Linux follows for one path (MAXSYMLINKS).</summary>
    private const int LinksMax = 40;

    /// <summary>A path that grows beyond this by links within links is taken for a loop.</summary>
    private const int NamesMax = 100_000;

    /// <param name="link">A link with its text.</param>
    /// <param name="find">Reads one entry without following links; null when there is none.</param>
    /// <param name="rootText">The root's absolute path as the source's host knows it, so that absolute links into the root can be
    /// followed; empty when unknown.</param>
    /// <param name="cancel">Stops the walk.</param>
    public static async ValueTask<(Entry? Resolved, VolumeFault? Fault)> ResolveAsync(
        Entry link, Func<EntryPath, CancellationToken, ValueTask<Entry?>> find, ReadOnlyMemory<byte> rootText, CancellationToken cancel)
    {
        var at = link.Path.Parent;
        var rest = new Stack<byte[]>();
        if (link.LinkTarget is not { } text || !TryPush(rest, text.Span, rootText.Span, ref at))
        {
            return Outside(link);
        }

        Entry? current = null;
        for (var (links, names) = (1, 0); rest.TryPop(out var name); names++)
        {
            if (name is [(byte)'.', (byte)'.'])
            {
                if (at.IsRoot)
                {
                    return Outside(link);
                }

                (at, current) = (at.Parent, null);
                continue;
            }

            var path = at.Child(name);
            current = await find(path, cancel);
            if (current is null || (rest.Count > 0 && current.Type is not (EntryType.Folder or EntryType.Symlink)))
            {
                return (null, new(VolumeFaultKind.NotFound, $"The link {link.Path} points to {path}, which does not exist."));
            }

            if (current.Fault is not null)
            {
                return (null, current.Fault);
            }

            if (current.Type is not EntryType.Symlink)
            {
                at = path;
                continue;
            }

            if (++links > LinksMax || names > NamesMax)
            {
                var circle = $"The link {link.Path} is part of a loop or of a chain of more than {LinksMax} links.";
                return (null, new(VolumeFaultKind.Unsupported, circle));
            }

            if (current.LinkTarget is not { } next || !TryPush(rest, next.Span, rootText.Span, ref at))
            {
                return Outside(link);
            }
        }

        return current is { Type: EntryType.File }
            ? (Joined(link, current), null)
            : (null, new(VolumeFaultKind.Unsupported, $"The link {link.Path} points to {Word(current?.Type)}, not to a file."));
    }

    private static (Entry?, VolumeFault?) Outside(Entry link) =>
        (null, new(VolumeFaultKind.Unsupported, $"The link {link.Path} points outside the source."));

    private static string Word(EntryType? type) => type is null or EntryType.Folder ? "a folder" : "a device, pipe or socket";

    /// <summary>Puts the names of a link's text in front; an absolute text must begin with the root's own path.</summary>
    private static bool TryPush(Stack<byte[]> rest, ReadOnlySpan<byte> text, ReadOnlySpan<byte> rootText, ref EntryPath at)
    {
        if (text.IsEmpty)
        {
            return false;
        }

        if (text[0] == '/')
        {
            if (rootText.IsEmpty || !text.StartsWith(rootText) || (text.Length > rootText.Length && text[rootText.Length] != '/'))
            {
                return false;
            }

            at = EntryPath.Root;
            text = text[rootText.Length..];
        }

        while (!text.IsEmpty)
        {
            var cut = text.LastIndexOf((byte)'/');
            var name = text[(cut + 1)..];
            if (name is not [] and not [(byte)'.'])
            {
                rest.Push(name.ToArray());
            }

            text = cut < 0 ? default : text[..cut];
        }

        return true;
    }

    private static Entry Joined(Entry link, Entry file) => new()
    {
        Path = link.Path,
        Type = EntryType.Symlink,
        SizeBytes = file.SizeBytes,
        Modified = file.Modified,
        Changed = file.Changed,
        Accessed = file.Accessed,
        Created = file.Created,
        Posix = file.Posix,
        Inode = file.Inode,
        LinkCount = file.LinkCount,
        LinkTarget = link.LinkTarget,
        ResolvedPath = file.Path,
        ContentMd5 = file.ContentMd5,
        ETag = file.ETag,
    };
}
