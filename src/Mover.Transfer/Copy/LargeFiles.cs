using System.Globalization;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Digests;
using Mover.Transfer.Journal;

namespace Mover.Transfer.Copy;

/// <summary>
/// Sends files in blocks: several at once per file, each read, digested, sent and journaled by itself. What an earlier attempt got
/// acknowledged, and the target still holds, is not sent again as long as the file is the same version.
/// </summary>
internal sealed class LargeFiles(RunContext run)
{
    private readonly Retrier _retrier = new(run.Sides);
    private long _lastNumber = run.Earlier.LastFileNumber;

    /// <summary>The smallest power-of-two multiple of the target's least block that needs no more blocks than it allows; null when memory
    /// does not suffice.</summary>
    public long? BlockBytesFor(long sizeBytes)
    {
        var traits = run.Target.Traits;
        long blockBytes = Math.Max(1, traits.BlockBytesMin);
        while ((sizeBytes + blockBytes - 1) / blockBytes > traits.BlocksMax)
        {
            blockBytes *= 2;
        }

        return blockBytes <= Math.Min(traits.BlockBytesMax, run.Slab.BufferBytesMax) ? blockBytes : null;
    }

    /// <summary>Copies one version of a file; the digests are of what was sent.</summary>
    public async ValueTask<(ulong Crc64, ReadOnlyMemory<byte>? Md5)> CopyAsync(Entry source, long blockBytes, bool wantsMd5,
        CancellationToken cancel)
    {
        var earlier = run.Earlier.TakeOpen(source);
        if (earlier?.Begun.BlockBytes != blockBytes)
        {
            earlier = null;
        }

        var begun = earlier?.Begun ?? new BlocksBegun(
            Interlocked.Increment(ref _lastNumber),
            source.Path,
            Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture),
            blockBytes,
            FileIdentity.Of(source));
        if (earlier is null)
        {
            await run.Journal.AppendAsync(begun);
        }

        await using var writer = await _retrier.CallAsync(
            Side.Target, token => run.Target.OpenBlocksAsync(source, blockBytes, begun.Token, token), cancel);
        var blocks = new Blocks(source.SizeBytes, blockBytes);
        run.Counters.Begun(source.Path);
        if (earlier is { Blocks.Count: > 0 })
        {
            blocks.Restore(earlier.Blocks, await _retrier.CallAsync(Side.Target, writer.FindWrittenAsync, cancel));
            run.Counters.Taken(source.Path, blocks.BytesDone);
        }

        await using var reader = await _retrier.CallAsync(Side.Source, token => run.Source.OpenAsync(source, token), cancel);
        var md5 = await SendAsync(reader, writer, blocks, begun, wantsMd5, cancel);
        await _retrier.CallAsync(Side.Source, reader.CheckUnchangedAsync, cancel);
        var crc = blocks.Combine();
        var put = new PutOptions(run.Options.PreserveMetadata, md5, crc);
        await _retrier.CallAsync(Side.Target, token => writer.CommitAsync(blocks.Count, put, token), cancel);
        return (crc, md5);
    }

    private async Task<ReadOnlyMemory<byte>?> SendAsync(
        IEntryReader reader, IBlockWriter writer, Blocks blocks, BlocksBegun begun, bool wantsMd5, CancellationToken cancel)
    {
        using var digest = wantsMd5 ? new Md5() : null;
        using var order = new SemaphoreSlim(1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var sender = new BlockSender(run, _retrier, reader, writer, blocks, begun, digest, order);
        var lanes = new Task[Math.Clamp(blocks.Count, 1, Math.Min(run.Gate.Limit, (int)Math.Min(int.MaxValue,
            2 * run.Slab.BufferBytesMax / begun.BlockBytes)))];
        for (var lane = 0; lane < lanes.Length; lane++)
        {
            lanes[lane] = Task.Run(
                async () =>
                {
                    try
                    {
                        await sender.RunAsync(stop.Token);
                    }
                    catch (Exception)
                    {
                        await stop.CancelAsync();
                        throw;
                    }
                },
                CancellationToken.None);
        }

        await AllAsync(lanes);
        if (digest is null)
        {
            return null;
        }

        var md5 = new byte[Md5.SizeBytes];
        digest.Finish(md5);
        return md5;
    }

    /// <summary>Waits for all; the fault that made the others stop is the one that counts.</summary>
    private static async Task AllAsync(Task[] lanes)
    {
        try
        {
            await Task.WhenAll(lanes);
        }
        catch (Exception)
        {
            foreach (var lane in lanes)
            {
                if (lane.IsFaulted)
                {
                    await lane;
                }
            }

            throw;
        }
    }
}

/// <summary>The blocks of one file: which are acknowledged, and their digests.</summary>
internal sealed class Blocks(long sizeBytes, long blockBytes)
{
    private readonly ulong[] _crcs = new ulong[(sizeBytes + blockBytes - 1) / blockBytes];
    private readonly bool[] _isDone = new bool[(sizeBytes + blockBytes - 1) / blockBytes];

    public int Count => _crcs.Length;

    public long OffsetOf(int index) => index * blockBytes;

    public int LengthOf(int index) => (int)Math.Min(blockBytes, sizeBytes - OffsetOf(index));

    public bool IsDone(int index) => _isDone[index];

    public long BytesDone => Enumerable.Range(0, Count).Where(IsDone).Sum(index => (long)LengthOf(index));

    public void Done(int index, ulong crc) => (_crcs[index], _isDone[index]) = (crc, true);

    /// <summary>Takes over what an earlier attempt got acknowledged and the target still holds.</summary>
    public void Restore(Dictionary<int, ulong> acknowledged, IReadOnlySet<int> held)
    {
        foreach (var (index, crc) in acknowledged)
        {
            if (index < Count && held.Contains(index))
            {
                Done(index, crc);
            }
        }
    }

    public ulong Combine()
    {
        var crc = 0UL;
        for (var i = 0; i < Count; i++)
        {
            crc = Crc64.Combine(crc, _crcs[i], LengthOf(i));
        }

        return crc;
    }
}
