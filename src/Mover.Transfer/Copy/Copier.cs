using Mover.Core.Jobs;
using Mover.Transfer.Compare;
using Mover.Transfer.Contract;
using Mover.Transfer.Digests;

namespace Mover.Transfer.Copy;

/// <summary>Carries out one decision and says how it ended. Shared by all workers; each brings its own scratch buffer.</summary>
internal sealed class Copier(RunContext run)
{
    /// <summary>What a worker reads small files into.</summary>
    public const int ScratchBytes = 64 * 1024;

    /// <summary>Files up to this size go in one request where the target allows; beyond it, blocks keep memory and re-sending
    /// small.</summary>
    private const long SingleBytesMax = 8 * 1024 * 1024;

    /// <summary>
    /// A file that changed gets this long to come to rest before it is read again. It is longer than a tick of any kernel's file times:
    /// what is written after it shows in them, even when it is written while the file is read.
    /// </summary>
    private static readonly TimeSpan RestTime = TimeSpan.FromMilliseconds(50);

    private readonly Retrier _retrier = new(run.Sides);
    private readonly LargeFiles _large = new(run);
    private readonly ReadBack _readBack = new(run);
    private readonly PutOptions _put = new(run.Options.PreserveMetadata);
    private readonly PutOptions _putFolder = new(run.Options.PreserveMetadata, IsUnfinished: run.Rules.FinishesFolders);
    private readonly bool _wantsMd5 = run.Options.Integrity is not IntegrityMode.None;
    private readonly long _singleMax = Math.Min(Math.Min(run.Target.Traits.SinglePutBytesMax, SingleBytesMax), run.Slab.BufferBytesMax);

    /// <summary>The outcome; null for a folder that gets its own when everything in it is done.</summary>
    public async ValueTask<ItemOutcome?> ExecuteAsync(Decision decision, byte[] scratch, CancellationToken cancel)
    {
        var entry = decision.Source;
        var around = entry.Type is EntryType.Folder ? decision.Folder?.Parent : decision.Folder;
        if (around is { There.IsCompleted: false })
        {
            await around.There.WaitAsync(cancel);
        }

        for (var changes = 0; ; changes++)
        {
            try
            {
                return await OnceAsync(decision, scratch, cancel);
            }
            catch (ItemFaultException e) when (e.Side is Side.Source && e.Fault.Kind is VolumeFaultKind.Changed or VolumeFaultKind.Longer
                && changes < run.Options.Retry.ChangedMax)
            {
                var (fresh, outcome) = await LookAgainAsync(decision, entry, cancel);
                if (fresh is null)
                {
                    return outcome;
                }

                decision = decision with { Source = fresh };
            }
            catch (ItemFaultException e)
            {
                return e.Side is Side.Source
                    && e.Fault.Kind is VolumeFaultKind.Changed or VolumeFaultKind.Longer or VolumeFaultKind.NotFound
                    ? Failed(entry, StatusCodes.ItemSourceIo, e.Fault.Kind is not VolumeFaultKind.NotFound
                        ? $"The file changed while it was being read, {changes + 1} times in a row. {e.Fault.Message}"
                        : "The item disappeared after it was listed.")
                    : Failed(entry, FaultCodes.OfItem(e.Fault, e.Side), e.Fault.Message);
            }
            finally
            {
                if (entry.Type is EntryType.Folder)
                {
                    decision.Folder?.Stored();
                }
            }
        }
    }

    private ValueTask<ItemOutcome?> OnceAsync(Decision decision, byte[] scratch, CancellationToken cancel)
    {
        var entry = decision.Source;
        return decision.Step switch
        {
            Step.Copy => CopyAsync(decision, scratch, cancel),
            Step.Resolve => ResolveAsync(decision, scratch, cancel),
            Step.CompareContent => CompareAsync(decision, scratch, cancel),
            Step.PutLink => SimpleAsync(decision, token => run.Target.PutLinkAsync(entry, _put, token), cancel),
            Step.PutFolder => SimpleAsync(
                decision, token => run.Target.PutFolderAsync(entry, decision.IsSilent ? _put : _putFolder, token), cancel),
            Step.SetMetadata when decision.Target is { } target =>
                SimpleAsync(decision, token => run.Target.SetMetadataAsync(entry, target, _put, token), cancel),
            _ => new(new ItemOutcome(entry.Path, entry.Type, Result(decision.Step), decision.Code, SizeOf(entry), Details: decision.Why)),
        };
    }

