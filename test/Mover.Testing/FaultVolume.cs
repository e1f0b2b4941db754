using System.Runtime.CompilerServices;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Testing;

/// <summary>A call that is about to reach a volume.</summary>
/// <param name="Operation">The method's name without <c>Async</c>, such as <c>Put</c>, <c>WriteBlock</c>, <c>Read</c>.</param>
/// <param name="Path">The entry.</param>
/// <param name="Number">1 for the first call of any kind.</param>
public readonly record struct VolumeCall(string Operation, EntryPath Path, long Number);

/// <summary>Puts faults, delays and cuts between the engine and a volume.</summary>
public sealed class FaultVolume(IVolume inner) : ITargetVolume
{
    private long _calls;

    /// <summary>Returns the fault to throw instead of making the call; null lets it through.</summary>
    public Func<VolumeCall, VolumeFault?>? Before { get; set; }

    /// <summary>Returns the fault to throw after the call took effect, as when an answer is lost.</summary>
    public Func<VolumeCall, VolumeFault?>? After { get; set; }

    /// <summary>Awaited before each call: holds it back, or acts on the outside.</summary>
    public Func<VolumeCall, CancellationToken, ValueTask>? Meanwhile { get; set; }

    public long Calls => Interlocked.Read(ref _calls);

    public VolumeTraits Traits => inner.Traits;

    public IReadOnlyList<VolumeNote> Notes => inner.Notes;

    private ITargetVolume Target => (ITargetVolume)inner;

    public IAsyncEnumerable<IReadOnlyList<Entry>> ScanAsync(Patience patience, CancellationToken cancel) =>
        TellAsync(inner.ScanAsync(patience, cancel), patience, cancel);

    public IAsyncEnumerable<IReadOnlyList<Entry>> ScanBelowAsync(EntryPath folder, Patience patience, CancellationToken cancel) =>
        TellAsync(inner.ScanBelowAsync(folder, patience, cancel), patience, cancel);

    private async IAsyncEnumerable<IReadOnlyList<Entry>> TellAsync(
        IAsyncEnumerable<IReadOnlyList<Entry>> scan, Patience patience, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var batch in scan)
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await CallAsync("Scan", batch[0].Path, () => ValueTask.FromResult(0), cancel);
                    break;
                }
                catch (VolumeException fault)
                {
                    attempt = await patience(fault, attempt, cancel);
                }
            }

            yield return batch;
        }
    }

    public async ValueTask ProbeAsync(CancellationToken cancel) =>
        await CallAsync("Probe", EntryPath.Root, () => Void(inner.ProbeAsync(cancel)), cancel);

    public async ValueTask ProbeWriteAsync(CancellationToken cancel) =>
        await CallAsync("ProbeWrite", EntryPath.Root, () => Void(Target.ProbeWriteAsync(cancel)), cancel);

    public ValueTask<Entry?> FindAsync(EntryPath path, CancellationToken cancel) =>
        CallAsync("Find", path, () => inner.FindAsync(path, cancel), cancel);

    public ValueTask<IEntryReader> OpenAsync(Entry entry, CancellationToken cancel) => CallAsync<IEntryReader>(
        "Open", entry.Path, async () => new Reader(this, entry.Path, await inner.OpenAsync(entry, cancel)), cancel);

    public ValueTask<int> ReadWholeAsync(Entry entry, Memory<byte> buffer, CancellationToken cancel) =>
        CallAsync("ReadWhole", entry.Path, () => inner.ReadWholeAsync(entry, buffer, cancel), cancel);

    public ValueTask<(Entry? Resolved, VolumeFault? Fault)> ResolveAsync(Entry link, CancellationToken cancel) =>
        CallAsync("Resolve", link.Path, () => inner.ResolveAsync(link, cancel), cancel);

    public (StatusCode Code, string Why)? Judge(Entry source) => Target.Judge(source);

    public bool HasSameMetadata(Entry source, Entry target) => Target.HasSameMetadata(source, target);

    public async ValueTask PutAsync(Entry source, ReadOnlyMemory<byte> content, PutOptions options, CancellationToken cancel) =>
        await CallAsync("Put", source.Path, () => Void(Target.PutAsync(source, content, options, cancel)), cancel);

    public ValueTask<IBlockWriter> OpenBlocksAsync(Entry source, long blockBytes, string token, CancellationToken cancel) =>
        CallAsync<IBlockWriter>(
            "OpenBlocks",
            source.Path,
            async () => new BlockWriter(this, source.Path, await Target.OpenBlocksAsync(source, blockBytes, token, cancel)),
            cancel);

    public async ValueTask PutFolderAsync(Entry source, PutOptions options, CancellationToken cancel) =>
        await CallAsync("PutFolder", source.Path, () => Void(Target.PutFolderAsync(source, options, cancel)), cancel);

    public async ValueTask PutLinkAsync(Entry source, PutOptions options, CancellationToken cancel) =>
        await CallAsync("PutLink", source.Path, () => Void(Target.PutLinkAsync(source, options, cancel)), cancel);

    public async ValueTask SetMetadataAsync(Entry source, Entry target, PutOptions options, CancellationToken cancel) =>
        await CallAsync("SetMetadata", source.Path, () => Void(Target.SetMetadataAsync(source, target, options, cancel)), cancel);

    public async ValueTask DeleteAsync(Entry target, CancellationToken cancel) =>
        await CallAsync("Delete", target.Path, () => Void(Target.DeleteAsync(target, cancel)), cancel);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private static async ValueTask<int> Void(ValueTask task)
    {
        await task;
        return 0;
    }

    private async ValueTask<T> CallAsync<T>(string operation, EntryPath path, Func<ValueTask<T>> call, CancellationToken cancel)
    {
        var made = new VolumeCall(operation, path, Interlocked.Increment(ref _calls));
        if (Meanwhile is { } meanwhile)
        {
            await meanwhile(made, cancel);
        }

        if (Before?.Invoke(made) is { } before)
        {
            throw new VolumeException(before);
        }

        var result = await call();
        return After?.Invoke(made) is { } after ? throw new VolumeException(after) : result;
    }

    private sealed class Reader(FaultVolume volume, EntryPath path, IEntryReader reader) : IEntryReader
    {
        public ValueTask<int> ReadAsync(Memory<byte> buffer, long offsetBytes, CancellationToken cancel) =>
            volume.CallAsync("Read", path, () => reader.ReadAsync(buffer, offsetBytes, cancel), cancel);

        public async ValueTask CheckUnchangedAsync(CancellationToken cancel) =>
            await volume.CallAsync("CheckUnchanged", path, () => Void(reader.CheckUnchangedAsync(cancel)), cancel);

        public ValueTask DisposeAsync() => reader.DisposeAsync();
    }

    private sealed class BlockWriter(FaultVolume volume, EntryPath path, IBlockWriter writer) : IBlockWriter
    {
        public async ValueTask WriteAsync(int index, ReadOnlyMemory<byte> content, ulong crc64, CancellationToken cancel) =>
            await volume.CallAsync("WriteBlock", path, () => Void(writer.WriteAsync(index, content, crc64, cancel)), cancel);

        public ValueTask<IReadOnlySet<int>> FindWrittenAsync(CancellationToken cancel) =>
            volume.CallAsync("FindWritten", path, () => writer.FindWrittenAsync(cancel), cancel);

        public async ValueTask CommitAsync(int blockCount, PutOptions options, CancellationToken cancel) =>
            await volume.CallAsync("Commit", path, () => Void(writer.CommitAsync(blockCount, options, cancel)), cancel);

        public ValueTask DisposeAsync() => writer.DisposeAsync();
    }
}
