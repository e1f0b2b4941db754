using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Digests;
using Mover.Transfer.Journal;

namespace Mover.Transfer.Copy;

/// <summary>One file's blocks, taken by several lanes in order. With an MD5 the reading is in order too, and only the sending is
/// parallel.</summary>
internal sealed class BlockSender(
    RunContext run, Retrier retrier, IEntryReader reader, IBlockWriter writer, Blocks blocks, BlocksBegun begun, Md5? digest,
        SemaphoreSlim order)
{
    private int _next = -1;

    /// <summary>Takes blocks until none is left.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (true)
        {
            // A buffer first, then the turn: who waits for memory holds up nobody.
            var buffer = await run.Slab.RentAsync((int)Math.Min(begun.BlockBytes, Math.Max(1, blocks.Count == 0 ? 1 : blocks.LengthOf(0))),
                cancel);
            try
            {
                if (await ReadNextAsync(buffer, cancel) is not { } index)
                {
                    return;
                }

                if (!blocks.IsDone(index))
                {
                    await SendAsync(index, buffer.AsMemory(0, blocks.LengthOf(index)), cancel);
                }
            }
            finally
            {
                run.Slab.Return(buffer);
            }
        }
    }

    private async ValueTask<int?> ReadNextAsync(byte[] buffer, CancellationToken cancel)
    {
        if (digest is null)
        {
            for (var index = Interlocked.Increment(ref _next); index < blocks.Count; index = Interlocked.Increment(ref _next))
            {
                if (!blocks.IsDone(index))
                {
                    await ReadAsync(index, buffer, cancel);
                    return index;
                }
            }

            return null;
        }

        await order.WaitAsync(cancel);
        try
        {
            var index = ++_next;
            if (index >= blocks.Count)
            {
                return null;
            }

            await ReadAsync(index, buffer, cancel);
            digest.Append(buffer.AsSpan(0, blocks.LengthOf(index)));
            return index;
        }
        finally
        {
            order.Release();
        }
    }

    private async ValueTask ReadAsync(int index, byte[] buffer, CancellationToken cancel)
    {
        var watch = run.WatchOf(Side.Source);
        var wanted = buffer.AsMemory(0, blocks.LengthOf(index));
        for (var attempt = 1; ; attempt++)
        {
            await watch.WhenThereAsync(cancel);
            try
            {
                if (await reader.ReadAsync(wanted, blocks.OffsetOf(index), cancel) == wanted.Length)
                {
                    watch.Succeeded();
                    return;
                }

                throw new VolumeException(new VolumeFault(VolumeFaultKind.Changed, "The file shrank while it was being read."));
            }
            catch (VolumeException e)
            {
                attempt = await retrier.AfterAsync(e, Side.Source, attempt, cancel);
            }
        }
    }

    private async ValueTask SendAsync(int index, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        var crc = Crc64.Compute(content.Span);
        await retrier.CallAsync(
            Side.Target,
            async token =>
            {
                await run.Pacer.WaitAsync(content.Length, token);
                token.ThrowIfCancellationRequested();
                run.Counters.Sent(content.Length);
                await writer.WriteAsync(index, content, crc, token);
            },
            cancel);
        await run.Journal.AppendAsync(new BlockDone(begun.FileNumber, index, crc));
        blocks.Done(index, crc);
        run.Counters.Taken(begun.Path, content.Length);
    }
}