    /// <summary>Looks at the target again; a fault ends the item.</summary>
    public ValueTask<Entry?> FindTargetAsync(EntryPath path, CancellationToken cancel) =>
        _retrier.CallAsync(Side.Target, token => run.Target.FindAsync(path, token), cancel);

    /// <summary>The bucket of a decision that needs no work.</summary>
    public static ItemResult Result(Step step) => step switch
    {
        Step.Keep => ItemResult.NoTransferNeeded,
        Step.Exclude => ItemResult.Excluded,
        Step.Unsupported => ItemResult.Unsupported,
        _ => ItemResult.Failed,
    };

    /// <summary>What an item adds to the bytes of its bucket.</summary>
    public static long SizeOf(Entry entry) => entry.Type is EntryType.File || entry.ResolvedPath is not null ? entry.SizeBytes : 0;

    private async ValueTask<ItemOutcome?> CopyAsync(Decision decision, byte[] scratch, CancellationToken cancel)
    {
        var entry = decision.Source;
        try
        {
            return entry.SizeBytes <= _singleMax ? await SmallAsync(decision, scratch, cancel) : await LargeAsync(entry, cancel);
        }
        catch (ItemFaultException e) when (e.Side is Side.Source && e.Fault.Kind is VolumeFaultKind.Longer)
        {
            return await ToEndAsync(entry, cancel);
        }
    }

    private async ValueTask<ItemOutcome?> SmallAsync(Decision decision, byte[] scratch, CancellationToken cancel)
    {
        var entry = decision.Source;
        var size = (int)entry.SizeBytes;
        var (next, crc) = (decision, 0UL);
        ItemOutcome? outcome = null;
        var buffer = size <= scratch.Length ? scratch : await run.Slab.RentAsync(size, cancel);
        try
        {
            var content = buffer.AsMemory(0, size);
            await ReadWholeAsync(entry, content, cancel);
            if (decision is { Step: Step.CompareContent, Target: { ContentMd5: { } stored } found })
            {
                crc = Crc64.Compute(content.Span);
                var isSame = Md5Of(content.Span) is { } md5 && md5.Span.SequenceEqual(stored.Span);
                next = run.Rules.Known(entry, found, isSame, StatusCodes.ItemEqual);
            }

            outcome = next.Step is Step.Copy ? await PutAsync(entry, content, cancel) : null;
        }
        finally
        {
            if (buffer != scratch)
            {
                run.Slab.Return(buffer);
            }
        }

        if (outcome is not null)
        {
            return await ReadBackAsync(entry, outcome, cancel);
        }

        var kept = await OnceAsync(next with { Folder = decision.Folder }, scratch, cancel);
        return kept is null ? null : kept with { Crc64 = crc };
    }

    /// <summary>
    /// A file that is longer than its size says. What one reading to the end finds is stored; what memory cannot hold at once is measured
    /// by that reading and then copied in blocks.
    /// </summary>
    private async ValueTask<ItemOutcome?> ToEndAsync(Entry told, CancellationToken cancel)
    {
        Entry entry;
        ItemOutcome? outcome = null;
        var buffer = await run.Slab.RentAsync((int)_singleMax, cancel);
        try
        {
            var length = await _retrier.CallAsync(
                Side.Source, token => Contents.ReadToEndAsync(run.Source, told, buffer, static _ => { }, token), cancel);
            entry = told.WithLength(length);
            outcome = length <= Math.Min(_singleMax, buffer.Length) ? await PutAsync(entry, buffer.AsMemory(0, (int)length), cancel) : null;
        }
        finally
        {
            run.Slab.Return(buffer);
        }

        return outcome is null ? await LargeAsync(entry, cancel) : await ReadBackAsync(entry, outcome, cancel);
    }

