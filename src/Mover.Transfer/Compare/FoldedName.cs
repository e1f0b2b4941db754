using System.Buffers;
using System.Diagnostics;
using System.Text;
using Mover.Transfer.Contract;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Compare;

/// <summary>
/// Names as a volume tells them apart. Where names are bytes a path is its own key; elsewhere two paths that are one entry have one key.
/// Keys keep the structure of paths, so that they sort as paths do.
/// </summary>
internal static class FoldedName
{
    private const int HangulFirst = 0xAC00;
    private const int HangulCount = 11_172;
    private static readonly Lazy<FoldingTable> Table = new(FoldingTable.Load);

    public static EntryPath KeyOf(EntryPath path, NameFoldings folds)
    {
        if (folds is NameFoldings.None)
        {
            return path;
        }

        var foldsText = folds is not NameFoldings.AsciiCase && !Ascii.IsValid(path.Bytes) && path.IsUtf8;
        return foldsText ? new(FoldText(path.Bytes, folds))
            : folds.HasFlag(NameFoldings.AsciiCase) ? new(LowerAscii(path.Bytes))
            : path;
    }

    /// <summary>
    /// The path with its last name spelled otherwise, once for each folding that could take the two for one; the weakest folding first.
    /// </summary>
    public static IEnumerable<(NameFoldings Folding, EntryPath Path)> Respellings(EntryPath path)
    {
        if (!path.IsUtf8)
        {
            yield break;
        }

        var (parent, name) = (path.Parent, Encoding.UTF8.GetString(path.Name));
        foreach (var (folding, other) in new[]
        {
            (NameFoldings.AsciiCase, Flip(name, static letter => char.IsAscii(letter))),
            (NameFoldings.Case, Flip(name, static letter => !char.IsAscii(letter))),
            (NameFoldings.Normalization, Renormalize(name)),
        })
        {
            if (other != name)
            {
                yield return (folding, parent.Child(Encoding.UTF8.GetBytes(other)));
            }
        }
    }

    private static string Flip(string name, Func<char, bool> isMeant) => string.Concat(name.Select(letter => !isMeant(letter) ? letter
        : char.IsUpper(letter) ? char.ToLowerInvariant(letter) : char.ToUpperInvariant(letter)));

    /// <summary>The accents apart, or where they are, one of them joined with its letter; the name itself when it has none.</summary>
    private static string Renormalize(string name)
    {
        var apart = Encoding.UTF8.GetString(FoldText(Encoding.UTF8.GetBytes(name), NameFoldings.Normalization));
        if (apart != name)
        {
            return apart;
        }

        for (var at = 1; at < name.Length; at++)
        {
            var (leading, vowel) = (name[at - 1] - 0x1100, name[at] - 0x1161);
            var joined = leading is >= 0 and < 19 && vowel is >= 0 and < 21 ? HangulFirst + (((leading * 21) + vowel) * 28)
                : Table.Value.Composed.GetValueOrDefault((name[at - 1], name[at]));
            if (joined != 0)
            {
                return name[..(at - 1)] + char.ConvertFromUtf32(joined) + name[(at + 1)..];
            }
        }

        return name;
    }

    private static byte[] LowerAscii(ReadOnlySpan<byte> bytes)
    {
        var lower = bytes.ToArray();
        foreach (ref var b in lower.AsSpan())
        {
            b = b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
        }

        return lower;
    }

    private static byte[] FoldText(ReadOnlySpan<byte> bytes, NameFoldings folds)
    {
        var (normalizes, foldsCase) = (folds.HasFlag(NameFoldings.Normalization), folds.HasFlag(NameFoldings.Case));
        var text = Encoding.UTF8.GetString(bytes).EnumerateRunes().Select(rune => rune.Value).ToList();
        text = normalizes ? Replace(text, Decompose) : text;
        if (foldsCase)
        {
            // Folding may join or leave characters that come apart again.
            text = Replace(text, FoldCase);
            text = normalizes ? Replace(text, Decompose) : text;
        }
        else if (folds.HasFlag(NameFoldings.AsciiCase))
        {
            text = Replace(text, static code => [LowerAscii(code)]);
        }

        if (normalizes)
        {
            OrderMarks(text);
        }

        return Encoding.UTF8.GetBytes(string.Concat(text.Select(char.ConvertFromUtf32)));
    }

