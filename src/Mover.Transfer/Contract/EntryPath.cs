using System.Buffers;
using System.Text;

namespace Mover.Transfer.Contract;

/// <summary>
/// Where an entry is inside a volume: the names from the root down, joined by <c>/</c>, without a leading slash; the root is empty.
/// Names are bytes (UTF-8 by convention, but a source may hold anything except NUL and <c>/</c>), and they come from an untrusted place.
/// Sorts by bytes: a folder's own entry <c>a</c> comes before <c>a.txt</c>, which comes before <c>a/b</c>. That is <i>path order</i>.
/// </summary>
public readonly struct EntryPath : IEquatable<EntryPath>, IComparable<EntryPath>
{
    private static readonly SearchValues<byte> Unsafe = SearchValues.Create([.. Enumerable.Range(0, 32).Select(b => (byte)b), 0x7F]);
    private readonly byte[]? _bytes;

    /// <summary>Wraps bytes that are already a path; the array is not copied and must not change.</summary>
    public EntryPath(byte[] bytes) => _bytes = bytes;

    /// <summary>The root of a volume.</summary>
    public static EntryPath Root => default;

    /// <summary>The path's bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The path's bytes as memory.</summary>
    public ReadOnlyMemory<byte> Memory => _bytes;

    /// <summary>True for the root.</summary>
    public bool IsRoot => _bytes is null or { Length: 0 };

    /// <summary>The last name; empty for the root.</summary>
    public ReadOnlySpan<byte> Name => Bytes[(Bytes.LastIndexOf((byte)'/') + 1)..];

    /// <summary>How many names the path has; 0 for the root.</summary>
    public int Depth => IsRoot ? 0 : Bytes.Count((byte)'/') + 1;

    /// <summary>The enclosing folder; the root's parent is the root.</summary>
    public EntryPath Parent
    {
        get
        {
            var cut = Bytes.LastIndexOf((byte)'/');
            return cut < 0 ? Root : new(Bytes[..cut].ToArray());
        }
    }

    /// <summary>From text, as UTF-8. Used at the edges (command line, tests); drivers pass bytes.</summary>
    public static EntryPath Of(string text) => new(Encoding.UTF8.GetBytes(text));

    /// <summary>The path of a child.</summary>
    public EntryPath Child(ReadOnlySpan<byte> name)
    {
        if (IsRoot)
        {
            return new(name.ToArray());
        }

        var child = new byte[_bytes!.Length + 1 + name.Length];
        _bytes.CopyTo(child, 0);
        child[_bytes.Length] = (byte)'/';
        name.CopyTo(child.AsSpan(_bytes.Length + 1));
        return new(child);
    }

    /// <summary>True when the path is <paramref name="folder"/> or lies below it.</summary>
    public bool IsWithin(EntryPath folder) =>
        folder.IsRoot
        || (Bytes.StartsWith(folder.Bytes) && (Bytes.Length == folder.Bytes.Length || Bytes[folder.Bytes.Length] == (byte)'/'));

    /// <summary>True when the bytes are well-formed UTF-8.</summary>
    public bool IsUtf8 => System.Text.Unicode.Utf8.IsValid(Bytes);

    /// <inheritdoc/>
    public int CompareTo(EntryPath other) => Bytes.SequenceCompareTo(other.Bytes);

    /// <inheritdoc/>
    public bool Equals(EntryPath other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is EntryPath other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <summary>For people and logs, always one line: control bytes, backslashes and invalid UTF-8 are shown as <c>\xNN</c>.</summary>
    public override string ToString()
    {
        if (IsUtf8 && !Bytes.ContainsAny(Unsafe) && !Bytes.Contains((byte)'\\'))
        {
            return Encoding.UTF8.GetString(Bytes);
        }

        var text = new StringBuilder(Bytes.Length + 16);
        for (var rest = Bytes; !rest.IsEmpty;)
        {
            var status = Rune.DecodeFromUtf8(rest, out var rune, out var used);
            if (status is OperationStatus.Done && !Rune.IsControl(rune) && rune.Value is not '\\' and not 0x2028 and not 0x2029)
            {
                text.Append(rune.ToString());
            }
            else
            {
                foreach (var b in rest[..used])
                {
                    text.Append($"\\x{b:X2}");
                }
            }

            rest = rest[used..];
        }

        return text.ToString();
    }

    /// <summary>Equal bytes.</summary>
    public static bool operator ==(EntryPath left, EntryPath right) => left.Equals(right);

    /// <summary>Different bytes.</summary>
    public static bool operator !=(EntryPath left, EntryPath right) => !left.Equals(right);

    /// <summary>Before in path order.</summary>
    public static bool operator <(EntryPath left, EntryPath right) => left.CompareTo(right) < 0;

    /// <summary>After in path order.</summary>
    public static bool operator >(EntryPath left, EntryPath right) => left.CompareTo(right) > 0;

    /// <summary>Before or same in path order.</summary>
    public static bool operator <=(EntryPath left, EntryPath right) => left.CompareTo(right) <= 0;

    /// <summary>After or same in path order.</summary>
    public static bool operator >=(EntryPath left, EntryPath right) => left.CompareTo(right) >= 0;
}
