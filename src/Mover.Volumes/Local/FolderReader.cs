using System.Buffers;
using System.Runtime.InteropServices;
using Mover.Transfer.Contract;

namespace Mover.Volumes.Local;

/// <summary>
/// Reads a folder with getdents64 in large buffers and asks for the attributes of every name relative to the open folder; of large
/// buffers in parallel, since statx is most of the work. Used by one listing.
/// </summary>
internal sealed unsafe class FolderReader : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Below this the hand-over to other threads costs more than it brings.</summary>
    private const int ParallelNamesMin = 512;

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private readonly List<int> _names = new(64);
    private readonly EntryPath _folder;
    private readonly Descriptor _descriptor;
    private readonly Func<ReadOnlySpan<byte>, bool> _isHidden;
    private readonly int _parallel;

    public FolderReader(RootFolder root, EntryPath folder, Func<ReadOnlySpan<byte>, bool> isHidden, int parallel)
    {
        _folder = folder;
        _isHidden = isHidden;
        _parallel = parallel;
        _descriptor = root.Open(folder, LinuxCalls.O_RDONLY | LinuxCalls.O_DIRECTORY, "list");
    }

    /// <summary>True when names were left out because they are hidden.</summary>
    public bool HasHidden { get; private set; }

    /// <summary>The next entries; null at the end. Names that vanish meanwhile are left out.</summary>
    public Entry[]? Next()
    {
        fixed (byte* buffer = _buffer)
        {
            var length = LinuxCalls.Getdents64(_descriptor.Number, buffer, BufferBytes);
            if (length <= 0)
            {
                return length == 0 ? null : throw LinuxFaults.Last("list", _folder);
            }

            Collect(length);
            var entries = new Entry?[_names.Count];
            if (_names.Count >= ParallelNamesMin && _parallel > 1)
            {
                var parts = _parallel;
                Parallel.For(0, parts, part => Read(entries, entries.Length * part / parts, entries.Length * (part + 1) / parts));
            }
            else
            {
                Read(entries, 0, entries.Length);
            }

            if (Array.Exists(entries, entry => entry is null))
            {
                NameGhosts(entries);
            }

            return Compact(entries);
        }
    }

    public void Dispose()
    {
        _descriptor.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private void Collect(int length)
    {
        _names.Clear();
        for (var at = 0; NextName(_buffer, length, ref at) is var offset && offset >= 0;)
        {
            if (_isHidden(NameAt(offset)))
            {
                HasHidden = true;
            }
            else
            {
                _names.Add(offset);
            }
        }
    }

    /// <summary>Where the next name stands that is not the folder or its parent; -1 at the end. struct linux_dirent64: inode 8, offset 8,
    /// record length 2, type 1, name with NUL.</summary>
    private static int NextName(byte[] buffer, int length, ref int at)
    {
        while (at < length)
        {
            var offset = at + 19;
            at += MemoryMarshal.Read<ushort>(buffer.AsSpan(at + 16));
            if (NameAt(buffer, offset) is not ([(byte)'.'] or [(byte)'.', (byte)'.']))
            {
                return offset;
            }
        }

        return -1;
    }

    private static ReadOnlySpan<byte> NameAt(byte[] buffer, int offset)
    {
        var rest = buffer.AsSpan(offset);
        return rest[..rest.IndexOf((byte)0)];
    }

    private ReadOnlySpan<byte> NameAt(int offset) => NameAt(_buffer, offset);

    private void Read(Entry?[] entries, int from, int to)
    {
        fixed (byte* buffer = _buffer)
        {
            for (var i = from; i < to; i++)
            {
                entries[i] = LinuxEntries.Find(_descriptor.Number, buffer + _names[i], _folder.Child(NameAt(_names[i])));
            }
        }
    }

    // Names that were listed and have no attributes. What is gone is not listed again; what still is cannot be looked at, as names that a
    // share cannot map: it is there, and a mirror must not take it for missing.
    private void NameGhosts(Entry?[] entries)
    {
        var listed = ListAgain();
        fixed (byte* buffer = _buffer)
        {
            for (var i = 0; i < entries.Length; i++)
            {
                var path = _folder.Child(NameAt(_names[i]));
                if (entries[i] is null && listed.Contains(path))
                {
                    entries[i] = LinuxEntries.Find(_descriptor.Number, buffer + _names[i], path) ?? new Entry
                    {
                        Path = path,
                        Type = EntryType.Other,
                        Fault = new(VolumeFaultKind.Io, $"{path} is listed in its folder, "
                            + "but the file system reports that it does not exist."),
                    };
                }
            }
        }
    }

    private HashSet<EntryPath> ListAgain()
    {
        var listed = new HashSet<EntryPath>();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            fixed (byte* bytes = buffer)
            fixed (byte* self = "."u8)
            {
                var number = LinuxCalls.Openat(
                    _descriptor.Number, self, LinuxCalls.O_RDONLY | LinuxCalls.O_DIRECTORY | LinuxCalls.O_CLOEXEC, 0);
                using var folder = number < 0 ? throw LinuxFaults.Last("list", _folder) : new Descriptor(number);
                int length;
                while ((length = LinuxCalls.Getdents64(folder.Number, bytes, BufferBytes)) > 0)
                {
                    for (var at = 0; NextName(buffer, length, ref at) is var offset && offset >= 0;)
                    {
                        listed.Add(_folder.Child(NameAt(buffer, offset)));
                    }
                }

                return length == 0 ? listed : throw LinuxFaults.Last("list", _folder);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static Entry[] Compact(Entry?[] entries)
    {
        var count = 0;
        foreach (var entry in entries)
        {
            if (entry is not null)
            {
                entries[count++] = entry;
            }
        }

        var found = new Entry[count];
        Array.Copy(entries, found, count);
        return found;
    }
}