    private static List<int> Replace(List<int> text, Func<int, int[]> replace) => [.. text.SelectMany(replace)];

    private static int LowerAscii(int code) => code is >= 'A' and <= 'Z' ? code | 0x20 : code;

    private static int[] FoldCase(int code) => code < 0x80 ? [LowerAscii(code)] : Table.Value.Folded.GetValueOrDefault(code) ?? [code];

    /// <summary>The syllables of Hangul are computed: Unicode Standard, section 3.12.</summary>
    private static int[] Decompose(int code)
    {
        var syllable = code - HangulFirst;
        return syllable is < 0 or >= HangulCount
            ? Table.Value.Decomposed.GetValueOrDefault(code) ?? [code]
            : syllable % 28 == 0
            ? [0x1100 + (syllable / 588), 0x1161 + (syllable % 588 / 28)]
            : [0x1100 + (syllable / 588), 0x1161 + (syllable % 588 / 28), 0x11A7 + (syllable % 28)];
    }

    /// <summary>Marks on one letter come in the order of their classes.</summary>
    private static void OrderMarks(List<int> text)
    {
        for (var i = 1; i < text.Count; i++)
        {
            for (var at = i; at > 0 && Class(text[at]) is > 0 and var mark && Class(text[at - 1]) > mark; at--)
            {
                (text[at - 1], text[at]) = (text[at], text[at - 1]);
            }
        }
    }

    private static int Class(int code) => Table.Value.Classes.GetValueOrDefault(code);

    /// <summary>The tables of the Unicode Character Database, as <c>tools/unicode-folding.py</c> writes them.</summary>
    private sealed record FoldingTable(Dictionary<int, int[]> Folded, Dictionary<int, int[]> Decomposed, Dictionary<int, int> Classes)
    {
        /// <summary>A letter and one mark, of the basic plane, with the character that they are together.</summary>
        public Dictionary<(char Letter, char Mark), int> Composed { get; } = [];

        public static FoldingTable Load()
        {
            var table = new FoldingTable([], [], []);
            using var file = typeof(FoldingTable).Assembly.GetManifestResourceStream("folding.txt") ?? throw new UnreachableException();
            using var lines = new StreamReader(file);
            while (lines.ReadLine() is { } line)
            {
                var words = line.Split(' ');
                var codes = Array.ConvertAll(words[1..], word => Convert.ToInt32(word, 16));
                switch (words[0])
                {
                    case "F": table.Folded[codes[0]] = codes[1..]; break;
                    case "D": table.Decomposed[codes[0]] = codes[1..]; break;
                    default: table.Classes[codes[0]] = codes[1]; break;
                }
            }

            foreach (var (whole, parts) in table.Decomposed)
            {
                if (parts is [<= char.MaxValue and var letter, <= char.MaxValue and var mark])
                {
                    table.Composed.TryAdd(((char)letter, (char)mark), whole);
                }
            }

            return table;
        }
    }
}

/// <summary>Sorts records by their paths' keys; paths with one key are in the order of their bytes.</summary>
internal sealed class FoldedCodec<T>(IRecordCodec<T> codec, NameFoldings folds) : IRecordCodec<T>
{
    public static IRecordCodec<T> Over(IRecordCodec<T> codec, NameFoldings folds) =>
        folds is NameFoldings.None ? codec : new FoldedCodec<T>(codec, folds);

    public ReadOnlySpan<byte> Key(T record)
    {
        var path = new EntryPath(codec.Key(record).ToArray());
        return (byte[])[.. FoldedName.KeyOf(path, folds).Bytes, 0, .. path.Bytes];
    }

    public int WeightBytes(T record) => codec.WeightBytes(record);

    public void Write(T record, IBufferWriter<byte> output) => codec.Write(record, output);

    public T Read(ReadOnlySpan<byte> bytes) => codec.Read(bytes);
}
