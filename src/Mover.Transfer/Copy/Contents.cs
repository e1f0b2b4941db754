using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Digests;

namespace Mover.Transfer.Copy;

/// <summary>Reads whole contents through one buffer, for digests.</summary>
internal static class Contents
{
    /// <summary>How much is read at once. Files of /proc/sys refuse 4 MiB and more with ENOMEM.</summary>
    private const int PartBytes = 1024 * 1024;

    public static async ValueTask<byte[]> Md5Async(IVolume volume, Entry entry, BufferSlab slab, CancellationToken cancel)
    {
        using var digest = new Md5();
        await ReadAsync(volume, entry, slab, part => digest.Append(part.Span), cancel);
        var result = new byte[Md5.SizeBytes];
        digest.Finish(result);
        return result;
    }

    public static async ValueTask<(ulong Crc64, long Bytes)> Crc64Async(IVolume volume, Entry entry, BufferSlab slab,
        CancellationToken cancel)
    {
        var crc = 0UL;
        var length = await ReadAsync(volume, entry, slab, part => crc = Crc64.Append(crc, part.Span), cancel);
        return (crc, length);
    }

    /// <summary>
    /// Reads part after part until the file ends, wherever its size says that it does; answers its length. The buffer holds the content as
    /// far as that fits into it; what is behind goes through its start.
    /// </summary>
    public static async ValueTask<long> ReadToEndAsync(
        IVolume volume, Entry entry, Memory<byte> buffer, Action<ReadOnlyMemory<byte>> take, CancellationToken cancel)
    {
        await using var reader = await volume.OpenAsync(entry, cancel);
        long offset = 0;
        while (true)
        {
            var at = offset < buffer.Length ? (int)offset : 0;
            var part = buffer.Slice(at, Math.Min(PartBytes, buffer.Length - at));
            var read = await reader.ReadAsync(part, offset, cancel);
            if (read == 0)
            {
                break;
            }

            take(part[..read]);
            offset += read;
        }

        try
        {
            await reader.CheckUnchangedAsync(cancel);
        }
        catch (VolumeException e) when (e.Fault.Kind is VolumeFaultKind.Longer && offset > entry.SizeBytes)
        {
            // As was read: the file is unchanged.
        }

        return offset;
    }

    /// <summary>True when the content goes on behind the length that the entry says.</summary>
    public static async ValueTask<bool> IsLongerAsync(IVolume volume, Entry entry, CancellationToken cancel)
    {
        await using var reader = await volume.OpenAsync(entry, cancel);
        return await reader.ReadAsync(new byte[1], entry.SizeBytes, cancel) > 0;
    }

    /// <summary>The file's length; null when it is longer than its size says.</summary>
    private static async ValueTask<int?> TryReadWholeAsync(IVolume volume, Entry entry, byte[] buffer, CancellationToken cancel)
    {
        try
        {
            return await volume.ReadWholeAsync(entry, buffer.AsMemory(0, (int)entry.SizeBytes), cancel);
        }
        catch (VolumeException e) when (e.Fault.Kind is VolumeFaultKind.Longer)
        {
            return null;
        }
    }

    private static async ValueTask<long> ReadAsync(
        IVolume volume, Entry entry, BufferSlab slab, Action<ReadOnlyMemory<byte>> take, CancellationToken cancel)
    {
        var buffer = await slab.RentAsync((int)Math.Clamp(entry.SizeBytes, 1, PartBytes), cancel);
        try
        {
            if (entry.SizeBytes <= buffer.Length && await TryReadWholeAsync(volume, entry, buffer, cancel) is { } whole)
            {
                take(buffer.AsMemory(0, whole));
                return whole;
            }

            return await ReadToEndAsync(volume, entry, buffer, take, cancel);
        }
        finally
        {
            slab.Return(buffer);
        }
    }
}

/// <summary>Reads an item back from the target after it was stored.</summary>
internal sealed class ReadBack(RunContext run)
{
    /// <summary>How far the time of a broken copy is put back: more than any volume rounds.</summary>
    private const int DaySeconds = 24 * 60 * 60;

    private readonly Retrier _retrier = new(run.Sides);
    private readonly PutOptions _put = new(run.Options.PreserveMetadata);

    /// <summary>
    /// Throws <see cref="ItemFaultException"/> when the target does not hold what was read from the source. What it holds then no longer
    /// has the source's time or its MD5, so that the next run does not take it for right.
    /// </summary>
    public async ValueTask CheckAsync(Entry source, ReadOnlyMemory<byte>? md5, CancellationToken cancel)
    {
        var found = await _retrier.CallAsync(Side.Target, token => run.Target.FindAsync(source.Path, token), cancel);
        var stored = found is null
            ? null
            : await _retrier.CallAsync(Side.Target, token => Contents.Md5Async(run.Target, found, run.Slab, token), cancel);
        var sent = md5.GetValueOrDefault();
        if (stored is null || !stored.AsSpan().SequenceEqual(sent.Span))
        {
            await DisownAsync(source, found, stored, cancel);
            throw Broken($"{source.Path} reads back with a different MD5 than was sent.");
        }

        if (found?.ContentMd5 is { } kept && !kept.Span.SequenceEqual(sent.Span))
        {
            await DisownAsync(source, found, stored, cancel);
            throw Broken($"{source.Path} is stored with a different MD5 than was sent.");
        }
    }

    private async ValueTask DisownAsync(Entry source, Entry? found, ReadOnlyMemory<byte>? stored, CancellationToken cancel)
    {
        if (found is null || source.Modified is not { } modified)
        {
            return;
        }

        var other = new Entry
        {
            Path = source.Path,
            Type = source.Type,
            SizeBytes = source.SizeBytes,
            ResolvedPath = source.ResolvedPath,
            Posix = source.Posix,
            Modified = modified with { Seconds = modified.Seconds - DaySeconds },
        };
        var put = _put with { ContentMd5 = stored };
        await _retrier.CallAsync(Side.Target, token => run.Target.SetMetadataAsync(other, found, put, token), cancel);
    }

    private static ItemFaultException Broken(string message) =>
        new(new VolumeFault(VolumeFaultKind.Integrity, message), Side.Target, null);
}
