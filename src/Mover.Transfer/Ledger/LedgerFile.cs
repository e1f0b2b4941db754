using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Mover.Core.Jobs;
using Mover.Files;
using Mover.Transfer.Contract;
using Mover.Transfer.Journal;
using Mover.Transfer.Scan;

namespace Mover.Transfer.Ledger;

/// <summary>What the last line of a ledger says.</summary>
/// <param name="Counters">The twelve counters.</param>
/// <param name="ItemsDeleted">Deletions of a mirror.</param>
/// <param name="ItemsKept">Target items that a mirror could not delete.</param>
/// <param name="FoldersNotListed">Source folders whose content is not known.</param>
/// <param name="MerkleRoot">Lower-case hexadecimal.</param>
internal sealed record LedgerEnd(TransferCounters Counters, long ItemsDeleted, long ItemsKept, long FoldersNotListed, string MerkleRoot);

/// <summary>
/// The ledger: a first line naming the format, one line per source item, and per target item that a mirror kept, in path order
/// (<see cref="LedgerLine"/>), and a last line
/// <c># root HEX items N counters …</c>. The Merkle root is over the item lines. UTF-8, line feeds.
/// </summary>
public static class LedgerFile
{
    /// <summary>Its name in a run's folder.</summary>
    public const string Name = "ledger.txt";

    private const int LastWords = 23;

    /// <summary>Ledgers of earlier versions end before the kept items.</summary>
    private const int ShortLastWords = 19;

    private static readonly byte[] FirstLine = "# mover ledger 1: result, type, code, size, crc64nvme, md5, path\n"u8.ToArray();

    /// <summary>Reads the outcomes of a ledger in path order; throws <see cref="InvalidDataException"/> when it is cut, changed or
    /// none.</summary>
    public static IEnumerable<ItemOutcome> Read(string path)
    {
        var tree = new MerkleTree();
        using var reader = new LineReader(path);
        if (!reader.TryRead(out var line) || !line.Span.StartsWith("# mover ledger 1"u8))
        {
            throw new InvalidDataException($"{path} is not a ledger.");
        }

        while (reader.TryRead(out line))
        {
            if (line.Span.StartsWith("# root"u8))
            {
                if (ParseEnd(line.Span).MerkleRoot != Convert.ToHexStringLower(tree.Root()))
                {
                    throw new InvalidDataException($"{path} was modified: the Merkle root does not match its lines.");
                }

                yield break;
            }

            tree.Add(line.Span);
            yield return LedgerLine.Read(line.Span);
        }

        throw new InvalidDataException($"{path} is truncated: its last line is missing.");
    }

    /// <summary>A path as the ledger writes it: one line, and the bytes can be read back.</summary>
    public static string Text(EntryPath path) => LedgerLine.Text(path.Bytes);

    /// <summary>Writes a ledger whole or not at all; counts what it writes.</summary>
    internal static LedgerEnd Write(string path, SettledOutcomes outcomes, RunCounters counters)
    {
        var tree = new MerkleTree();
        var temporary = path + ".part";
        LedgerEnd end;
        using (var file = PrivateFile.Open(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 256 * 1024))
        {
            file.Write(FirstLine);
            var line = new ArrayBufferWriter<byte>(512);
            while (outcomes.TryRead(out var outcome))
            {
                line.ResetWrittenCount();
                LedgerLine.Write(line, outcome);
                tree.Add(line.WrittenSpan);
                line.GetSpan(1)[0] = (byte)'\n';
                line.Advance(1);
                file.Write(line.WrittenSpan);
            }

            end = new(
                counters.ToCounters(), counters.ItemsDeleted, counters.ItemsNotDeleted, counters.FoldersNotListed,
                Convert.ToHexStringLower(tree.Root()));
            file.Write(Encoding.ASCII.GetBytes(Format(end)));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        return end;
    }

    /// <summary>The end of a finished ledger; null when there is none.</summary>
    internal static LedgerEnd? FindEnd(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = File.OpenHandle(path);
        var tail = new byte[1024];
        var from = Math.Max(0, RandomAccess.GetLength(file) - tail.Length);
        var length = RandomAccess.Read(file, tail, from);
        var at = tail.AsSpan(0, length).LastIndexOf("# root"u8);
        return at < 0 ? null : ParseEnd(tail.AsSpan(at, length - at).TrimEnd((byte)'\n'));
    }

    private static string Format(LedgerEnd end)
    {
        var c = end.Counters;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"# root {end.MerkleRoot} items {c.ItemsScanned} {c.ItemsExcluded} {c.ItemsUnsupported} {c.ItemsNoTransferNeeded} "
                + $"{c.ItemsFailed} {c.ItemsTransferred} bytes {c.BytesScanned} {c.BytesExcluded} {c.BytesUnsupported} "
                    + $"{c.BytesNoTransferNeeded} {c.BytesFailed} {c.BytesTransferred} deleted {end.ItemsDeleted} "
                        + $"kept {end.ItemsKept} unlisted {end.FoldersNotListed}\n");
    }

    private static LedgerEnd ParseEnd(ReadOnlySpan<byte> line)
    {
        var words = Encoding.ASCII.GetString(line).Split(' ');
        if (words.Length is not (LastWords or ShortLastWords))
        {
            throw new InvalidDataException("The last line of the ledger is malformed.");
        }

        long At(int index) => long.TryParse(words[index], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidDataException("The last line of the ledger is malformed.");
        return new(
            new(At(4), At(5), At(6), At(7), At(8), At(9), At(11), At(12), At(13), At(14), At(15), At(16)), At(18),
            words.Length == LastWords ? At(20) : 0, words.Length == LastWords ? At(22) : 0, words[2]);
    }

    private sealed class LineReader(string path) : IDisposable
    {
        private readonly FileStream _file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        private byte[] _buffer = new byte[128 * 1024];
        private int _start;
        private int _end;

        public bool TryRead([MaybeNullWhen(false)] out ReadOnlyMemory<byte> line)
        {
            for (var searched = _start; ;)
            {
                var feed = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
                if (feed >= 0)
                {
                    line = _buffer.AsMemory(_start, searched + feed - _start);
                    _start = searched + feed + 1;
                    return true;
                }

                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
                searched = _end;
                if (_end == _buffer.Length)
                {
                    Array.Resize(ref _buffer, _buffer.Length * 2);
                }

                var read = _file.Read(_buffer, _end, _buffer.Length - _end);
                if (read == 0)
                {
                    line = default;
                    return false;
                }

                _end += read;
            }
        }

        public void Dispose() => _file.Dispose();
    }
}
