using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Testing;

/// <summary>A source that makes up its entries while it is listed: folders of a thousand files each, all of one size, in path order.</summary>
public sealed class SyntheticSource(int files, int fileBytes) : IVolume
{
    private const int FilesPerFolder = 1_000;

    public VolumeTraits Traits { get; } = MemoryVolume.Hierarchical with { DisplayName = "synthetic" };

    public async IAsyncEnumerable<IReadOnlyList<Entry>> ScanAsync(Patience patience, [EnumeratorCancellation] CancellationToken cancel)
    {
        await Task.CompletedTask;
        for (var folder = 0; folder * FilesPerFolder < files; folder++)
        {
            cancel.ThrowIfCancellationRequested();
            var name = "folder" + folder.ToString("D6", CultureInfo.InvariantCulture);
            var batch = new List<Entry>(FilesPerFolder + 1) { Make(name, EntryType.Folder, 0) };
            for (var file = 0; file < Math.Min(FilesPerFolder, files - (folder * FilesPerFolder)); file++)
            {
                batch.Add(Make($"{name}/file{file:D4}.bin", EntryType.File, fileBytes));
            }

            yield return batch;
        }
    }

    public IAsyncEnumerable<IReadOnlyList<Entry>> ScanBelowAsync(EntryPath folder, Patience patience, CancellationToken cancel) =>
        throw new NotSupportedException();

    public ValueTask ProbeAsync(CancellationToken cancel) => ValueTask.CompletedTask;

    public ValueTask<Entry?> FindAsync(EntryPath path, CancellationToken cancel) => new((Entry?)null);

    public ValueTask<IEntryReader> OpenAsync(Entry entry, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<int> ReadWholeAsync(Entry entry, Memory<byte> buffer, CancellationToken cancel) => new(fileBytes);

    public ValueTask<(Entry? Resolved, VolumeFault? Fault)> ResolveAsync(Entry link, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static Entry Make(string path, EntryType type, long size) => new()
    {
        Path = new EntryPath(Encoding.ASCII.GetBytes(path)),
        Type = type,
        SizeBytes = size,
        Modified = MemoryVolume.SomeTime,
        Posix = MemoryVolume.SomePosix,
    };
}

/// <summary>A flat target that keeps nothing, so that what is measured is the engine; it can list what a source would.</summary>
public sealed class NullTarget(IVolume? listed = null) : ITargetVolume
{
    private long _puts;

    public long Puts => Interlocked.Read(ref _puts);

    public VolumeTraits Traits { get; } = MemoryVolume.Flat with { DisplayName = "null", SinglePutBytesMax = 8 * 1024 * 1024, ConcurrencyHint = 32 };

    public async IAsyncEnumerable<IReadOnlyList<Entry>> ScanAsync(Patience patience, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (listed is null)
        {
            yield break;
        }

        await foreach (var batch in listed.ScanAsync(patience, cancel))
        {
            yield return batch;
        }
    }

    public IAsyncEnumerable<IReadOnlyList<Entry>> ScanBelowAsync(EntryPath folder, Patience patience, CancellationToken cancel) =>
        throw new NotSupportedException();

    public ValueTask ProbeAsync(CancellationToken cancel) => ValueTask.CompletedTask;

    public ValueTask ProbeWriteAsync(CancellationToken cancel) => ValueTask.CompletedTask;

    public ValueTask<Entry?> FindAsync(EntryPath path, CancellationToken cancel) => new((Entry?)null);

    public ValueTask<IEntryReader> OpenAsync(Entry entry, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<int> ReadWholeAsync(Entry entry, Memory<byte> buffer, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<(Entry? Resolved, VolumeFault? Fault)> ResolveAsync(Entry link, CancellationToken cancel) => throw new NotSupportedException();

    public (StatusCode Code, string Why)? Judge(Entry source) => null;

    public bool HasSameMetadata(Entry source, Entry target) => true;

    public ValueTask PutAsync(Entry source, ReadOnlyMemory<byte> content, PutOptions options, CancellationToken cancel) => CountAsync();

    public ValueTask<IBlockWriter> OpenBlocksAsync(Entry source, long blockBytes, string token, CancellationToken cancel) =>
        throw new NotSupportedException();

    public ValueTask PutFolderAsync(Entry source, PutOptions options, CancellationToken cancel) => CountAsync();

    public ValueTask PutLinkAsync(Entry source, PutOptions options, CancellationToken cancel) => CountAsync();

    public ValueTask SetMetadataAsync(Entry source, Entry target, PutOptions options, CancellationToken cancel) => CountAsync();

    public ValueTask DeleteAsync(Entry target, CancellationToken cancel) => CountAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ValueTask CountAsync()
    {
        Interlocked.Increment(ref _puts);
        return ValueTask.CompletedTask;
    }
}
