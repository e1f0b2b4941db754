using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Mover.State.Copies;

namespace Mover.State.Backups;

/// <summary>
/// A backup that is read. What is not whole is <see cref="StateFault.Damaged"/> and says where; that all of it is whole is known when
/// <see cref="ReadAsync"/> has come to its end, so whoever writes what it gives reads it to the end first.
/// </summary>
public sealed class BackupFile : IStateSnapshot
{
    private readonly string _path;
    private readonly byte[] _head;
    private readonly long _framesAt;
    private byte[] _key = [];

    private BackupFile(string path, byte[] head, long framesAt, BackupHeader header) =>
        (_path, _head, _framesAt, Header) = (path, head, framesAt, header);

    /// <summary>The head.</summary>
    public BackupHeader Header { get; }

    /// <inheritdoc/>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"backup {Header.Id} of {Header.Source}");

    /// <inheritdoc/>
    public long Revision => Header.Revision;

    /// <inheritdoc/>
    public DateTimeOffset TakenAt => Header.TakenAt;

    /// <summary>
    /// Opens a file and reads its head. Throws <see cref="StateException"/> with <see cref="StateFault.Damaged"/> when it is no backup or
    /// its head is damaged, <see cref="StateFault.Unavailable"/> when it cannot be read or a newer program wrote it.
    /// </summary>
    public static async Task<BackupFile> OpenAsync(string path, CancellationToken cancel)
    {
        await using var file = OpenStream(path, 0);
        var start = new byte[BackupFormat.Magic.Length + 8];
        if (await FillAsync(file, start, cancel) < start.Length || !BackupFormat.IsBackup(start))
        {
            throw Damaged(path, 0, "it does not start like a Mover backup");
        }

        var lengths = start.AsMemory(BackupFormat.Magic.Length);
        var length = BinaryPrimitives.ReadInt32LittleEndian(lengths.Span);
        if (length is < 2 or > BackupFormat.HeadBytesMax)
        {
            throw Damaged(path, BackupFormat.Magic.Length, $"its header has {length} bytes");
        }

        var head = new byte[length];
        if (await FillAsync(file, head, cancel) < length
            || BackupFormat.Checksum(head) != BinaryPrimitives.ReadUInt32LittleEndian(lengths.Span[4..]))
        {
            throw Damaged(path, start.Length, "its header does not match its checksum");
        }

        return new(path, head, start.Length + length, ReadHead(path, head));
    }

    /// <summary>Gives the key that the rest is sealed with.</summary>
    public void Unlock(ReadOnlySpan<byte> key) => _key = key.Length == BackupFormat.KeyBytes
        ? key.ToArray()
        : throw Damaged(_path, BackupFormat.Magic.Length, "its key does not have the length of a Mover key");

    /// <summary>The lines of the key ring that it holds; null for none.</summary>
    public async Task<byte[]?> ReadRingAsync(CancellationToken cancel)
    {
        await using var frames = Frames();
        return await frames.NextAsync(cancel) is { Kind: FrameKind.KeyRing } frame ? frame.Plain : null;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StateEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await using var frames = Frames();
        using var digest = new StateDigest();
        byte[] last = [];
        BackupEnd? end = null;
        while (await frames.NextAsync(cancel) is { } frame)
        {
            if (end is not null)
            {
                throw Damaged(_path, frame.At, "there is data after its end");
            }

            switch (frame.Kind)
            {
                case FrameKind.KeyRing when frame.IsFirst:
                    break;
                case FrameKind.Entries:
                    for (var at = 0; at < frame.Plain.Length;)
                    {
                        var key = Part(frame, ref at, StateLimits.KeyBytesMax);
                        var value = Part(frame, ref at, StateLimits.ValueBytesMax);
                        if (key.Span.SequenceCompareTo(last) <= 0)
                        {
                            throw Damaged(_path, frame.At, "its entries are not in order");
                        }

                        last = key.ToArray();
                        var entry = new StateEntry(Text(frame, last), value, 0, 0);
                        digest.Add(entry);
                        yield return entry;
                    }

                    break;
                case FrameKind.End:
                    end = ReadEnd(frame);
                    break;
                default:
                    throw Damaged(_path, frame.At, $"a frame has the unexpected kind {(byte)frame.Kind}");
            }
        }

        var sum = digest.Sum();
        if (end is null)
        {
            throw Damaged(_path, frames.Position, "it is truncated: its end is missing");
        }

        if (end != new BackupEnd(sum.Entries, sum.Bytes, sum.Sha256))
        {
            throw Damaged(_path, frames.Position, "its content does not match the digest at its end");
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StateEntry?> FindAsync(string key, CancellationToken cancel)
    {
        await foreach (var entry in ReadAsync(cancel))
        {
            if (entry.Key == key)
            {
                return entry;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(_key);
        return default;
    }

    internal static StateException Damaged(string path, long at, string what, Exception? cause = null) => new(
        StateFault.Damaged,
        $"Cannot use the backup '{path}': at byte {at}, {what}. Nothing was restored from it; use another backup.",
        cause);

    internal static async ValueTask<int> FillAsync(Stream file, Memory<byte> buffer, CancellationToken cancel) =>
        await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel);

    internal static FileStream OpenStream(string path, long at)
    {
        try
        {
            return new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.Asynchronous) { Position = at };
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StateException(StateFault.Unavailable, $"Cannot read the backup '{path}': {fault.Message}", fault);
        }
    }

    private FrameReader Frames() => new(_path, _framesAt, _key, _head);

    private static BackupHeader ReadHead(string path, byte[] head)
    {
        try
        {
            var read = JsonSerializer.Deserialize(head, BackupJson.Default.BackupHeader);
            return read is { Version: BackupFormat.Version, Seal: not null, Id: not null, Source: not null } ? read
                : read?.Version > BackupFormat.Version ? throw new StateException(
                    StateFault.Unavailable,
                    $"The backup '{path}' has version {read.Version}; this program reads {BackupFormat.Version}. "
                        + "Use the newer program that wrote it.")
                : throw Damaged(path, BackupFormat.Magic.Length, "its header is incomplete");
        }
        catch (JsonException malformed)
        {
            throw Damaged(path, BackupFormat.Magic.Length, "its header is not JSON", malformed);
        }
    }

    private ReadOnlyMemory<byte> Part(Frame frame, ref int at, int bytesMax)
    {
        var rest = frame.Plain.AsSpan(at);
        var length = rest.Length >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(rest) : -1;
        if (length < 0 || length > bytesMax || length > rest.Length - 4)
        {
            throw Damaged(_path, frame.At, "an entry does not fit in its frame");
        }

        at += 4 + length;
        return frame.Plain.AsMemory(at - length, length);
    }

    private string Text(Frame frame, byte[] key)
    {
        try
        {
            return StateRules.Text(key);
        }
        catch (DecoderFallbackException malformed)
        {
            throw Damaged(_path, frame.At, "a key is not well-formed text", malformed);
        }
    }

    private BackupEnd ReadEnd(Frame frame)
    {
        try
        {
            return JsonSerializer.Deserialize(frame.Plain, BackupJson.Default.BackupEnd)
                ?? throw Damaged(_path, frame.At, "its end is incomplete");
        }
        catch (JsonException malformed)
        {
            throw Damaged(_path, frame.At, "its end is not JSON", malformed);
        }
    }
}