    private async ValueTask<ItemOutcome> PutAsync(Entry entry, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        var crc = Crc64.Compute(content.Span);
        var md5 = _wantsMd5 ? Md5Of(content.Span) : null;
        var put = _put with { ContentCrc64 = crc, ContentMd5 = md5 };
        var watch = run.WatchOf(Side.Target);
        for (var attempt = 1; ; attempt++)
        {
            await watch.WhenThereAsync(cancel);
            await run.Pacer.WaitAsync(content.Length, cancel);
            await run.Gate.EnterAsync(cancel);
            var isSuccess = false;
            VolumeException? fault = null;
            try
            {
                cancel.ThrowIfCancellationRequested();
                run.Counters.Sent(content.Length);
                await run.Target.PutAsync(entry, content, put, cancel);
                isSuccess = true;
            }
            catch (VolumeException e)
            {
                fault = e;
            }
            finally
            {
                run.Gate.Leave(isSuccess);
            }

            if (fault is null)
            {
                watch.Succeeded();
                return new(entry.Path, entry.Type, ItemResult.Transferred, StatusCodes.Success, content.Length, crc, md5);
            }

            attempt = await _retrier.AfterAsync(fault, Side.Target, attempt, cancel);
        }
    }

    /// <summary>Once no buffer is held: reading needs one too, and who held one while waiting for another could wait for ever.</summary>
    private async ValueTask<ItemOutcome> ReadBackAsync(Entry entry, ItemOutcome outcome, CancellationToken cancel)
    {
        if (run.Options.Integrity is IntegrityMode.SaveVerifyFileMd5)
        {
            await _readBack.CheckAsync(entry, outcome.Md5, cancel);
        }

        return outcome;
    }

    private async ValueTask ReadWholeAsync(Entry entry, Memory<byte> buffer, CancellationToken cancel)
    {
        var watch = run.WatchOf(Side.Source);
        for (var attempt = 1; ; attempt++)
        {
            await watch.WhenThereAsync(cancel);
            try
            {
                var began = run.Clock.GetTimestamp();
                var reading = run.Source.ReadWholeAsync(entry, buffer, cancel);
                if (reading.IsCompleted)
                {
                    run.Pace.Held(run.Clock.GetElapsedTime(began));
                }

                var read = await reading;
                if (read == buffer.Length)
                {
                    watch.Succeeded();
                    return;
                }

                throw new VolumeException(new VolumeFault(VolumeFaultKind.Changed,
                    $"The file has {read} bytes, but was listed with {buffer.Length}."));
            }
            catch (VolumeException e) when (e.Fault.Kind is VolumeFaultKind.Longer)
            {
                // The volume answers and the item is not given up: no matter for the retrier.
                throw new ItemFaultException(e.Fault, Side.Source, e);
            }
            catch (VolumeException e)
            {
                attempt = await _retrier.AfterAsync(e, Side.Source, attempt, cancel);
            }
        }
    }

    private async ValueTask<ItemOutcome?> LargeAsync(Entry entry, CancellationToken cancel)
    {
        if (_large.BlockBytesFor(entry.SizeBytes) is not { } blockBytes)
        {
            return new ItemOutcome(
                entry.Path, entry.Type, ItemResult.Unsupported, StatusCodes.ItemTooLarge, entry.SizeBytes,
                Details: $"The file needs blocks larger than the {run.Slab.BufferBytesMax} bytes of memory allowed.");
        }

        var (crc, md5) = await _large.CopyAsync(entry, blockBytes, _wantsMd5, cancel);
        return await ReadBackAsync(
            entry, new(entry.Path, entry.Type, ItemResult.Transferred, StatusCodes.Success, entry.SizeBytes, crc, md5), cancel);
    }

