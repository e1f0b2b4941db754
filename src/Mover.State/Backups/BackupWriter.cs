using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Mover.State.Copies;

namespace Mover.State.Backups;

/// <summary>Writes a snapshot as a backup, in bounded memory.</summary>
public static class BackupWriter
{
    /// <summary>
    /// Writes all of it to a stream at its start. Answers what it holds. A stream that ends early, whatever the reason, is no backup: the
    /// reader refuses it.
    /// </summary>
    /// <param name="output">Where it goes; flushed, not closed.</param>
    /// <param name="header">The head.</param>
    /// <param name="key">The key, <see cref="BackupFormat.KeyBytes"/>, which seals nothing else.</param>
    /// <param name="snapshot">The state; see <see cref="MovedEntries"/> for what of it is written.</param>
    /// <param name="ring">The lines of a key ring; null for none. Never the ring that opens this backup.</param>
    /// <param name="progress">Told how many entries are written.</param>
    /// <param name="cancel">Stops the writing.</param>
    public static async Task<StateSum> WriteAsync(
        Stream output, BackupHeader header, ReadOnlyMemory<byte> key, IStateSnapshot snapshot, byte[]? ring,
        IProgress<long>? progress, CancellationToken cancel)
    {
        if (ring is not null && header.Seal.RingKeyId is not null)
        {
            throw new ArgumentException("A backup cannot contain the key ring that decrypts it.", nameof(ring));
        }

        var head = JsonSerializer.SerializeToUtf8Bytes(header, BackupJson.Default.BackupHeader);
        await output.WriteAsync(Start(head), cancel);
        using var seal = new FrameSeal(key.Span, head);
        if (ring is not null)
        {
            await output.WriteAsync(seal.Seal(FrameKind.KeyRing, ring), cancel);
        }

        using var digest = new StateDigest();
        var gathered = new ArrayBufferWriter<byte>(BackupFormat.FrameBytes);
        var count = 0L;
        await foreach (var entry in MovedEntries.OfAsync(snapshot, cancel))
        {
            if (gathered.WrittenCount > 0 && gathered.WrittenCount + entry.Value.Length > BackupFormat.FrameBytes)
            {
                await output.WriteAsync(seal.Seal(FrameKind.Entries, gathered.WrittenSpan), cancel);
                gathered.ResetWrittenCount();
                progress?.Report(count);
            }

            digest.Add(entry);
            Write(gathered, Encoding.UTF8.GetBytes(entry.Key));
            Write(gathered, entry.Value.Span);
            count++;
        }

        if (gathered.WrittenCount > 0)
        {
            await output.WriteAsync(seal.Seal(FrameKind.Entries, gathered.WrittenSpan), cancel);
        }

        var sum = digest.Sum();
        var end = JsonSerializer.SerializeToUtf8Bytes(new BackupEnd(sum.Entries, sum.Bytes, sum.Sha256), BackupJson.Default.BackupEnd);
        await output.WriteAsync(seal.Seal(FrameKind.End, end), cancel);
        await output.FlushAsync(cancel);
        return sum;
    }

    private static byte[] Start(byte[] head)
    {
        var magic = BackupFormat.Magic;
        var start = new byte[magic.Length + 8 + head.Length];
        magic.CopyTo(start);
        BinaryPrimitives.WriteInt32LittleEndian(start.AsSpan(magic.Length), head.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(start.AsSpan(magic.Length + 4), BackupFormat.Checksum(head));
        head.CopyTo(start, magic.Length + 8);
        return start;
    }

    private static void Write(ArrayBufferWriter<byte> gathered, ReadOnlySpan<byte> part)
    {
        BinaryPrimitives.WriteInt32LittleEndian(gathered.GetSpan(4), part.Length);
        gathered.Advance(4);
        gathered.Write(part);
    }
}
