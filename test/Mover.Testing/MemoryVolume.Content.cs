using System.Text;
using Mover.Transfer.Contract;

namespace Mover.Testing;

/// <summary>How tests fill and read the volume.</summary>
public sealed partial class MemoryVolume
{
    /// <summary>The time that entries get when a test does not care.</summary>
    public static UnixTime SomeTime { get; } = new(1_500_000_000, 123_456_700);

    public static PosixAttributes SomePosix { get; } = new(0x1A4, 1000, 1000);

    public IReadOnlyList<EntryPath> Paths
    {
        get
        {
            lock (_gate)
            {
                return [.. _nodes.Keys];
            }
        }
    }

    /// <summary>Adds or replaces a file with text.</summary>
    public MemoryVolume AddFile(string path, string text, UnixTime? modified = null, PosixAttributes? posix = null) =>
        AddFile(path, Encoding.UTF8.GetBytes(text), modified, posix);

    /// <summary>Adds or replaces a file; missing folders come with it where the volume keeps folders.</summary>
    public MemoryVolume AddFile(string path, byte[] content, UnixTime? modified = null, PosixAttributes? posix = null, byte[]? md5 = null) =>
        Add(EntryPath.Of(path), EntryType.File, content, modified, posix, md5);

    public MemoryVolume AddFolder(string path, UnixTime? modified = null, PosixAttributes? posix = null) =>
        Add(EntryPath.Of(path), EntryType.Folder, [], modified, posix);

    public MemoryVolume AddLink(string path, string linkTarget) =>
        Add(EntryPath.Of(path), EntryType.Symlink, Encoding.UTF8.GetBytes(linkTarget));

    public MemoryVolume Add(
        EntryPath path, EntryType type, byte[]? content = null, UnixTime? modified = null, PosixAttributes? posix = null, byte[]? md5 = null)
    {
        lock (_gate)
        {
            if (Traits.KeepsFolders && !path.Parent.IsRoot && !_nodes.ContainsKey(path.Parent))
            {
                Add(path.Parent, EntryType.Folder);
            }

            _nodes[path] = new Node(
                type, content ?? [], Truncate(modified ?? SomeTime), Tick(), null, posix ?? SomePosix, md5, ++_lastInode);
        }

        return this;
    }

    /// <summary>Removes an entry and what lies below it.</summary>
    public void Remove(string path)
    {
        lock (_gate)
        {
            foreach (var gone in _nodes.Keys.Where(p => p.IsWithin(EntryPath.Of(path))).ToArray())
            {
                _nodes.Remove(gone);
            }
        }
    }

    public bool Has(string path)
    {
        lock (_gate)
        {
            return _nodes.ContainsKey(EntryPath.Of(path));
        }
    }

    public byte[] Content(string path)
    {
        lock (_gate)
        {
            return _nodes[EntryPath.Of(path)].Content;
        }
    }

    public string Text(string path) => Encoding.UTF8.GetString(Content(path));

    public Entry Find(string path)
    {
        lock (_gate)
        {
            return ToEntry(EntryPath.Of(path), _nodes[EntryPath.Of(path)]);
        }
    }

    /// <summary>Everything that a copy should carry over, one line each, for comparing two volumes.</summary>
    public IReadOnlyList<string> Describe()
    {
        lock (_gate)
        {
            return [.. _nodes.Select(n =>
                $"{n.Key} {n.Value.Type} {Convert.ToHexString(n.Value.Content)} {n.Value.Modified} {n.Value.Posix}")];
        }
    }
}