    private async ValueTask<ItemOutcome?> ResolveAsync(Decision decision, byte[] scratch, CancellationToken cancel)
    {
        var link = decision.Source;
        var (resolved, fault) = await _retrier.CallAsync(Side.Source, token => run.Source.ResolveAsync(link, token), cancel);
        if (resolved is null)
        {
            return Failed(link, fault?.Code ?? StatusCodes.ItemSourceIo, fault?.Message ?? "The link points to nothing.");
        }

        var next = run.Rules.Decide(resolved, decision.Target) with { Folder = decision.Folder };
        return next.IsDeferred
            ? Failed(link, StatusCodes.ItemOther, "The target has a folder where the link's file should be.")
            : await OnceAsync(next, scratch, cancel);
    }

    private async ValueTask<ItemOutcome?> CompareAsync(Decision decision, byte[] scratch, CancellationToken cancel)
    {
        var (entry, target) = (decision.Source, decision.Target);
        if (target is null)
        {
            throw new System.Diagnostics.UnreachableException();
        }

        bool isSame;
        ulong? crc = null;
        if (target.ContentMd5 is { } stored && run.Options.Compare is not CompareBy.Content)
        {
            if (entry.SizeBytes <= _singleMax)
            {
                return await SmallAsync(decision, scratch, cancel);
            }

            var md5 = await _retrier.CallAsync(Side.Source, token => Contents.Md5Async(run.Source, entry, run.Slab, token), cancel);
            isSame = md5.AsSpan().SequenceEqual(stored.Span);
        }
        else
        {
            (crc, _) = await _retrier.CallAsync(Side.Source, token => Contents.Crc64Async(run.Source, entry, run.Slab, token), cancel);
            var (there, _) = await _retrier.CallAsync(
                Side.Target, token => Contents.Crc64Async(run.Target, target, run.Slab, token), cancel);
            isSame = crc == there;
        }

        var next = run.Rules.Known(entry, target, isSame, StatusCodes.ItemEqual);
        var outcome = await OnceAsync(next with { Folder = decision.Folder }, scratch, cancel);
        return isSame && outcome is not null ? outcome with { Crc64 = crc } : outcome;
    }

    private async ValueTask<ItemOutcome?> SimpleAsync(Decision decision, Func<CancellationToken, ValueTask> call, CancellationToken cancel)
    {
        await _retrier.CallAsync(Side.Target, call, cancel);
        if (decision is { Step: Step.PutFolder, LeavesOutcomeToClosing: true })
        {
            return null;
        }

        var entry = decision.Source;
        return new ItemOutcome(entry.Path, entry.Type, ItemResult.Transferred, decision.Code, SizeOf(entry));
    }

    /// <summary>The file as it is by now, or the outcome when it is no file any more.</summary>
    private async ValueTask<(Entry? Fresh, ItemOutcome? Outcome)> LookAgainAsync(Decision decision, Entry listed, CancellationToken cancel)
    {
        try
        {
            var fresh = await _retrier.CallAsync(Side.Source, token => run.Source.FindAsync(listed.Path, token), cancel);
            await Task.Delay(RestTime, run.Clock, cancel);
            return fresh is null || fresh.Type != listed.Type ? (null, Failed(listed, StatusCodes.ItemSourceIo,
                "The item disappeared after it was listed."))
                : fresh.Fault is { } fault ? (null, Failed(listed, FaultCodes.OfScan(fault, Side.Source), fault.Message))
                : (fresh, null);
        }
        catch (ItemFaultException e)
        {
            return (null, Failed(listed, FaultCodes.OfItem(e.Fault, e.Side), e.Fault.Message));
        }
    }

    public static ItemOutcome Failed(Entry entry, StatusCode code, string why) =>
        new(entry.Path, entry.Type, ItemResult.Failed, code, SizeOf(entry), Details: why);

    private static ReadOnlyMemory<byte>? Md5Of(ReadOnlySpan<byte> content)
    {
        var digest = new byte[Md5.SizeBytes];
        Md5.Compute(content, digest);
        return digest;
    }
}
