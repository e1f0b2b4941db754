using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Ledger;

/// <summary>
/// One line of a ledger, without its line feed: result (X excluded, U unsupported, N no transfer needed, F failed, T transferred, K kept by
/// a mirror), type (f file, d folder, l link, o other), code number, size, CRC-64 (16 hexadecimal digits or -), MD5 (32 or -), path, and
/// for results other than T and N a sentence; separated by tabs. In paths and sentences <c>%</c>, control bytes and bytes that are not
/// ASCII or UTF-8 text are written as <c>%NN</c>.
/// </summary>
internal static class LedgerLine
{
    private const string Results = "XUNFTK";

    public static void Write(ArrayBufferWriter<byte> line, ItemOutcome item)
    {
        var details = item.Details is { } why && item.Result is not (ItemResult.Transferred or ItemResult.NoTransferNeeded)
            ? Encoding.UTF8.GetBytes(why)
            : [];
        var span = line.GetSpan(128 + (3 * (item.Path.Bytes.Length + details.Length)));
        var at = 0;
        span[at++] = (byte)Results[(int)item.Result];
        span[at++] = (byte)'\t';
        span[at++] = Letter(item.Type);
        span[at++] = (byte)'\t';
        at += Number(span[at..], item.Code.Number);
        at += Number(span[at..], item.SizeBytes);
        if (item.Crc64 is { } crc)
        {
            _ = Utf8Formatter.TryFormat(crc, span[at..], out var used, new StandardFormat('x', 16));
            at += used;
        }
        else
        {
            span[at++] = (byte)'-';
        }

        span[at++] = (byte)'\t';
        if (item.Md5 is { } md5)
        {
            _ = Convert.TryToHexStringLower(md5.Span, span[at..], out var used);
            at += used;
        }
        else
        {
            span[at++] = (byte)'-';
        }

        span[at++] = (byte)'\t';
        at += Escape(item.Path.Bytes, span[at..]);
        if (details.Length > 0)
        {
            span[at++] = (byte)'\t';
            at += Escape(details, span[at..]);
        }

        line.Advance(at);
    }

    /// <summary>A path as it stands in a line.</summary>
    public static string Text(ReadOnlySpan<byte> path)
    {
        var text = new byte[3 * path.Length];
        return Encoding.UTF8.GetString(text.AsSpan(0, Escape(path, text)));
    }

    /// <summary>Reads a line; throws <see cref="InvalidDataException"/> when it is none.</summary>
    public static ItemOutcome Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return Parse(line);
        }
        catch (Exception broken) when (broken is FormatException or OverflowException or ArgumentException)
        {
            throw new InvalidDataException("A line of the ledger is malformed.", broken);
        }
    }

    private static ItemOutcome Parse(ReadOnlySpan<byte> line)
    {
        var rest = line;
        var result = Results.IndexOf((char)Field(ref rest)[0], StringComparison.Ordinal);
        var type = Type(Field(ref rest)[0]);
        var code = int.Parse(Field(ref rest), CultureInfo.InvariantCulture);
        var size = long.Parse(Field(ref rest), CultureInfo.InvariantCulture);
        var crc = Field(ref rest);
        var md5 = Field(ref rest);
        var path = Unescape(Field(ref rest));
        if (result < 0)
        {
            throw new InvalidDataException("A line of the ledger has an unknown result.");
        }

        return new(
            new EntryPath(path),
            type,
            (ItemResult)result,
            new StatusCode(code),
            size,
            crc is [(byte)'-'] ? null : ulong.Parse(crc, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            md5 is [(byte)'-'] ? null : (ReadOnlyMemory<byte>?)Convert.FromHexString(Encoding.ASCII.GetString(md5)),
            rest.IsEmpty ? null : Encoding.UTF8.GetString(Unescape(rest)));
    }

    private static byte Letter(EntryType type) => type switch
    {
        EntryType.File => (byte)'f',
        EntryType.Folder => (byte)'d',
        EntryType.Symlink => (byte)'l',
        _ => (byte)'o',
    };

    private static EntryType Type(byte letter) => letter switch
    {
        (byte)'f' => EntryType.File,
        (byte)'d' => EntryType.Folder,
        (byte)'l' => EntryType.Symlink,
        _ => EntryType.Other,
    };

    private static int Number(Span<byte> target, long value)
    {
        _ = Utf8Formatter.TryFormat(value, target, out var used);
        target[used] = (byte)'\t';
        return used + 1;
    }

    private static ReadOnlySpan<byte> Field(ref ReadOnlySpan<byte> rest)
    {
        var tab = rest.IndexOf((byte)'\t');
        var field = tab < 0 ? rest : rest[..tab];
        rest = tab < 0 ? [] : rest[(tab + 1)..];
        return field.IsEmpty ? throw new InvalidDataException("A line of the ledger is missing a field.") : field;
    }

    private static int Escape(ReadOnlySpan<byte> bytes, Span<byte> target)
    {
        var isText = System.Text.Unicode.Utf8.IsValid(bytes);
        var at = 0;
        foreach (var b in bytes)
        {
            if (b is < 0x20 or (byte)'%' or 0x7F || (b >= 0x80 && !isText))
            {
                target[at++] = (byte)'%';
                target[at++] = (byte)"0123456789ABCDEF"[b >> 4];
                target[at++] = (byte)"0123456789ABCDEF"[b & 15];
            }
            else
            {
                target[at++] = b;
            }
        }

        return at;
    }

    private static byte[] Unescape(ReadOnlySpan<byte> text)
    {
        var bytes = new byte[text.Length];
        var at = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == (byte)'%')
            {
                bytes[at++] = byte.Parse(text.Slice(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                i += 2;
            }
            else
            {
                bytes[at++] = text[i];
            }
        }

        return bytes[..at];
    }
}
